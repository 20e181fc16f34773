// The start is pressed once: a second press, while the first is on its way, would open a second chat.
const form = document.querySelector("form");

form.addEventListener("submit", (event) => {
  if (form.ariaBusy === "true") event.preventDefault();
  form.ariaBusy = "true";
});
addEventListener("pageshow", () => {
  form.ariaBusy = "false"; // also where one has come back to it
});
