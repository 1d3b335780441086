// The page for 3 am. A tap is sent until it is through, and the screen says plainly whether it is.
const status = document.getElementById("status");
const form = document.querySelector("form[data-retry]");
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// Woken early when the network is back: nobody should watch a countdown with a signal in hand.
const pause = (ms) => Promise.race([wait(ms), new Promise((done) => addEventListener("online", done, { once: true }))]);

function say(text, bad) {
  status.textContent = text;
  status.className = bad ? "bad" : "";
}

async function send(action, body) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 10000);
  try {
    return await fetch(action, { method: "POST", body, signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
}

async function deliver(button) {
  const body = new URLSearchParams(new FormData(form, button));
  for (const other of form.querySelectorAll("button")) other.disabled = true;
  for (let attempt = 1; ; attempt += 1) {
    say(attempt === 1 ? "Sending…" : `Not through yet. Trying again (${attempt})…`, attempt > 1);
    try {
      // Not `form.action`: the buttons are called `action`, too, and hide it.
      const answer = await send(form.getAttribute("action"), body);
      if (answer.ok) {
        say("It is through.");
        return location.replace(answer.url);
      }
      // Told no, not unreachable: the answer is a page that says why.
      if (answer.status < 500 && answer.status !== 429) {
        say("");
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        return document.body.replaceChildren(...page.body.childNodes);
      }
    } catch { /* no network: try again */ }
    say(navigator.onLine ? "Not through yet. Still trying." : "No network. Not acknowledged yet; will send as soon as there is a signal.", true);
    await pause(Math.min(15000, 1000 * 2 ** Math.min(attempt, 4)));
  }
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  deliver(event.submitter ?? form.querySelector("button"));
});
addEventListener("beforeunload", (event) => {
  if (status?.className === "bad") event.preventDefault();
});
