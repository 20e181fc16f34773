// The chat page: lines come by the stream, what is said goes through the queue, nothing is lost or doubled.
import { Bell } from "/static/bell.js";
import { bubble } from "/static/bubble.js";
import { Composer } from "/static/composer.js";
import { Keys } from "/static/keys.js";
import { Lines } from "/static/lines.js";
import { Outgoing } from "/static/outgoing.js";
import { Place } from "/static/place.js";
import { Pressing } from "/static/pressing.js";
import { fitScreen } from "/static/screen.js";
import { Stream } from "/static/stream.js";
import { element } from "/static/texts.js";

const TWICE = 1000; // milliseconds in which the same choice again is the same press
const SOON = 2500; // milliseconds an own press waits for the card it changes, before it stands as a line

const $ = (id) => document.getElementById(id);
const page = document.body.dataset;
const words = JSON.parse(page.words);
const pending = $("pending");

let last = Number(page.after);
let caughtUp = false;
const bell = new Bell(words.bell);

const place = new Place($("scroll"), $("newer"));
const pressing = new Pressing((card) => lines.find(card), words);
const lines = new Lines($("lines"), words, { press, say: choose, mark: (made, card) => pressing.mark(made, card) });
const keys = new Keys($("keyboard"), $("keys"), choose);
const composer = new Composer($("composer"), words, { send: say, sendFile: (file) => show(outgoing.add({ file })), complain });
const outgoing = new Outgoing(page.chat, told);

// -- lines

let own = null; // a press of the person's, until it is seen whether it changes its card
let pressed = null; // the card of the last one, until anything is said to it

function take(line) {
  if (line.n <= last) return;
  last = line.n;
  if (line.id) arrived(line.id);
  bell.heard(line, caughtUp);
  if (line.mine && line.press && caughtUp) {
    stand();
    own = line;
    pressed = line.press;
    setTimeout(() => own === line && stand(), SOON);
    return;
  }
  stand();
  put(line, pressed !== null);
  if (line.mine) return;
  pressing.end(line.replaces || pressed);
  pressed = null;
}

/** Let the press stand as a line of its own. */
function stand() {
  const line = own;
  own = null;
  if (line) put(line);
}

function put(line, answers = false) {
  if (line.replaces) pressing.end(line.replaces);
  let changed = false;
  const made = lines.put(line, $("lines"), (old, card, same) => {
    changed = true;
    place.replaces(old, card, same);
  });
  if ((line.keyboard || []).length) keys.show(line.keyboard.flat());
  lines.markNewest();
  keys.asked([lines.newest, place.answered()].some((card) => card?.matches(".asks")));
  if (!caughtUp || (line.mine && !line.press)) place.toEnd();
  else if (!changed && !line.mine) place.came(made, answers);
  if (caughtUp && !changed) made.classList.add("fresh");
}

async function showOlder() {
  const before = Number(page.after) + 1;
  const answer = await fetch(`lines?before=${before}`).catch(() => null);
  if (!answer || !answer.ok) return;
  const found = (await answer.json()).lines;
  page.after = found.length ? found[0].n - 1 : 0;
  $("older").hidden = Number(page.after) === 0;
  place.keeps(() => lines.prepend(found));
}

// -- saying

function say(said) {
  show(outgoing.add({ body: { text: said } }));
}

let chosen = { said: "", at: 0 };

/** A quick choice, or a command in a text: pressed twice it is sent once. */
function choose(said) {
  const again = chosen.said === said && Date.now() - chosen.at < TWICE;
  chosen = { said, at: Date.now() };
  if (!again) say(said);
  if (matchMedia("(pointer: fine)").matches) composer.text.focus(); // elsewhere a keyboard would come up
}

function press(button, { data, label }, card) {
  if (!pressing.begin(card, data)) return;
  place.answers(card);
  $("told").textContent = `${label}: ${words.sending}`;
  outgoing.add({ body: { press: data, message_id: String(card) }, label });
}

/** A line that is on its way stands below all others until the stream brings it back; a press stands on its card. */
function show(item) {
  if (item.body?.press) {
    pressing.begin(Number(item.body.message_id), item.body.press);
    return;
  }
  const html = (item.body?.text || "").replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const file = item.file && { name: item.file.name, size: "", url: "" };
  const made = bubble({ mine: true, html, file, state: words.sending }, words, press);
  made.dataset.id = item.id;
  pending.append(made);
  place.toEnd();
}

function arrived(id) {
  const waiting = pending.querySelector(`[data-id="${CSS.escape(id)}"]`);
  if (waiting) waiting.remove();
  outgoing.settle(id);
}

/** What became of something that was sent. */
function told(item, what, sentence) {
  if (what === "lost") return;
  const card = Number(item.body?.message_id);
  if (card && what === "kept") pressing.kept(card);
  if (card && what === "refused") pressing.end(card);
  const made = card ? lines.find(card) : pending.querySelector(`[data-id="${item.id}"]`);
  if (made && what === "refused") refuse(made, sentence);
  if (card || !made) return;
  made.querySelector(".state").textContent = what === "kept" ? words.kept : "";
}

function refuse(made, sentence) {
  made.classList.add("refused");
  const complaint = element("div", { class: "complaint", role: "alert" }, words.refused, " ", sentence);
  made.querySelector(".bubble").append(complaint);
  place.stick(made);
}

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
  if (!caughtUp) {
    $("lines").setAttribute("aria-busy", "false");
    place.open(pending.childElementCount ? null : lines.newest);
  }
  caughtUp = true;
}

$("older").addEventListener("click", showOlder);
$("older").hidden = last === 0;
fitScreen(document.body);
keys.show(JSON.parse(page.keyboard));
for (const item of outgoing.items) show(item);
new Stream(() => last, take, connection).open();
