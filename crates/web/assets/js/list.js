// Lists. Rows that are there are brought up to date where they stand; nothing moves under the cursor. New rows wait
// behind a button that says how many there are.
const bulk = document.querySelector("[data-bulk]");

function count() {
  const picked = bulk.querySelectorAll(".pick:checked").length;
  for (const button of bulk.querySelectorAll("[data-needs-pick]")) button.setAttribute("aria-disabled", String(!picked));
  const text = bulk.querySelector("[data-picked]");
  if (text) text.textContent = picked ? `${picked} selected` : text.dataset.picked;
  const all = bulk.querySelector("[data-pick-all]");
  if (all) {
    const total = bulk.querySelectorAll(".pick").length;
    all.checked = picked > 0 && picked === total;
    all.indeterminate = picked > 0 && picked < total;
  }
}

if (bulk) {
  let last = null;
  bulk.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) {
      for (const pick of bulk.querySelectorAll(".pick")) pick.checked = event.target.checked;
    }
    count();
  });
  // Shift-click takes the rows in between.
  bulk.addEventListener("click", (event) => {
    if (!event.target.matches(".pick")) return;
    const picks = [...bulk.querySelectorAll(".pick")];
    if (event.shiftKey && last) {
      const [from, to] = [picks.indexOf(last), picks.indexOf(event.target)].sort((a, b) => a - b);
      for (const pick of picks.slice(from, to + 1)) pick.checked = event.target.checked;
      count();
    }
    last = event.target;
  });
  count();
}

function bringUpToDate(row, fresh) {
  [...row.cells].forEach((cell, index) => {
    const other = fresh.cells[index];
    if (!other || cell.matches(".pick-cell") || cell.innerHTML === other.innerHTML) return;
    if (!cell.contains(document.activeElement)) cell.replaceChildren(...other.cloneNode(true).childNodes);
  });
}

// Takes in a fresh rendering of a list; returns how many rows wait behind the button.
export function takeIn(region, fresh) {
  const old = new Map([...region.querySelectorAll("[data-row]")].map((row) => [row.id, row]));
  const rows = [...fresh.querySelectorAll("[data-row]")];
  // An empty state, a list that was empty, or another page's markup: nothing to protect.
  if (!old.size || !rows.length) return null;
  const known = new Set();
  for (const row of rows) {
    known.add(row.id);
    if (old.has(row.id)) bringUpToDate(old.get(row.id), row);
  }
  for (const [id, row] of old) row.classList.toggle("gone", !known.has(id));
  return rows.filter((row) => !old.has(row.id)).length;
}
