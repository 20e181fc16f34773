// Builds one line of the chat as elements. Text never becomes markup: only <b> and <i> of our own do.

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&#34;": '"', "&quot;": '"', "&#39;": "'" };
const CLIP =
  "M8 12.5l6.2-6.2a3.2 3.2 0 0 1 4.5 4.5l-8 8a5 5 0 0 1-7.1-7.1l8-8";

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The server's text as nodes; a tag other than b and i stays the letters it is. */
export function formatted(html) {
  const root = document.createDocumentFragment();
  const open = [root];
  for (const piece of html.split(/(<\/?[bi]>)/)) {
    const tag = /^<(\/?)([bi])>$/.exec(piece);
    if (!tag) {
      open.at(-1).append(piece.replace(/&(?:amp|lt|gt|quot|#34|#39);/g, (entity) => ENTITIES[entity]));
    } else if (!tag[1]) {
      const inner = document.createElement(tag[2]);
      open.at(-1).append(inner);
      open.push(inner);
    } else if (open.length > 1) {
      open.pop();
    }
  }
  return root;
}

/** A line of the transcript, or one still on its way (then without number and time). */
export function bubble(line, words, press) {
  const made = element("div", { class: `line ${line.mine ? "mine" : "theirs"}` });
  if (line.n) made.dataset.n = line.replaces || line.n;
  if (line.press) made.dataset.press = line.press;
  if (line.day) made.dataset.day = line.day;
  const body = element("div", { class: "bubble" });
  body.append(element("span", { class: "only-read-out" }, `${line.mine ? words.you : words.assistant}: `));
  if (line.html) body.append(element("div", { class: "text" }, formatted(line.html)));
  if (line.file) body.append(fileOf(line.file));
  body.append(metaOf(line, words));
  made.append(body);
  if ((line.buttons || []).length) made.append(buttonsOf(line, words, press));
  return made;
}

function metaOf(line, words) {
  const meta = element("div", { class: "meta" });
  if (line.chosen) meta.append(element("span", { class: "chosen" }, words.chosen.replace("{label}", line.chosen)));
  if (line.time) meta.append(element("time", { datetime: line.at }, line.time));
  if (line.state) meta.append(element("span", { class: "state" }, line.state));
  return meta;
}

function fileOf(file) {
  const name = [clip(), element("span", {}, file.name, " ", element("span", { class: "size" }, file.size))];
  if (!file.url) return element("div", { class: "file" }, ...name);
  return element("a", { class: "file", href: file.url, download: file.name }, ...name);
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

function buttonsOf(line, words, press) {
  const group = element("div", { class: "buttons", role: "group", "aria-label": words.choices });
  for (const row of line.buttons) {
    group.append(element("div", { class: "row" }, ...row.map((button) => buttonOf(button, line, words, press))));
  }
  return group;
}

function buttonOf(button, line, words, press) {
  if (button.url) return linkOf(button, words);
  const made = element("button", { type: "button", class: "press", "data-press": button.data }, button.label);
  made.addEventListener("click", () => press(made, button, line.replaces || line.n));
  return made;
}

function linkOf(button, words) {
  const safe = /^(https?:\/\/|\/)/i.test(button.url) ? button.url : "";
  const told = element("span", { class: "only-read-out" }, ` (${words.new_page})`);
  const attributes = { class: "press", href: safe, target: "_blank", rel: "noopener noreferrer" };
  return element("a", attributes, button.label, told);
}
