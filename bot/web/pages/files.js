// What a line carries besides words: a picture as a picture, any other file by its name and size.
import { element } from "/static/texts.js";

const CLIP =
  "M8 12.5l6.2-6.2a3.2 3.2 0 0 1 4.5 4.5l-8 8a5 5 0 0 1-7.1-7.1l8-8";

export function fileOf(file, words) {
  if (file.url && file.width) return pictureOf(file, words);
  const named = [clip(), named_(file)];
  if (!file.url) return element("div", { class: "file" }, ...named);
  return element("a", { class: "file", href: file.url, download: file.name }, ...named);
}

function named_(file) {
  return element("span", {}, file.name, " ", element("span", { class: "size" }, file.size));
}

/** Its place is kept before it has come; pressed, it is shown large. */
function pictureOf(file, words) {
  const name = file.name.replace(/\.[^.]+$/, "");
  const size = { width: file.width, height: file.height };
  const image = element("img", { src: file.url, alt: words.picture.replace("{name}", name), ...size });
  image.style.setProperty("--ratio", file.width / file.height);
  image.style.setProperty("--width", `${file.width}px`);
  const small = element("button", { type: "button", class: "picture", title: words.enlarge }, image);
  small.addEventListener("click", () => showLarge(file, image.alt, size, words));
  const save = element("a", { class: "file", href: file.url, download: file.name }, clip(), named_(file));
  return element("figure", { class: "pictured" }, small, save);
}

/** As large as it is, to be moved about; Esc, the button and going back close it. */
function showLarge(file, alt, size, words) {
  const close = element("button", { type: "button", class: "quiet" }, words.close);
  const save = element("a", { class: "quiet", href: file.url, download: file.name }, words.save);
  const image = element("img", { src: file.url, alt, ...size });
  const field = element("div", { class: "field", tabindex: "0" }, image);
  const shown = element("dialog", { class: "large", "aria-label": alt }, field, element("p", {}, save, close));
  close.addEventListener("click", () => shown.close());
  image.addEventListener("click", () => image.classList.toggle("fitting"));
  shown.addEventListener("close", () => shown.remove());
  document.body.append(shown);
  shown.showModal();
  close.focus();
}

function clip() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [name, value] of [["viewBox", "0 0 24 24"], ["width", "24"], ["height", "24"], ["aria-hidden", "true"]]) {
    svg.setAttribute(name, value);
  }
  const path = document.createElementNS(space, "path");
  for (const [name, value] of [["d", CLIP], ["fill", "none"], ["stroke", "currentColor"], ["stroke-width", "2"]]) {
    path.setAttribute(name, value);
  }
  svg.append(path);
  return svg;
}
