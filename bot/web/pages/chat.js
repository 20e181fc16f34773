// The chat page: lines come by the stream, what is said goes through the queue, nothing is lost or doubled.
import { Bell } from "/static/bell.js";
import { bubble, element } from "/static/bubble.js";
import { Outgoing } from "/static/outgoing.js";
import { Stream } from "/static/stream.js";

const LONGEST_TEXT = 8000;
const LARGEST_FILE = 20 * 1024 * 1024;
const NEAR = 90; // pixels from the end that still count as reading the newest

const $ = (id) => document.getElementById(id);
const page = document.body.dataset;
const words = JSON.parse(page.words);
const [scroll, lines, pending, text] = [$("scroll"), $("lines"), $("pending"), $("text")];

let last = Number(page.after);
let following = true;
let caughtUp = false;
const bell = new Bell(words.bell);

// -- lines

function take(line) {
  if (line.n <= last) return;
  last = line.n;
  if (line.id) arrived(line.id);
  put(lines, line);
  bell.heard(line, caughtUp);
  if ((line.keyboard || []).length) showKeyboard(line.keyboard.flat());
  markNewest();
  keepUp(line.mine);
}

function put(into, line) {
  const card = line.replaces && find(into, line.replaces);
  if (card) replaceCard(into, card, line);
  else append(into, line);
}

function find(into, number) {
  return into.querySelector(`.theirs[data-n="${number}"]`);
}

function append(into, line) {
  const shown = [...into.querySelectorAll(".line")].at(-1);
  if (!shown || shown.dataset.day !== line.day) into.append(separator(line.day));
  const made = bubble(line, words, press);
  if (caughtUp) made.classList.add("fresh");
  into.append(made);
}

function separator(day) {
  return element("div", { class: "day", "data-of": day }, day);
}

/** A new card takes the old one's place; what was pressed on it becomes a note on the card. */
function replaceCard(into, card, line) {
  const presses = [...into.querySelectorAll(`.mine[data-press="${line.replaces}"]`)];
  const pressed = presses.at(-1);
  line.chosen = pressed ? pressed.querySelector(".text").textContent : card.dataset.chosen || "";
  const made = bubble(line, words, press);
  made.dataset.chosen = line.chosen;
  made.dataset.day = card.dataset.day;
  const focused = card.contains(document.activeElement) ? document.activeElement.dataset.press : null;
  card.replaceWith(made);
  for (const line of presses) remove(line);
  if (focused !== null) refocus(made, focused);
}

/** Take a line away, and its day's separator with it when it was the only one. */
function remove(line) {
  const before = line.previousElementSibling;
  const after = line.nextElementSibling;
  if (before && before.matches(".day") && (!after || after.matches(".day"))) before.remove();
  line.remove();
}

function refocus(card, data) {
  const buttons = [...card.querySelectorAll(".press")];
  const next = buttons.find((button) => button.dataset.press === data) || buttons[0];
  if (next) next.focus({ preventScroll: true });
  else if (matchMedia("(pointer: fine)").matches) text.focus();
}

/** The newest card's buttons stand out; the newest own line says that the system has it. */
function markNewest() {
  for (const old of lines.querySelectorAll(".newest")) old.classList.remove("newest");
  for (const old of lines.querySelectorAll(".state")) old.remove();
  const newest = [...lines.querySelectorAll(".theirs")].at(-1);
  if (newest) newest.classList.add("newest");
  const shown = [...lines.querySelectorAll(".line")].at(-1);
  if (shown && shown.matches(".mine")) {
    shown.querySelector(".meta").append(element("span", { class: "state" }, words.kept));
  }
}

async function showOlder() {
  const first = lines.querySelector(".line");
  const before = Number(page.after) + 1;
  const answer = await fetch(`lines?before=${before}`).catch(() => null);
  if (!answer || !answer.ok) return;
  const found = (await answer.json()).lines;
  const batch = element("div");
  for (const line of found) if (!find(lines, line.replaces || line.n)) put(batch, line);
  page.after = found.length ? found[0].n - 1 : 0;
  $("older").hidden = Number(page.after) === 0;
  const height = scroll.scrollHeight;
  lines.setAttribute("aria-busy", "true"); // old words are not read out as new ones
  const lastDay = [...batch.querySelectorAll(".line")].at(-1)?.dataset.day;
  if (first && lastDay === first.dataset.day) first.previousElementSibling.remove();
  lines.prepend(...batch.childNodes);
  lines.setAttribute("aria-busy", "false");
  scroll.scrollTop += scroll.scrollHeight - height;
}

