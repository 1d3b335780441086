// The keyboard grammar. A key does what the button that shows it does: it presses that button, so keys, clicks and
// taps take one path. `data-key` names a button's key, `data-go` the second key after `g`.
const typing = (element) => element?.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const visible = (element) => element.checkVisibility();
const rows = () => [...document.querySelectorAll("[data-row]")].filter(visible);
let going = 0;

function currentRow() {
  return document.activeElement?.closest("[data-row]") ?? document.querySelector("[data-row].at");
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const here = all.indexOf(currentRow());
  const next = all[Math.min(all.length - 1, Math.max(0, here + step))];
  document.querySelector("[data-row].at")?.classList.remove("at");
  next.classList.add("at");
  next.querySelector("[data-open]")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

// A bulk action with nothing selected means the row under the cursor.
function pickCurrent(button) {
  const form = button.form;
  if (!form?.matches("[data-bulk]") || form.querySelector(".pick:checked")) return;
  const pick = currentRow()?.querySelector(".pick");
  if (pick) pick.checked = true;
}

function press(key) {
  const target = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(visible);
  if (!target || target.disabled) return false;
  if (target.matches("summary")) {
    target.parentElement.open = true;
    target.parentElement.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
  } else if (target.matches("input, textarea")) {
    target.focus();
    target.select?.();
  } else {
    pickCurrent(target);
    target.click();
  }
  return true;
}

function handle(key) {
  if (going && Date.now() - going < 1500) {
    going = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    link?.click();
    return Boolean(link);
  }
  if (key === "g") return (going = Date.now()), true;
  if (key === "j") return move(1), true;
  if (key === "k") return move(-1), true;
  if (key === "?") return document.getElementById("help")?.showModal(), true;
  if (key === "x") {
    const pick = currentRow()?.querySelector(".pick");
    pick?.click();
    return Boolean(pick);
  }
  return press(key);
}

document.addEventListener("keydown", (event) => {
  const open = document.querySelector(".pop[open]");
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
    return;
  }
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  // Ctrl+Enter sends the form one is typing in.
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) return event.target.form.requestSubmit();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key.length === 1 && handle(event.key)) event.preventDefault();
});

// Only one small form is open at a time, and a click elsewhere closes it.
document.addEventListener("click", (event) => {
  for (const pop of document.querySelectorAll(".pop[open], .nav-more[open]")) {
    if (!pop.contains(event.target)) pop.open = false;
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  if (event.target.closest("[data-help]")) document.getElementById("help")?.showModal();
});
