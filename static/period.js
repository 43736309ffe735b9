// Comforts of the bar of filters: a calendar, a search in long lists, and addresses that say all.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const DAY = 86400000;

// Days are counted in UTC, where each has 24 hours.
const utc = (year, month, day) => new Date(Date.UTC(year, month, day));
const shown = (day) => `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
const same = (one, other) => Number(one) === Number(other);

// Of the texts that the server reads, those that say a year.
function read(text) {
  const iso = /^(\d{4})-(\d\d?)-(\d\d?)$/.exec(text);
  if (iso) return utc(iso[1], iso[2] - 1, iso[3]);
  const dotted = /^(\d\d?)\.(\d\d?)\.(\d{4})$/.exec(text);
  if (dotted) return utc(dotted[3], dotted[2] - 1, dotted[1]);
  const [, day, name, year] = /^(\d\d?) ([a-z]{3})[a-z]* (\d{4})$/i.exec(text) ?? [];
  const month = MONTHS.findIndex((each) => each.toLowerCase() === name?.toLowerCase());
  return month < 0 ? null : utc(year, month, day);
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

class Calendar {
  constructor(panel) {
    this.place = panel.querySelector(".months");
    this.form = panel.closest("form");
    this.fields = [...panel.querySelectorAll("[data-day]")];
    this.weekStart = Number(this.place.dataset.weekStart);
    this.place.hidden = false;
    this.reset();
    panel.addEventListener("input", ({ target }) => {
      if (this.fields.includes(target)) this.typed();
      else if (target.name === "compare") this.draw();
    });
    this.form.addEventListener("reset", () => setTimeout(() => this.reset()));
    this.place.addEventListener("click", ({ target }) => this.clicked(target));
    this.place.addEventListener("keydown", (event) => this.moved(event));
  }

  reset() {
    this.ends = this.fields.map((field) => read(field.value || field.dataset.day));
    this.isOpen = false; // whether the next click is the last day
    const last = this.ends[1] ?? new Date();
    this.month = utc(last.getUTCFullYear(), last.getUTCMonth(), 1);
    this.draw();
  }

  typed() {
    const ends = this.fields.map((field) => read(field.value.trim()));
    if (!ends[0] || !ends[1]) return;
    this.ends = ends;
    this.month = utc(ends[1].getUTCFullYear(), ends[1].getUTCMonth(), 1);
    this.draw();
  }

  clicked(target) {
    if (target.dataset.step) this.step(Number(target.dataset.step));
    if (!target.dataset.date) return;
    const day = read(target.dataset.date);
    const [first] = this.ends;
    this.ends = this.isOpen && day >= first ? [first, day] : [day, day];
    this.isOpen = !this.isOpen || day < first;
    this.fields.forEach((field, place) => { field.value = shown(this.ends[place]); });
    this.draw(day);
  }

  moved(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (!by || !event.target.dataset.date) return;
    event.preventDefault();
    this.focus(new Date(Number(read(event.target.dataset.date)) + by * DAY));
  }

  focus(day) {
    const month = utc(day.getUTCFullYear(), day.getUTCMonth(), 1);
    const before = utc(this.month.getUTCFullYear(), this.month.getUTCMonth() - 1, 1);
    if (!same(month, this.month) && !same(month, before)) this.month = month;
    this.draw(day);
  }

  step(by) {
    this.month = utc(this.month.getUTCFullYear(), this.month.getUTCMonth() + by, 1);
    this.draw();
    const buttons = [...this.place.querySelectorAll(`[data-step="${by}"]`)];
    buttons.find((button) => button.checkVisibility({ visibilityProperty: true }))?.focus();
  }

  draw(focused) {
    const before = utc(this.month.getUTCFullYear(), this.month.getUTCMonth() - 1, 1);
    this.place.replaceChildren(this.table(before, -1), this.table(this.month, 1));
    const iso = focused?.toISOString().slice(0, 10);
    if (iso) this.place.querySelector(`[data-date="${iso}"]`)?.focus();
  }

  table(month, by) {
    const name = month.toLocaleDateString("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
    // Of the second month only where there is no room for the first.
    const back = this.stepButton(-1, by < 0 ? "" : "narrow");
    const title = element("span", {}, back, name, by < 0 ? element("span") : this.stepButton(1));
    const weekdays = WEEKDAYS.map((_, place) => WEEKDAYS[(place + this.weekStart - 1) % 7]);
    const head = element("tr", {}, ...weekdays.map((text) => element("th", { scope: "col", textContent: text })));
    return element(
      "table", {}, element("caption", {}, title), element("thead", {}, head),
      element("tbody", {}, ...this.weeks(month)),
    );
  }

  stepButton(by, className = "") {
    const textContent = by < 0 ? "‹" : "›";
    const button = element("button", { type: "button", textContent, className });
    button.dataset.step = by;
    button.ariaLabel = by < 0 ? "Earlier months" : "Later months";
    return button;
  }

  weeks(month) {
    const days = utc(month.getUTCFullYear(), month.getUTCMonth() + 1, 0).getUTCDate();
    const blanks = (month.getUTCDay() - this.weekStart + 7) % 7;
    const rows = [];
    for (let place = -blanks; place < days; place += 7) {
      const row = element("tr");
      for (let day = place + 1; day <= place + 7; day += 1) {
        const isThere = day > 0 && day <= days;
        row.append(element("td", {}, ...(isThere ? [this.button(month, day)] : [])));
      }
      rows.push(row);
    }
    return rows;
  }

  button(month, number) {
    const day = utc(month.getUTCFullYear(), month.getUTCMonth(), number);
    const button = element("button", { type: "button", textContent: number });
    button.dataset.date = day.toISOString().slice(0, 10);
    button.ariaLabel = shown(day);
    button.ariaPressed = String(this.ends.some((end) => end && same(end, day)));
    const [start, end] = this.compared();
    const isWithin = this.ends[0] && day >= this.ends[0] && day <= this.ends[1];
    if (isWithin) button.className = "within";
    else if (start && day >= start && day <= end) button.className = "before";
    return button;
  }

  compared() {
    const { start, end } = this.form.querySelector("[name=compare]:checked")?.dataset ?? {};
    return start ? [read(start), read(end)] : [];
  }
}

for (const panel of document.querySelectorAll(".period > .panel")) new Calendar(panel);

for (const find of document.querySelectorAll(".panel .find")) {
  find.hidden = false;
  const items = find.parentElement.querySelectorAll("li");
  find.addEventListener("input", ({ target }) => {
    const text = target.value.trim().toLowerCase();
    for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(text);
  });
  find.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}

// A panel that would stand outside of the window is put to the other side.
for (const popover of document.querySelectorAll(".popover:not(.period)")) {
  popover.addEventListener("toggle", () => {
    const { right } = popover.querySelector(".panel").getBoundingClientRect();
    if (popover.open && right > innerWidth - 8) popover.classList.add("at-right");
  });
}

// Without applying: Esc, Cancel, and a click beside the panel.
function cancel(popover) {
  popover.open = false;
  popover.closest("form")?.reset();
}

for (const link of document.querySelectorAll("[data-cancel]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const popover = link.closest("details");
    cancel(popover);
    popover.querySelector("summary").focus();
  });
}
document.addEventListener("keydown", (event) => {
  const popover = event.key === "Escape" && event.target.closest?.("details.popover[open]");
  if (!popover) return;
  cancel(popover);
  popover.querySelector("summary").focus();
});
document.addEventListener("click", ({ target }) => {
  // What a click has drawn anew is no longer in the panel.
  if (!target.isConnected) return;
  for (const popover of document.querySelectorAll("details.popover[open]")) {
    if (!popover.contains(target)) cancel(popover);
  }
});

for (const form of document.querySelectorAll("form[data-query]")) {
  const fields = [...form.querySelectorAll("[data-day]")];
  const isTyped = () => fields.some((field) => field.value !== field.defaultValue);
  form.addEventListener("formdata", ({ formData }) => {
    if (!formData.get("filter_field")) formData.delete("filter_operator");
    if (formData.get("returns_on") === "return") formData.delete("returns_on");
    for (const { name } of fields) {
      const day = read(formData.get(name)?.trim() ?? "");
      if (!isTyped()) formData.delete(name);
      else if (day) formData.set(name, day.toISOString().slice(0, 10));
    }
    if (isTyped()) formData.set("period", "custom");
  });
  // The address of a page that shows what was chosen before says it too, so that it can be shared.
  if (form.dataset.remembered === undefined) continue;
  const said = new URLSearchParams(form.dataset.query);
  for (const [name, text] of new URLSearchParams(location.search)) {
    if (!said.has(name)) said.append(name, text);
  }
  history.replaceState(history.state, "", `?${said}`);
}
