// Live updates. The server says only *what* changed (`incidents incident:INC-142`); a page that shows it asks for
// itself again and takes over the parts that changed. So there is one rendering of everything, and a lost message
// costs nothing as long as the page knows that it may have lost one: whenever it cannot be sure to have heard
// everything (it was just opened, the stream broke, the machine slept), it brings all of itself up to date.
//
// One connection serves all tabs, as browsers allow only six to one HTTP/1.1 server: the tab that holds the lock
// listens and tells the others. A tab that is looked at and hears nothing, not even the server's heartbeat, takes the
// lock away: phones put tabs to sleep without asking them. Where the browser has no locks (plain http), each visible
// tab listens for itself.
import { takeIn } from "./list.js";

const channel = "BroadcastChannel" in window ? new BroadcastChannel("allclear") : null;
const sign = document.querySelector("[data-live-state]");
const announcer = document.getElementById("announce");
const plainTitle = document.title;
// The server is heard every 15 seconds; after so long without, the connection is dead, whatever the browser thinks.
const SILENCE = 40000;
let source = null;
let heard = Date.now();
let planned = 0;
let asking = false;
let waiting = new Set();
// The incidents of which the reader knows that they are paged.
const told = new Set();
const bannerOf = (page) => page.querySelector("#yours a[href^='/incidents/']");
const referenceOf = (banner) => banner?.getAttribute("href").split("/").pop();
if (bannerOf(document)) told.add(referenceOf(bannerOf(document)));

function say(state) {
  if (sign) sign.textContent = state;
}

// The page as it is now: null where there is no use in asking again, nothing at all where the server did not answer.
async function ask() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer || answer.status >= 500 || answer.status === 429) return undefined;
  // A session that ended or a page that is gone shows itself on the next click; what is on the screen stays.
  if (!answer.ok || answer.redirected) return null;
  const text = await answer.text().catch(() => null);
  return text === null ? undefined : new DOMParser().parseFromString(text, "text/html");
}

async function refresh() {
  planned = 0;
  const topics = waiting;
  waiting = new Set();
  const wanted = [...document.querySelectorAll("[data-live]")].filter((region) =>
    topics.has("*") || region.dataset.live.split(" ").some((topic) => topics.has(topic)));
  if (!wanted.length) return;
  // One answer at a time, so that an older one never covers a newer one.
  asking = true;
  const fresh = await ask();
  asking = false;
  if (fresh === undefined) topics.forEach((topic) => waiting.add(topic));
  if (waiting.size) plan(fresh === undefined ? 3000 : 300);
  if (!fresh) return;
  wanted.forEach((region) => takeOver(region, fresh.getElementById(region.id)));
  noticePage(fresh);
}

function takeOver(region, part) {
  if (!part) return;
  keepOpen(region, part);
  const held = region.matches("[data-list]") ? takeIn(region, part) : null;
  if (held === null) htmx.swap({ text: part.outerHTML, target: region, swap: "outerMorph" });
  else offer(region, part, held);
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
  if (!asking) plan(300);
}

// A storm of hints costs at most one request a second; the jitter keeps many screens from asking at once.
function plan(ms) {
  planned ||= setTimeout(refresh, ms + Math.random() * 700);
}

// A page addressed to the reader: the one thing that may interrupt.
function page({ reference, title }) {
  told.add(reference);
  const loud = document.getElementById("announce-page");
  if (loud) loud.textContent = `You are paged: ${reference}, ${title}`;
  document.title = `● ${reference} · ${plainTitle}`;
  if (localStorage.getItem("sound") === "on") tone();
  hint(["*"]);
}

// A page that began while nothing was heard shows in the banner alone; it must not stay unheard.
function noticePage(fresh) {
  const banner = bannerOf(fresh);
  const reference = referenceOf(banner);
  if (!reference) told.clear();
  else if (!told.has(reference)) page({ reference, title: banner.textContent.replace(reference, "").trim() });
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
  heard = Date.now();
  if (kind === "hint") hint(data.split(" "));
  if (kind === "page") page(JSON.parse(data));
  if (kind === "state") say(data);
}

function tell(kind, data) {
  receive({ kind, data });
  channel?.postMessage({ kind, data });
}

// Whatever happened before the stream was open was told to nobody, so opening it brings every tab up to date.
function connect() {
  source?.close();
  const stream = new EventSource("/live");
  source = stream;
  heard = Date.now();
  stream.addEventListener("open", () => {
    tell("state", "Live");
    tell("hint", "*");
  });
  stream.addEventListener("error", () => {
    if (source !== stream) return;
    tell("state", "Reconnecting…");
    // The browser gives up after an answer that is not a stream, such as a 502 while we restart.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => source === stream && connect(), 3000 + Math.random() * 3000);
  });
  for (const kind of ["hint", "page", "beat"]) stream.addEventListener(kind, (event) => tell(kind, event.data));
}

function disconnect() {
  source?.close();
  source = null;
}

// Listens for all tabs as soon as no other one does, or at once instead of one that is silent.
function listenForAll(steal) {
  const listen = () => new Promise(() => connect());
  // Another tab took the lock because it did not hear this one: wait for it to be free again.
  const again = () => { disconnect(); listenForAll(false); };
  navigator.locks.request("allclear-live", { steal }, listen).catch(again);
}

// Looks whether the server is still heard: a machine that slept, and a tab that was put to sleep, do not notice.
function listenAgain() {
  if (Math.abs(Date.now() - heard) < SILENCE) return;
  say("Reconnecting…");
  if (source) connect();
  else if (!document.hidden) {
    heard = Date.now();
    if (shared) listenForAll(true);
    else connect();
  }
}

function listenWhileVisible() {
  if (document.hidden) disconnect();
  else if (!source) connect();
}

const soundSwitch = document.querySelector("[data-sound]");
if (soundSwitch) {
  soundSwitch.checked = localStorage.getItem("sound") === "on";
  soundSwitch.addEventListener("change", () => {
    localStorage.setItem("sound", soundSwitch.checked ? "on" : "off");
    if (soundSwitch.checked) tone();
  });
}

const shared = Boolean(navigator.locks && channel);

if (document.querySelector("[data-live]") || sign) {
  if (channel) channel.onmessage = (event) => receive(event.data);
  addEventListener("focus", () => (document.title = plainTitle));
  addEventListener("online", listenAgain);
  // Back from the browser's cache of pages, as it was when it was left.
  addEventListener("pageshow", (event) => event.persisted && hint(["*"]));
  document.addEventListener("visibilitychange", listenAgain);
  setInterval(listenAgain, 10000);
  if (shared) {
    say("Live");
    // What changed while this page was on its way is not told again by the tab that listens.
    hint(["*"]);
    listenForAll(false);
  } else {
    document.addEventListener("visibilitychange", listenWhileVisible);
    listenWhileVisible();
  }
}
