// Ctrl K: everything that the page can do, everywhere one can go, and whatever the search finds.
const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = dialog?.querySelector("ul");
const nothing = dialog?.querySelector("[data-nothing]");
let found = [];
let chosen = 0;
let asking;

// The page's own buttons and links are the commands: nothing is listed twice by hand.
function commands() {
  const own = [...document.querySelectorAll("[data-command]")].map((element) => ({
    label: element.dataset.command,
    kind: element.matches("a") ? "Go to" : "Do",
    key: element.dataset.key ?? (element.dataset.go ? `g ${element.dataset.go}` : ""),
    run: () => element.click(),
  }));
  return own.filter((item, index) => own.findIndex((other) => other.label === item.label) === index);
}

function matches(label, query) {
  const text = label.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

async function search(query) {
  asking?.abort();
  if (query.length < 2) return [];
  asking = new AbortController();
  try {
    const answer = await fetch(`/search.json?q=${encodeURIComponent(query)}`, { signal: asking.signal });
    if (!answer.ok) return [];
    return (await answer.json()).map(({ kind, label, href }) => ({ kind, label, run: () => location.assign(href) }));
  } catch {
    return [];
  }
}

function draw() {
  list.replaceChildren(...found.slice(0, 40).map((item, index) => {
    const line = document.createElement("li");
    line.role = "option";
    line.id = `command-${index}`;
    line.setAttribute("aria-selected", String(index === chosen));
    const kind = document.createElement("small");
    kind.textContent = item.kind;
    line.append(item.label, kind);
    if (item.key) {
      const key = document.createElement("kbd");
      key.textContent = item.key;
      line.append(key);
    }
    line.addEventListener("click", () => run(index));
    return line;
  }));
  nothing.hidden = found.length > 0;
  list.hidden = !found.length;
  if (found.length) input.setAttribute("aria-activedescendant", `command-${chosen}`);
  list.children[chosen]?.scrollIntoView({ block: "nearest" });
}

function run(index) {
  dialog.close();
  found[index]?.run();
}

async function filter() {
  const query = input.value.trim();
  chosen = 0;
  found = commands().filter((item) => matches(item.label, query));
  draw();
  const hits = await search(query);
  if (query === input.value.trim() && hits.length) {
    found = [...found, ...hits];
    draw();
  }
}

function show() {
  input.value = "";
  dialog.showModal();
  filter();
}

if (dialog) {
  input.addEventListener("input", filter);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      chosen = Math.max(0, Math.min(found.length - 1, chosen + step));
      draw();
    } else if (event.key === "Enter") run(chosen);
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      dialog.open ? dialog.close() : show();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) show();
    if (event.target === dialog) dialog.close();
  });
}
