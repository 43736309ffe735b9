// Comforts of Home that nothing depends on: the main chart and each heatmap are one stop of the Tab
// key, in which arrows move.

// The main chart: what the table says of a day, beside a line at that day.

function readable(timeline) {
  const figure = timeline.closest("figure");
  const rows = [...figure.querySelectorAll(".as-table tbody tr")];
  if (!rows.length) return;
  const reading = figure.querySelector(".reading");
  const crosshair = timeline.querySelector(".crosshair");
  const [line, then, now] = crosshair.children;
  const head = [...figure.querySelectorAll(".as-table thead th")].map((cell) => cell.textContent);
  let place = rows.length - 1;

  function show(next) {
    place = Math.max(0, Math.min(rows.length - 1, next));
    const { x, y, earlier } = rows[place].dataset;
    const [day, value, earlierDay, earlierValue, difference] = [...rows[place].cells].map((cell) => cell.textContent);
    for (const name of ["x1", "x2"]) line.setAttribute(name, `${x}%`);
    put(now, x, y);
    put(then, x, earlier);
    crosshair.setAttribute("visibility", "visible");
    const shown = [[day, `${head[1]} ${value}`], [earlierDay, earlierValue], ["Difference", difference]];
    const [terms, details] = ["dt", "dd"].map((name) => reading.querySelectorAll(name));
    shown.forEach(([term, detail], i) => {
      terms[i].hidden = details[i].hidden = !detail;
      terms[i].textContent = term;
      details[i].textContent = detail;
    });
    reading.className = `reading ${rows[place].className}`;
    reading.hidden = false;
    beside(x);
    timeline.ariaValueNow = place;
    timeline.ariaValueText = shown.filter(([, detail]) => detail).map((each) => each.join(": ")).join("; ");
  }

  function put(dot, x, y) {
    dot.setAttribute("visibility", y ? "inherit" : "hidden");
    dot.setAttribute("cx", `${x}%`);
    dot.setAttribute("cy", y || 0);
  }

  function beside(x) {
    const svg = timeline.firstElementChild.getBoundingClientRect();
    const at = svg.left - figure.getBoundingClientRect().left + (svg.width * x) / 100;
    const left = at + 16 + reading.offsetWidth < figure.offsetWidth ? at + 12 : at - 12 - reading.offsetWidth;
    reading.style.setProperty("left", `${left}px`);
  }

  function hide() {
    if (document.activeElement === timeline) return;
    reading.hidden = true;
    crosshair.setAttribute("visibility", "hidden");
  }

  const open = () => rows[place].querySelector("a")?.click();
  const pointed = ({ clientX }) => {
    const { left, width } = timeline.firstElementChild.getBoundingClientRect();
    show(Math.round(((clientX - left) / width) * timeline.dataset.last));
  };
  const keys = {
    ArrowLeft: () => place - 1, ArrowRight: () => place + 1, ArrowDown: () => place - 1, ArrowUp: () => place + 1,
    Home: () => 0, End: () => rows.length - 1, PageUp: () => place + 7, PageDown: () => place - 7,
  };
  timeline.tabIndex = 0;
  timeline.role = "slider";
  timeline.ariaValueMin = 0;
  timeline.ariaValueMax = rows.length - 1;
  timeline.ariaValueNow = place;
  timeline.ariaValueText = rows[place].cells[0].textContent;
  timeline.addEventListener("pointermove", pointed);
  timeline.addEventListener("pointerdown", pointed);
  timeline.addEventListener("pointerleave", hide);
  timeline.addEventListener("focus", () => show(place));
  timeline.addEventListener("blur", hide);
  // A finger reads a day; it opens one from the table.
  timeline.addEventListener("click", ({ pointerType }) => { if (pointerType !== "touch") open(); });
  timeline.addEventListener("keydown", (event) => {
    if (event.key === "Enter") return open();
    if (!keys[event.key]) return;
    event.preventDefault();
    show(keys[event.key]());
  });
}

for (const timeline of document.querySelectorAll(".timeline")) readable(timeline);

// Heatmaps

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

for (const table of document.querySelectorAll("table.heat")) {
  table.closest(".scroll").removeAttribute("tabindex");
  const links = [...table.querySelectorAll("td a")];
  links.forEach((link, i) => { link.tabIndex = i ? -1 : 0; });
  table.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const cell = event.target.closest("td");
    if (!step || !cell) return;
    event.preventDefault();
    const row = table.rows[cell.parentElement.rowIndex + step[0]];
    const next = row?.cells[cell.cellIndex + step[1]]?.querySelector("a");
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

// Tiles are buttons, which the space bar presses too.
for (const tile of document.querySelectorAll("a[role=button]")) {
  tile.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    tile.click();
  });
}

for (const button of document.querySelectorAll("[data-copy-report]")) {
  button.parentElement.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.closest("ul").querySelector("[data-copied]").href);
    button.textContent = "Link copied";
  });
}
