// Comforts that nothing depends on: filters that act at once, printing by a click, and charts that
// one can point at.

for (const form of document.querySelectorAll("form[data-auto]")) {
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
  // Fields that say nothing stay out of the address.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
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
