// Dragging over the final row of a schedule's chart chooses a time for the override form; so do the arrow keys. Escape
// takes it back. Nothing is saved here: the form says whom it replaces, and saves.
const row = document.querySelector("[data-pick]");
const form = document.getElementById("override-form");
const says = document.querySelector("[data-pick-says]");
const button = document.querySelector("[data-pick-start]");

if (row && form) {
  const from = Date.parse(row.dataset.from);
  const until = Date.parse(row.dataset.until);
  const step = Number(row.dataset.step) * 60000;
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: row.dataset.zone, dateStyle: "short", timeStyle: "short" });
  const idle = says?.textContent;
  let anchor = null;
  let chosen = null;
  let mark = null;

  // As the form writes it: 2026-11-27T20:00 on the clocks of the page.
  const written = (at) => clock.format(at).replace(" ", "T");
  const within = (at) => Math.min(until, Math.max(from, at));
  const snapped = (at) => within(from + Math.round((at - from) / step) * step);

  function at(event) {
    const box = row.getBoundingClientRect();
    return within(from + ((event.clientX - box.left) / box.width) * (until - from));
  }

  function draw() {
    if (!mark) {
      mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      mark.setAttribute("class", "picked");
      mark.setAttribute("height", "100%");
      row.append(mark);
    }
    const percent = (moment) => ((moment - from) / (until - from)) * 100;
    mark.setAttribute("x", `${percent(chosen[0])}%`);
    mark.setAttribute("width", `${percent(chosen[1]) - percent(chosen[0])}%`);
    if (says) says.textContent = `${clock.format(chosen[0])} until ${clock.format(chosen[1])}`;
  }

  function stop() {
    mark?.remove();
    mark = null;
    anchor = null;
    chosen = null;
    if (says) says.textContent = idle;
    button?.removeAttribute("aria-pressed");
  }

  function choose(one, other) {
    const [first, last] = [one, other].sort((a, b) => a - b).map(snapped);
    chosen = first === last ? [first, within(first + step)] : [first, last];
    draw();
  }

  function take() {
    form.elements.starts.value = written(chosen[0]);
    form.elements.ends.value = written(chosen[1]);
    form.dispatchEvent(new Event("input", { bubbles: true }));
    form.scrollIntoView({ block: "nearest" });
    form.elements.user.focus({ preventScroll: true });
    anchor = null;
  }

  row.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    row.setPointerCapture(event.pointerId);
    anchor = at(event);
  });
  row.addEventListener("pointermove", (event) => {
    if (anchor !== null && Math.abs(at(event) - anchor) > step / 4) choose(anchor, at(event));
  });
  row.addEventListener("pointerup", () => {
    if (anchor !== null && chosen) take();
    anchor = null;
  });
  row.addEventListener("pointercancel", stop);

  // The keyboard: arrows move the time, with Shift they move its end, Enter takes it.
  button?.addEventListener("click", () => {
    const start = Math.max(from, Math.min(until - 12 * step, Date.now()));
    choose(start, start + 12 * step);
    button.setAttribute("aria-pressed", "true");
  });
  button?.addEventListener("keydown", (event) => {
    const direction = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 24, ArrowUp: -24 }[event.key];
    if (!chosen || !button.hasAttribute("aria-pressed")) return;
    if (event.key === "Enter") take();
    else if (direction && event.shiftKey) choose(chosen[0], Math.max(chosen[0] + step, chosen[1] + direction * step));
    else if (direction) choose(chosen[0] + direction * step, chosen[1] + direction * step);
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (chosen || anchor !== null)) stop();
  });
}
