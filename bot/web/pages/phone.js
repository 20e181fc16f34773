// A phone of the demonstration that shows another messenger: its lines as they stand, and what is done on it.
import { bubble } from "/static/bubble.js";
import { asksTheSame, refocus } from "/static/lines.js";
import { Place } from "/static/place.js";
import { element } from "/static/texts.js";

const OFTEN = 300; // milliseconds between looks while somebody is busy here
const SELDOM = 1500;
const BUSY = 15000; // milliseconds after the last sign of life

const $ = (id) => document.getElementById(id);
const words = JSON.parse(document.body.dataset.words);
const [lines, text] = [$("lines"), $("text")];
const place = new Place($("scroll"), $("newer"));
const shown = new Map(); // line number: its element and its stamp

let version = "";
let busyUntil = Date.now() + BUSY;
let looking = 0;

// -- lines

function render(found) {
  const there = new Set(found.map((line) => line.n));
  for (const [n, { made }] of shown) if (!there.has(n)) drop(n, made);
  let before = null;
  for (const line of found) {
    const old = shown.get(line.n);
    if (!old) add(line, before);
    else if (old.stamp !== line.stamp) replace(line, old.made);
    before = shown.get(line.n).made;
  }
  markNewest();
  if (!version) place.open(newest());
}

function drop(n, made) {
  made.remove();
  shown.delete(n);
}

/** After the line `before`, which is nearly always the last one. */
function add(line, before) {
  const made = draw(line);
  if (!before || before.dataset.day !== made.dataset.day) {
    const day = element("div", { class: "day" }, line.day);
    if (before) before.after(day);
    else lines.prepend(day);
    day.after(made);
  } else {
    before.after(made);
  }
  if (!version) return;
  made.classList.add("fresh");
  if (line.mine) place.toEnd();
  else if (!line.note) place.came(made, true);
}

function replace(line, old) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const made = draw(line);
  place.replaces(old, made, asksTheSame(old, made));
  if (focused) refocus(made, focused);
}

function draw(line) {
  const made = line.note ? element("div", { class: "note", "data-day": line.day }, line.note) : bubble(line, words, press);
  shown.set(line.n, { made, stamp: line.stamp });
  return made;
}

function newest() {
  return [...lines.querySelectorAll(".theirs")].at(-1);
}

function markNewest() {
  for (const old of lines.querySelectorAll(".newest")) old.classList.remove("newest");
  newest()?.classList.add("newest");
}

// -- the buttons in place of a keyboard

function showKeyboard(rows) {
  const made = rows.map((row) => element("div", { class: "row" }, ...row.map(key)));
  $("keyboard").replaceChildren(...made);
  $("keyboard").hidden = !made.length;
}

function key(label) {
  const made = element("button", { type: "button", class: "chip" }, label);
  made.addEventListener("click", () => act("press", { label }));
  return made;
}

// -- how it stands

async function look() {
  clearTimeout(looking);
  const answer = await fetch(`lines?seen=${version}`).catch(() => null);
  if (answer?.status === 404) location.reload(); // another demonstration runs here now
  const found = answer?.ok ? await answer.json().catch(() => null) : null;
  if (found) heard(found);
  else complain(words.away);
  clearTimeout(looking);
  looking = setTimeout(look, !document.hidden && Date.now() < busyUntil ? OFTEN : SELDOM);
}

function heard(found) {
  if ($("banner").textContent === words.away) complain("");
  if (found.version === version) return;
  busyUntil = Date.now() + BUSY;
  showKeyboard(found.keyboard); // first: it takes room from the lines, whose end is to be seen
  render(found.lines);
  version = found.version;
  lines.setAttribute("aria-busy", "false");
}

function complain(sentence) {
  if ($("banner").textContent !== sentence) $("banner").textContent = sentence;
  $("banner").hidden = !sentence;
}

// -- what is done

async function act(what, body) {
  const headers = { "Content-Type": "application/json" };
  return sent(fetch(what, { method: "POST", headers, body: JSON.stringify(body) }));
}

/** True when the demonstration has it. */
async function sent(request) {
  const answer = await request.catch(() => null);
  const found = answer ? await answer.json().catch(() => ({})) : {};
  complain(answer?.ok ? "" : found.error || words.away);
  busyUntil = Date.now() + BUSY;
  look();
  return Boolean(answer?.ok);
}

async function press(button, { data }, card) {
  if (button.getAttribute("aria-disabled") === "true") return;
  place.answers(card);
  button.setAttribute("aria-disabled", "true"); // stays in the tab order, unlike `disabled`
  await act("press", { card, data });
  button.removeAttribute("aria-disabled");
}

function fit() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 3}px`;
}

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (!said) return;
  text.value = "";
  fit();
  text.focus();
  if (!(await act("say", { text: said })) && !text.value) text.value = said; // it is not lost
});
text.addEventListener("input", fit);
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return; // composing: a Vietnamese keyboard at work
  event.preventDefault();
  $("composer").requestSubmit();
});
$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", async () => {
  for (const file of $("file").files) {
    const headers = { "Content-Type": "application/octet-stream" };
    await sent(fetch(`file?name=${encodeURIComponent(file.name)}`, { method: "PUT", headers, body: file }));
  }
  $("file").value = "";
  text.focus();
});
document.addEventListener("visibilitychange", () => document.hidden || look());

look();
