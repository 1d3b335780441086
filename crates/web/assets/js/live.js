// Live updates. The server says only *what* changed (`incidents incident:INC-142`); a page that shows it asks for
// itself again and takes over the parts that changed. So there is one rendering of everything, and a lost message
// costs nothing: whatever comes next brings the page up to date.
//
// One connection serves all tabs, as browsers allow only six to one HTTP/1.1 server: the tab that holds the lock
// listens and tells the others. Where the browser has no locks (plain http), each visible tab listens for itself.
import { takeIn } from "./list.js";

const channel = "BroadcastChannel" in window ? new BroadcastChannel("allclear") : null;
const sign = document.querySelector("[data-live-state]");
const announcer = document.getElementById("announce");
const plainTitle = document.title;
let source = null;
let planned = 0;
let waiting = new Set();

function say(state) {
  if (sign) sign.textContent = state;
}

async function refresh() {
  planned = 0;
  const topics = waiting;
  waiting = new Set();
  const wanted = [...document.querySelectorAll("[data-live]")].filter((region) =>
    topics.has("*") || region.dataset.live.split(" ").some((topic) => topics.has(topic)));
  if (!wanted.length) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  // A session that ended or a page that is gone shows itself on the next click; what is on the screen stays.
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of wanted) {
    const part = fresh.getElementById(region.id);
    if (!part) continue;
    keepOpen(region, part);
    const held = region.matches("[data-list]") ? takeIn(region, part) : null;
    if (held === null) htmx.swap({ text: part.outerHTML, target: region, swap: "outerMorph" });
    else offer(region, part, held);
  }
}

// What the reader has unfolded stays unfolded: an update must not take away the sheet that they are choosing from.
function keepOpen(region, part) {
  const name = (details) => details.querySelector("summary")?.textContent;
  const folded = [...part.querySelectorAll("details")];
  for (const open of region.querySelectorAll("details[open]")) {
    const same = folded.find((details) => name(details) === name(open));
    if (same) same.open = true;
  }
}

function offer(region, part, held) {
  const button = region.querySelector("[data-newer]");
  if (!button) return;
  button.hidden = held === 0;
  button.textContent = `${held} new`;
  button.onclick = () => {
    htmx.swap({ text: part.outerHTML, target: region, swap: "outerMorph" });
    region.querySelector("[data-open]")?.focus();
  };
  if (held && announcer) announcer.textContent = `${held} new. Press Enter on “${held} new” to show them.`;
}

function hint(topics) {
  topics.forEach((topic) => waiting.add(topic));
  // A storm of hints costs at most one request a second; the jitter keeps many screens from asking at once.
  planned ||= setTimeout(refresh, 300 + Math.random() * 700);
}

// A page addressed to the reader: the one thing that may interrupt.
function page({ reference, title }) {
  const loud = document.getElementById("announce-page");
  if (loud) loud.textContent = `You are paged: ${reference}, ${title}`;
  document.title = `● ${reference} · ${plainTitle}`;
  if (localStorage.getItem("sound") === "on") tone();
  hint(["*"]);
}

// Two rising notes that no other sound on a desk is.
function tone() {
  const audio = new AudioContext();
  [523.25, 783.99].forEach((pitch, index) => {
    const oscillator = new OscillatorNode(audio, { frequency: pitch, type: "triangle" });
    const volume = new GainNode(audio, { gain: 0 });
    const start = audio.currentTime + index * 0.18;
    volume.gain.setTargetAtTime(0.25, start, 0.01);
    volume.gain.setTargetAtTime(0, start + 0.15, 0.05);
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(start);
    oscillator.stop(start + 0.6);
  });
}

function receive({ kind, data }) {
  if (kind === "hint") hint(data.split(" "));
  if (kind === "page") page(JSON.parse(data));
  if (kind === "state") say(data);
}

function tell(kind, data) {
  receive({ kind, data });
  channel?.postMessage({ kind, data });
}

function connect() {
  let lost = false;
  source = new EventSource("/live");
  source.addEventListener("open", () => {
    tell("state", "Live");
    if (lost) tell("hint", "*");
    lost = false;
  });
  source.addEventListener("error", () => {
    lost = true;
    tell("state", "Reconnecting…");
    // The browser gives up after an answer that is not a stream, such as a 502 while we restart.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000 + Math.random() * 3000);
  });
  source.addEventListener("hint", (event) => tell("hint", event.data));
  source.addEventListener("page", (event) => tell("page", event.data));
}

function listenWhileVisible() {
  if (document.hidden) {
    source?.close();
    source = null;
  } else if (!source) {
    connect();
    hint(["*"]);
  }
}

const soundSwitch = document.querySelector("[data-sound]");
if (soundSwitch) {
  soundSwitch.checked = localStorage.getItem("sound") === "on";
  soundSwitch.addEventListener("change", () => {
    localStorage.setItem("sound", soundSwitch.checked ? "on" : "off");
    if (soundSwitch.checked) tone();
  });
}

if (document.querySelector("[data-live]") || sign) {
  if (channel) channel.onmessage = (event) => receive(event.data);
  addEventListener("focus", () => (document.title = plainTitle));
  if (navigator.locks && channel) {
    say("Live");
    navigator.locks.request("allclear-live", () => new Promise(connect));
  } else {
    document.addEventListener("visibilitychange", listenWhileVisible);
    connect();
  }
}
