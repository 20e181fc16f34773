// Sends a file and shows what the conversation says to it. Without this script the form does the same, plainly.
import { newId } from "/static/outgoing.js";
import { element, formatted } from "/static/texts.js";

const LARGEST = 20 * 1024 * 1024;
const TRIES = 6; // of a file that does not arrive
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 20000;
const HURRY = 30000; // asked every second that long, then every three
const PATIENCE = 60000; // after that the page says that it takes long

const $ = (id) => document.getElementById(id);
const page = document.querySelector("main").dataset;
const words = JSON.parse(page.words);
const here = location.pathname;

let after = Number(page.after);
let busy = false;

function say(sentence) {
  if ($("state").textContent !== sentence) $("state").textContent = sentence;
}

function complain(sentence) {
  say("");
  rest();
  $("problem").textContent = sentence;
  $("file").focus();
}

function rest() {
  busy = false;
  $("progress").hidden = true;
  $("send").removeAttribute("aria-disabled");
}

// -- the file goes out

function start(file) {
  $("problem").textContent = "";
  if (!file) return complain(words.nothing);
  if (file.size > LARGEST) return complain(words.too_big);
  busy = true;
  $("send").setAttribute("aria-disabled", "true");
  $("lines").replaceChildren();
  $("answer").hidden = true;
  $("progress").hidden = false;
  send({ file, id: newId(), tries: 0, wait: FIRST_WAIT });
}

function send(item) {
  say(words.sending.replace("{name}", () => item.file.name));
  const request = new XMLHttpRequest(); // fetch tells no progress
  request.open("PUT", `${here}?id=${item.id}&name=${encodeURIComponent(item.file.name)}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.onprogress = (event) => event.lengthComputable && show(event.loaded / event.total);
  request.onload = () => sent(item, request);
  request.onerror = () => again(item);
  request.send(item.file);
}

function show(share) {
  $("progress").value = share;
}

function sent(item, request) {
  if (request.status === 200) {
    $("progress").hidden = true;
    say(words.kept);
    ask(Date.now());
  } else if (request.status >= 500 || request.status === 429 || request.status === 408) {
    again(item);
  } else {
    complain(sentenceOf(request.responseText) || words.stopped);
  }
}

function sentenceOf(text) {
  try {
    return JSON.parse(text).error || "";
  } catch {
    return "";
  }
}

/** Not there: why, if the server says so; else once more, under the same id, so that nothing is kept twice. */
async function again(item) {
  const refusal = await refusalNow();
  item.tries += 1;
  if (refusal || item.tries === TRIES) return complain(refusal || words.stopped);
  say(words.lost);
  show(0);
  setTimeout(() => send(item), item.wait);
  item.wait = Math.min(item.wait * 2, LONGEST_WAIT);
}

async function refusalNow() {
  const answer = await fetch(`${here}/answer?after=${after}`).catch(() => null);
  return answer && answer.status >= 400 && answer.status < 500 ? sentenceOf(await answer.text()) : "";
}

// -- the answer comes back

async function ask(since) {
  const answer = await fetch(`${here}/answer?after=${after}`).catch(() => null);
  if (answer && answer.status >= 400 && answer.status < 500) return complain(sentenceOf(await answer.text()));
  const told = answer && answer.ok ? await answer.json().catch(() => null) : null;
  if (told) told.lines.forEach(put);
  if (told && told.state && told.state !== "kept") return settle(told.state);
  const waited = Date.now() - since;
  if (waited > PATIENCE) say(words.slow);
  setTimeout(() => ask(since), waited < HURRY ? 1000 : 3000);
}

function put(line) {
  after = Math.max(after, line.n);
  $("answer").hidden = false;
  $("lines").append(element("div", { class: "line" }, formatted(line.html)));
}

function settle(state) {
  rest();
  $("form").reset();
  say(words[state]);
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!busy) start($("file").files[0]);
});
$("form").noValidate = true; // we say in words what is missing
if (page.waits === "1") ask(Date.now());
