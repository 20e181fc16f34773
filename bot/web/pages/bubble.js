// Builds one line of the chat as elements. Text never becomes markup: only <b> and <i> of our own do.
import { fileOf } from "/static/files.js";
import { element, formatted } from "/static/texts.js";

const LONG = 6; // buttons, one a row, from which on they stand in two columns
const NARROW = 24; // letters that fit half a phone on two lines

/** A line of the transcript, or one still on its way (then without number and time). `say` sends a command of a text. */
export function bubble(line, words, press, say) {
  const made = element("div", { class: `line ${line.mine ? "mine" : "theirs"}` });
  if (line.n) made.dataset.n = line.replaces || line.n;
  if (line.press) made.dataset.press = line.press;
  if (line.day) made.dataset.day = line.day;
  const body = element("div", { class: "bubble" });
  body.append(element("span", { class: "only-read-out" }, `${line.mine ? words.you : words.assistant}: `));
  if (line.html) body.append(element("div", { class: "text" }, formatted(line.html, words, line.mine ? null : say)));
  if (line.file) body.append(fileOf(line.file, words));
  made.classList.toggle("shows", Boolean(line.file?.width));
  body.append(metaOf(line, words));
  made.append(body);
  if ((line.buttons || []).length) {
    made.classList.add("asks");
    made.append(buttonsOf(line, words, press));
  }
  return made;
}

function metaOf(line, words) {
  const meta = element("div", { class: "meta" });
  if (line.chosen) meta.append(element("span", { class: "chosen" }, words.chosen.replace("{label}", line.chosen)));
  if (line.time) meta.append(element("time", { datetime: line.at }, line.time));
  if (line.state) meta.append(element("span", { class: "state" }, line.state));
  return meta;
}

function buttonsOf(line, words, press) {
  const group = element("div", { class: "buttons", role: "group", "aria-label": words.choices });
  for (const rows of runsOf(line.buttons)) {
    const made = rows.map((row) => row.map((button) => buttonOf(button, line, words, press)));
    if (isLong(rows)) group.append(element("div", { class: "columns" }, ...made.flat()));
    else group.append(...made.map((row) => element("div", { class: "row" }, ...row)));
  }
  return group;
}

/** The rows in runs of one kind: what a list counts, other single buttons, what closes a card, wider rows. */
function runsOf(rows) {
  const runs = [];
  rows.forEach((row, n) => {
    const single = n < rows.length - 1 ? "single" : "";
    const kind = row.length > 1 ? "" : row[0].n ? "counted" : single;
    if (kind && runs.at(-1)?.kind === kind) runs.at(-1).push(row);
    else runs.push(Object.assign([row], { kind }));
  });
  return runs;
}

/** A long list of short names; what is said behind a name does not count, so that a list stays as it is. */
function isLong(rows) {
  const names = rows.flat().map((button) => button.label.split(/[:,(]/)[0]);
  return rows.kind && rows.length >= LONG && names.filter((name) => name.length <= NARROW).length > 0.8 * names.length;
}

function buttonOf(button, line, words, press) {
  if (button.url) return linkOf(button, words);
  const made = element("button", { type: "button", class: "press", "data-press": button.data }, button.label);
  made.classList.toggle("ticked", button.label.startsWith("[x] "));
  made.addEventListener("click", () => press(made, button, line.replaces || line.n));
  return made;
}

function linkOf(button, words) {
  const safe = /^(https?:\/\/|\/)/i.test(button.url) ? button.url : "";
  const told = element("span", { class: "only-read-out" }, ` (${words.new_page})`);
  const attributes = { class: "press", href: safe, target: "_blank", rel: "noopener noreferrer" };
  return element("a", attributes, button.label, told);
}
