// Keeps relative ages and countdowns true while a page stays open. Must say the same as `pages/time.rs`.
// The server's clock counts: a phone that is four minutes off must not show a page as overdue.
const skew = Date.parse(document.documentElement.dataset.now ?? "") - Date.now() || 0;
export const now = () => Date.now() + skew;

export function age(seconds) {
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours}h ${minutes % 60}m` : `${hours}h`;
  return `${Math.floor(hours / 24)}d`;
}

export function countdown(seconds) {
  if (seconds >= 3600) return age(seconds);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const forms = {
  age: (past) => age(Math.max(0, past)),
  ago: (past) => (past < 5 ? "just now" : `${age(past)} ago`),
  in: (past) => (past >= 0 ? "now" : `in ${age(-past)}`),
  countdown: (past) => (past >= 0 ? "now" : countdown(-past)),
};

function tick() {
  for (const element of document.querySelectorAll("time[data-tick]")) {
    const past = Math.floor((now() - Date.parse(element.dateTime)) / 1000);
    const text = forms[element.dataset.tick]?.(past);
    if (text && element.textContent !== text) element.textContent = text;
  }
}

setInterval(() => document.hidden || tick(), 1000);
document.addEventListener("visibilitychange", tick);
