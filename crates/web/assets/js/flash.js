// Messages about what was just done stay for ten seconds, or as long as somebody is on them; that is also how long
// the undo can be taken from here. Without scripts they stay until the next page.
for (const flash of document.querySelectorAll("[data-flash]")) {
  let left = 10;
  const shown = flash.querySelector("[data-left]");
  const timer = setInterval(() => {
    if (document.hidden || flash.matches(":hover, :focus-within")) return;
    left -= 1;
    if (shown) shown.textContent = `${left}s`;
    if (left <= 0) {
      clearInterval(timer);
      flash.remove();
    }
  }, 1000);
  flash.querySelector("[data-dismiss]")?.addEventListener("click", () => flash.remove());
}

// A second tap must not send a form twice.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || event.defaultPrevented) return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
