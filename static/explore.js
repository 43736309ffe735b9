// Comforts of the explore page that nothing depends on: a search among the fields, levels that
// fold, and the menu of a cell beside the cell.

const wide = matchMedia("(min-width: 64rem)");
const fields = document.querySelector(".fields");
const find = fields.querySelector(".find");

fields.open = wide.matches;
wide.addEventListener("change", () => { fields.open = wide.matches; });
find.hidden = false;
find.querySelector("input").addEventListener("input", ({ target }) => {
  const words = target.value.toLowerCase().split(/\s+/);
  for (const section of fields.querySelectorAll("section")) {
    for (const item of section.querySelectorAll("li")) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
    }
    section.hidden = !section.querySelector("li:not([hidden])");
  }
  fields.querySelector(".none").hidden = Boolean(fields.querySelector("section:not([hidden])"));
});

// Levels

const MANY_ROWS = 40; // more are folded at first
const table = document.querySelector(".pivot table");
const rows = table ? [...table.tBodies[0].rows] : [];
const depth = (row) => Number(row?.dataset.depth ?? 0);
const button = (row) => row.querySelector(".fold");

function show() {
  let folded = Infinity; // the depth of the row that hides those below it
  for (const row of rows) {
    if (depth(row) <= folded) folded = Infinity;
    row.hidden = depth(row) > folded;
    if (button(row)?.ariaExpanded === "false") folded = Math.min(folded, depth(row));
  }
}

function addFold(row) {
  const label = row.querySelector("th > span");
  const fold = document.createElement("button");
  fold.type = "button";
  fold.className = "fold";
  fold.ariaLabel = `Rows below ${label.textContent}`;
  label.before(fold);
  setFold(fold, rows.length <= MANY_ROWS);
  fold.addEventListener("click", () => { setFold(fold, fold.ariaExpanded === "false"); show(); });
}

function setFold(fold, open) {
  fold.ariaExpanded = String(open);
  fold.textContent = open ? "▾" : "▸";
}

if (rows[0]?.classList.contains("total")) {
  rows.forEach((row, place) => { if (depth(row) && depth(rows[place + 1]) > depth(row)) addFold(row); });
  show();
}

// The menu of a cell: what selects its row and what selects its column

const form = document.querySelector("#menu");
let popover;

async function openMenu(cell, at) {
  const query = new URLSearchParams(new FormData(form));
  query.delete("at");
  for (const text of at) query.append("at", text);
  const answer = await fetch(`${form.getAttribute("action")}?${query}`);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  popover?.remove();
  popover = document.createElement("div");
  popover.className = "cell-menu";
  popover.popover = "auto";
  popover.role = "dialog";
  popover.ariaLabel = page.querySelector("#cell-menu h1").textContent;
  popover.append(...page.querySelector("#cell-menu").children);
  // First what Enter opens: the orders behind the figures of the cell.
  for (const link of [...cell.querySelectorAll("a")].reverse()) {
    const item = document.createElement("li");
    const open = document.createElement("a");
    open.href = link.href;
    open.textContent = `Open the orders of ${link.textContent}`;
    item.append(open);
    popover.querySelector(".menu-links").prepend(item);
  }
  document.body.append(popover);
  popover.showPopover();
  const place = cell.getBoundingClientRect();
  const left = Math.min(place.left, innerWidth - popover.offsetWidth - 8);
  const top = Math.min(place.bottom, innerHeight - popover.offsetHeight - 8);
  popover.style.setProperty("left", `${Math.max(8, left)}px`);
  popover.style.setProperty("top", `${Math.max(8, top)}px`);
  popover.querySelector("a, summary").focus();
  popover.addEventListener("toggle", ({ newState, target }) => {
    if (newState !== "closed") return;
    target.remove();
    cell.focus();
  });
}

const at = (place) => place?.querySelector("button.more")?.value;
const headOf = (cell) => {
  const heads = table.tHead.rows[0].cells;
  let place = cell.cellIndex;
  for (const head of heads) {
    if (place < head.colSpan) return head;
    place -= head.colSpan;
  }
};
const conditionsOf = (cell) =>
  [at(cell.parentElement.cells[0]), at(headOf(cell))].filter(Boolean);

function move(cell, key) {
  const seen = rows.filter((row) => !row.hidden);
  const row = seen.indexOf(cell.parentElement);
  const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
  const next = seen[row + down]?.cells[cell.cellIndex + right];
  if (next?.tagName !== "TD") return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

if (table) {
  // One stop for Tab: arrows move from there.
  for (const link of table.querySelectorAll("td a")) link.tabIndex = -1;
  const first = table.querySelector("td");
  if (first) first.tabIndex = 0;
  table.addEventListener("contextmenu", (event) => {
    const cell = event.target.closest("td");
    if (!cell) return;
    event.preventDefault();
    cell.tabIndex = cell.tabIndex < 0 ? -1 : cell.tabIndex;
    openMenu(cell, conditionsOf(cell));
  });
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!cell) return;
    if (event.key.startsWith("Arrow")) { event.preventDefault(); move(cell, event.key); }
    if (event.key === "Enter") { event.preventDefault(); openMenu(cell, conditionsOf(cell)); }
  });
  table.addEventListener("click", (event) => {
    const more = event.target.closest("button.more");
    if (!more) return;
    event.preventDefault();
    openMenu(more, [more.value]);
  });
}