// -- saying

function say(words_) {
  const said = words_.trim();
  if (said) show(outgoing.add({ body: { text: said } }));
}

function press(button, { data, label }, card) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true"); // stays in the tab order, unlike `disabled`
  show(outgoing.add({ body: { press: data, message_id: String(card) }, label }));
}

function sendFile(file) {
  if (file.size > LARGEST_FILE) complain(`${file.name}: ${words.too_big}`);
  else show(outgoing.add({ file }));
}

/** A line that is on its way stands below all others until the stream brings it back. */
function show(item) {
  const html = (item.label || item.body?.text || "").replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const file = item.file && { name: item.file.name, size: "", url: "" };
  const made = bubble({ mine: true, html, file, state: words.sending }, words, press);
  made.dataset.id = item.id;
  pending.append(made);
  following = true;
  keepUp(true);
}

function arrived(id) {
  const waiting = pending.querySelector(`[data-id="${CSS.escape(id)}"]`);
  if (waiting) waiting.remove();
  outgoing.settle(id);
}

function told(item, what, sentence) {
  if (what === "lost") return;
  if (item.body?.press) release(item.body);
  const waiting = pending.querySelector(`[data-id="${item.id}"]`);
  if (!waiting) return;
  waiting.querySelector(".state").textContent = what === "kept" ? words.kept : "";
  if (what === "kept" && item.body?.press) setTimeout(() => waiting.remove(), 5000); // an unknown button has no line
  if (what === "refused") {
    waiting.classList.add("refused");
    const complaint = element("div", { class: "complaint", role: "alert" }, words.refused, " ", sentence);
    waiting.querySelector(".bubble").append(complaint);
  }
  keepUp(true);
}

function release({ press: data, message_id: card }) {
  for (const button of find(lines, card)?.querySelectorAll("button.press") || []) {
    if (button.dataset.press === data) button.removeAttribute("aria-disabled");
  }
}

const outgoing = new Outgoing(page.chat, told);

// -- where the reader is

function keepUp(mine) {
  if (following) scroll.scrollTop = scroll.scrollHeight;
  else if (!mine) $("newer").hidden = false;
}

scroll.addEventListener("scroll", () => {
  following = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
  if (following) $("newer").hidden = true;
});
new ResizeObserver(() => keepUp(true)).observe(scroll);
$("newer").addEventListener("click", () => {
  following = true;
  keepUp(true);
  $("newer").hidden = true;
});
$("older").addEventListener("click", showOlder);
$("older").hidden = last === 0;

// -- the composer and the keyboard

function showKeyboard(labels) {
  const chips = labels.map((label) => element("button", { type: "button", class: "chip" }, label));
  for (const chip of chips) chip.addEventListener("click", () => say(chip.textContent));
  $("keyboard").replaceChildren(...chips);
  $("keyboard").hidden = !chips.length;
}

function fit() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 3}px`;
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (text.value.length > LONGEST_TEXT) {
    complain(words.too_long); // cut silently, the rest would be lost
    return;
  }
  complain("");
  say(text.value);
  text.value = "";
  fit();
  text.focus();
});
text.addEventListener("input", fit);
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return; // composing: a Vietnamese keyboard at work
  event.preventDefault();
  $("composer").requestSubmit();
});
$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => {
  complain("");
  for (const file of $("file").files) sendFile(file);
  $("file").value = "";
  text.focus();
});
addEventListener("beforeunload", (event) => {
  if (outgoing.holdsFiles) event.preventDefault(); // words are kept over a reload, files are not
});

// -- the connection

let complaint = "";
let connected = true;
let offline = words.offline;

function complain(sentence) {
  complaint = sentence;
  banner();
}

function banner() {
  const sentence = connected ? complaint : offline;
  if ($("banner").textContent !== sentence) $("banner").textContent = sentence;
  $("banner").hidden = !sentence;
}

function connection(up, why = words.offline) {
  connected = up;
  offline = why;
  banner();
  if (!up) return;
  outgoing.hurry();
  if (!caughtUp) lines.setAttribute("aria-busy", "false");
  caughtUp = true;
}

showKeyboard(JSON.parse(page.keyboard));
for (const item of outgoing.items) show(item);
new Stream(() => last, take, connection).open();
