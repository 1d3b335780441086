// The stage: puts what arrives on the phones, and sends what the buttons say.

const $ = (selector, within = document) => within.querySelector(selector);
const table = $("[data-phones]");
const phones = new Map();
let people = {};
let seen = 0;
// The clock of the company, as the pages have it.
let clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** The phone of that person, taken out of a pocket when it first rings. */
function phone(login) {
  if (phones.has(login)) return phones.get(login);
  const element = $("#phone").content.firstElementChild.cloneNode(true);
  const person = people[login] ?? { name: login, on: [] };
  $("[data-name]", element).textContent = person.name;
  $("[data-duty]", element).textContent = person.on.length ? `On call: ${person.on.join(", ")}` : "Not on call";
  $("[data-back]", element).addEventListener("click", () => show(element, null));
  table.append(element);
  phones.set(login, element);
  return element;
}

/** Opens an address on a phone, or shows its messages. */
function show(element, address) {
  const page = $(".phone-page", element);
  page.hidden = address === null;
  $("iframe", page).src = address ?? "about:blank";
  element.classList.remove("rings");
}

function arrive(message) {
  if (message.number <= seen) return;
  const isNew = Date.now() - Date.parse(message.at) < 10_000;
  seen = message.number;
  const element = phone(message.person);
  const row = $("#message").content.firstElementChild.cloneNode(true);
  $("[data-channel]", row).textContent = message.channel === "mail" ? "Mail" : "Allclear";
  $("[data-at]", row).textContent = clock.format(new Date(message.at));
  $("[data-title]", row).textContent = message.title;
  $("[data-text]", row).textContent = message.text;
  const button = $("button", row);
  if (message.severity) button.classList.add(message.severity);
  if (message.link) button.addEventListener("click", () => show(element, new URL(message.link).pathname));
  const messages = $("[data-messages]", element);
  messages.prepend(row);
  while (messages.children.length > 60) messages.lastElementChild.remove();
  if (isNew && (message.kind === "page" || message.kind === "bundle")) ring(element);
}

function ring(element) {
  element.classList.remove("rings");
  void element.offsetWidth;
  element.classList.add("rings");
}

function cast(stage) {
  people = stage.people;
  clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: stage.zone });
  for (const login of stage.table) phone(login);
  if (stage.you) phones.get(stage.you)?.classList.add("you");
  const who = $("[data-who]");
  const first = [...new Set([stage.you, ...Object.keys(people)])].filter((login) => people[login]);
  who.replaceChildren(...first.map((login) => {
    const { name, role, on } = people[login];
    const duty = on.length ? `, on call for ${on.join(", ")}` : "";
    return new Option(`${name} (${role}${duty})`, login);
  }));
  who.onchange = () => { $("[data-app]").src = `/demo/as/${who.value}`; };
}

function count(counts) {
  for (const [name, value] of Object.entries(counts)) {
    const element = $(`[data-count="${name}"]`);
    if (element) element.textContent = value.toLocaleString();
  }
  $('[data-act="cut"]').setAttribute("aria-pressed", counts.cut);
  $("[data-cut]").textContent = counts.cut ? "Phone network is cut: let it work again" : "Cut the phone network";
}

const hints = {
  break: "A phone rings. Tap the message and acknowledge; or wait a minute, and the next one rings.",
  storm: "Thousands of alerts, a few incidents; nobody gets more than a few pages a minute.",
  cut: "Break something now: pages are tried again until the network works, and Deliveries shows each attempt.",
  mend: "Monitoring says that all is well: whoever was paged is told. Those of the database stay open until a person resolves them: so it is set up.",
};

for (const button of document.querySelectorAll("[data-act]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const answer = await fetch(`/demo/act/${button.dataset.act}`, { method: "POST", headers: { "allclear-demo": "1" } });
      $("[data-hint]").textContent = answer.ok ? hints[button.dataset.act] : await answer.text();
    } catch (error) {
      $("[data-hint]").textContent = `The demo does not answer (${error.message}). Is it still running?`;
    } finally {
      button.disabled = false;
    }
  });
}

const stream = new EventSource("/demo/stream");
stream.addEventListener("cast", (event) => cast(JSON.parse(event.data)));
stream.addEventListener("messages", (event) => JSON.parse(event.data).forEach(arrive));
stream.addEventListener("counts", (event) => count(JSON.parse(event.data)));
