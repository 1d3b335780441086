// Forms that say what they would change: `data-preview` names the elements that are brought up to date from the same
// form, sent with `action=preview`, a moment after the last key. Without scripts a button does the same.
const PAUSE = 400;

function watch(form) {
  const names = form.dataset.preview.split(" ");
  let timer;
  let asking;

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    body.set("action", "preview");
    const regions = names.map((name) => document.getElementById(name));
    for (const region of regions) region?.setAttribute("aria-busy", "true");
    try {
      // A field may be called `action`, so the property is not the address.
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, signal: asking.signal });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const region of regions) {
        const other = fresh.getElementById(region?.id);
        if (other) region.replaceChildren(...other.childNodes);
      }
    } catch (problem) {
      // Without an answer the last one stays; saving says what is wrong. A newer question has its own answer.
      if (problem.name === "AbortError") return;
    }
    for (const region of regions) region?.removeAttribute("aria-busy");
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
}

for (const form of document.querySelectorAll("form[data-preview]")) watch(form);

// Choices that are taken at once; a button beside them does so without scripts.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submits]")) event.target.form.requestSubmit();
});
