// Comforts that nothing depends on: filters that apply themselves, menus that close, definitions on hover,
// printing by a click, and charts that one can point at.

// A filter applies when one chooses from a list without the keyboard, and after a change when one
// clicks beside the filters. Somebody who types is not interrupted: Enter or the button applies.
// In a panel that opens, only its button applies (period.js).
const OTHER_CONTROLS = "a, button, input, select, summary, label";
for (const form of document.querySelectorAll("form[data-auto]")) {
  let changed = false;
  let byKeyboard = false;
  form.addEventListener("keydown", () => { byKeyboard = true; });
  form.addEventListener("pointerdown", () => { byKeyboard = false; });
  form.addEventListener("input", ({ target }) => {
    if (target.closest(".popover")) return;
    changed = true;
    for (const button of form.querySelectorAll("button")) button.classList.remove("quiet");
  });
  form.addEventListener("change", ({ target }) => {
    if (target.matches("select") && !byKeyboard && !target.closest(".popover")) form.requestSubmit();
  });
  document.addEventListener("click", ({ target }) => {
    if (changed && !form.contains(target) && !target.closest(OTHER_CONTROLS)) form.requestSubmit();
  });
  // Fields that say nothing stay out of the address.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Menus close as menus do.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

// The address of a page holds all that was chosen on it. Browsers copy on secure pages only.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(location.href);
    button.querySelector("span").textContent = "Link copied";
  });
}

// A definition opens by a click without this; with it also on hover and focus. Esc closes it.
for (const button of document.querySelectorAll(".info")) {
  const text = button.popoverTargetElement;
  let leaving;
  const open = () => { clearTimeout(leaving); text.showPopover({ source: button }); };
  const close = () => { leaving = setTimeout(() => text.hidePopover(), 200); };
  for (const part of [button.previousElementSibling, button, text]) {
    part.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && open());
    part.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && close());
  }
  button.addEventListener("focus", open);
  button.addEventListener("blur", close);
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const chosen = () => document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");

async function draw(figure) {
  await import(figure.dataset.library);
  const picture = figure.querySelector("picture");
  const answer = await fetch(`${figure.dataset.chart}&theme=${chosen()}&width=${picture.clientWidth}`);
  if (!answer.ok) return;
  const place = document.createElement("div");
  place.hidden = true;
  picture.after(place);
  // The content policy allows neither eval nor styles that a script writes into the page.
  await window.vegaEmbed(place, await answer.json(), {
    ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true },
  });
  picture.remove();
  place.hidden = false;
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    draw(target).catch(console.error);
  }
});
for (const figure of document.querySelectorAll("[data-chart]")) seen.observe(figure);

// A star changes without another page.
document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button?.matches(".star")) return;
  event.preventDefault();
  const body = new FormData(event.target, button);
  const answer = await fetch(button.formAction, { method: "POST", body, redirect: "manual" });
  if (answer.type !== "opaqueredirect") return location.reload();
  const isOn = body.get("star") === "on";
  button.setAttribute("aria-pressed", isOn);
  button.value = isOn ? "off" : "on";
});
