// The palette: Ctrl K, ⌘ K or / opens the search over any page. Nothing depends on it: the search
// is a page, too.

const DELAY = 120; // milliseconds after the last key
const CLOSED = "Search reports, pages, customers, products and order numbers.";
const FAILED = "The search failed. Press Enter for the search page.";

const dialog = document.createElement("dialog");
dialog.className = "palette";
dialog.ariaLabel = "Search";
dialog.innerHTML = `<header><input role="combobox" aria-label="Search or jump to" aria-autocomplete="list"
aria-controls="palette-hits" aria-expanded="false" placeholder="Search or jump to…" maxlength="100"
autocomplete="off" spellcheck="false" enterkeyhint="go" autofocus><kbd>Esc</kbd></header>
<p role="status">${CLOSED}</p><div id="palette-hits" role="listbox" aria-label="Results" hidden></div>
<footer><span><kbd>↑</kbd> <kbd>↓</kbd> move</span><span><kbd>Enter</kbd> open</span>
<span><kbd>Ctrl Enter</kbd> new tab</span><span><kbd>&gt;</kbd> actions</span>
<span><kbd>#</kbd> order number</span></footer>`;
document.body.append(dialog);
const [input, note, list] = ["input", "p", "div"].map((tag) => dialog.querySelector(tag));

let options = []; // links in their order
let chosen = 0;
let timer;
let answer; // of the text that was typed last; Enter waits for it

function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function marked(title, text) {
  const at = title.toLowerCase().indexOf(text.toLowerCase());
  if (!text || at < 0) return [title];
  const end = at + text.length;
  return [title.slice(0, at), make("mark", {}, title.slice(at, end)), title.slice(end)];
}

function option(hit, text) {
  const title = make("span", {}, ...marked(hit.title, text));
  const id = `palette-${options.length}`;
  const link = make("a", { href: hit.address, id, role: "option", tabIndex: -1 }, title, make("small", {}, hit.detail));
  options.push(link);
  return link;
}

function show({ groups, note: words }, text) {
  options = [];
  const heading = (name) => make("h2", { role: "presentation" }, name);
  list.replaceChildren(...groups.map(({ name, hits }) => make(
    "section", { role: "group", ariaLabel: name }, heading(name), ...hits.map((hit) => option(hit, text)),
  )));
  note.textContent = words;
  list.hidden = !options.length;
  input.ariaExpanded = String(!list.hidden);
  choose(0);
}

function choose(place) {
  chosen = (place + options.length) % (options.length || 1);
  for (const link of options) link.ariaSelected = String(link === options[chosen]);
  input.setAttribute("aria-activedescendant", options[chosen]?.id ?? "");
  options[chosen]?.scrollIntoView({ block: "nearest" });
}

async function search() {
  const text = input.value.trim();
  try {
    const response = await fetch(`/search/?format=json&q=${encodeURIComponent(text)}`);
    if (response.redirected) location.reload(); // signed out meanwhile
    const found = await response.json();
    if (text === input.value.trim()) show(found, text.replace(/^[>#]\s*/, ""));
  } catch {
    show({ groups: [], note: FAILED }, "");
  }
}

async function go(inNewTab) {
  await answer;
  const address = options[chosen]?.href ?? `/search/?q=${encodeURIComponent(input.value)}`;
  if (inNewTab) open(address, "_blank", "noopener");
  else location.assign(address);
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  answer = new Promise((done) => { timer = setTimeout(() => done(search()), DELAY); });
});
input.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) choose(chosen + step);
  else if (event.key === "Enter" && !event.isComposing) go(event.ctrlKey || event.metaKey);
  else return;
  event.preventDefault();
});
dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });

function openPalette(event) {
  event.preventDefault();
  if (!dialog.open) dialog.showModal();
  input.select();
  answer ??= search(); // what was opened lately
}

document.addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, target } = event;
  const typing = target.closest?.("input, textarea, select, [contenteditable]");
  if ((ctrlKey || metaKey) && key.toLowerCase() === "k") openPalette(event);
  else if (key === "/" && !ctrlKey && !metaKey && !altKey && !typing) openPalette(event);
});
document.querySelector("form[data-palette] input")?.addEventListener("pointerdown", openPalette);
