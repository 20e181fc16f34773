// The demonstration: three phones side by side, a clock that moves on, and what has happened.
import { element } from "/static/texts.js";

const OFTEN = 250; // milliseconds between looks while the clock is on its way
const SELDOM = 2000;
const SLOW = 150;

const $ = (id) => document.getElementById(id);
const people = JSON.parse(document.body.dataset.people);
const messengers = JSON.parse(document.body.dataset.messengers);
const words = JSON.parse(document.body.dataset.words);
const buttons = [...document.querySelectorAll("[data-unit]")];
const phones = [0, 1, 2].map(makePhone);

let told = 0;
let looking = 0;

// -- the phones

function put(sentence, fields) {
  return sentence.replace(/\{(\w+)\}/g, (_all, name) => fields[name]);
}

function makePhone(number) {
  const title = element("h2", { class: "who", id: `who-${number}` });
  const select = element("select", { "aria-label": `${put(words.phone, { number: number + 1 })}: ${words.who}` });
  for (const group of people) {
    const lines = group.people.map((one) => element("option", { value: one.id }, one.label));
    select.append(element("optgroup", { label: group.name }, ...lines));
  }
  const fresh = element("button", { type: "button", title: words.fresh_help }, words.fresh);
  const screen = element("div", { class: "screen" });
  const choose = element("div", { class: "choose" }, select, fresh);
  const kinds = messengers.map((one) => element("button", { type: "button", "aria-pressed": "false" }, one.name));
  const label = `${put(words.phone, { number: number + 1 })}: ${words.messenger}`;
  const shows = element("div", { class: "shows", role: "group", "aria-label": label }, ...kinds);
  const parts = [title, choose, shows, screen];
  const section = element("section", { class: "phone", "aria-labelledby": title.id }, ...parts);
  const tab = element("button", { type: "button", "aria-pressed": "false" });
  const give = (more) => hand(number, { person: Number(select.value), ...more });
  select.addEventListener("change", () => give({}));
  fresh.addEventListener("click", () => give({ fresh: true }));
  kinds.forEach((button, n) => button.addEventListener("click", () => give({ messenger: messengers[n].kind })));
  tab.addEventListener("click", () => {
    show(number);
    section.scrollIntoView();
  });
  $("phones").append(section);
  $("tabs").append(tab);
  return { title, select, kinds, screen, section, tab, link: "", messenger: "web" };
}

/** Put somebody into a phone, or switch it; a messenger that is opened for the first time takes a moment. */
function hand(number, what) {
  const phone = phones[number];
  const name = messengers.find((one) => one.kind === (what.messenger || phone.messenger)).name;
  const told = element("p", { class: "opening", role: "status" }, put(words.opening, { name }));
  const slow = setTimeout(() => phone.screen.append(told), SLOW);
  ask("/demo/person", { phone: number, ...what }).finally(() => {
    clearTimeout(slow);
    told.remove();
  });
}

/** On a small screen one phone is shown at a time. */
function show(number) {
  phones.forEach((phone, n) => {
    phone.section.classList.toggle("shown", n === number);
    phone.tab.setAttribute("aria-pressed", String(n === number));
  });
}

function showPhone(phone, one) {
  phone.select.value = one.person;
  phone.messenger = one.messenger;
  phone.kinds.forEach((button, n) => {
    button.setAttribute("aria-pressed", String(messengers[n].kind === one.messenger));
  });
  if (phone.link === one.link) return;
  phone.link = one.link;
  const rest = [one.role, one.place].filter(Boolean).join(" · ");
  phone.title.replaceChildren(element("b", {}, one.name), element("span", { title: rest }, rest));
  phone.tab.textContent = one.role.charAt(0).toLocaleUpperCase() + one.role.slice(1);
  // a new frame, since another address in the old one would be a step for the browser's Back
  phone.screen.replaceChildren(element("iframe", { src: one.link, title: put(words.of, one) }));
}

// -- how it stands

function render(state) {
  $("time").textContent = state.clock.time;
  $("day").textContent = state.clock.day;
  $("next").textContent = state.next;
  const moving = state.moving !== null;
  for (const button of buttons) button.setAttribute("aria-disabled", String(moving));
  $("progress").classList.toggle("still", !moving);
  $("progress").setAttribute("aria-hidden", String(!moving));
  $("progress").value = state.moving || 0;
  state.phones.forEach((one, n) => showPhone(phones[n], one));
  for (const line of state.log) tell(line);
  return moving;
}

/** What has just happened stands on top. */
function tell({ n, text, deed }) {
  if (n <= told) return;
  told = n;
  $("log").querySelector(".nothing")?.remove();
  $("log").prepend(element("li", { class: deed ? "deed" : "event" }, text));
}

function complain(sentence) {
  $("problem").textContent = sentence;
  $("problem").hidden = !sentence;
}

async function look() {
  clearTimeout(looking);
  const answer = await fetch("/demo/state").catch(() => null);
  if (answer && answer.ok) {
    if ($("problem").textContent === words.away) complain("");
    again(render(await answer.json()));
  } else {
    complain(words.away);
    again(false);
  }
}

function again(soon) {
  clearTimeout(looking);
  looking = setTimeout(look, soon ? OFTEN : SELDOM);
}

async function ask(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => null);
  const found = answer ? await answer.json().catch(() => ({})) : {};
  complain(answer?.ok ? "" : found.error || words.away);
  if (!answer?.ok) {
    look();
    return null;
  }
  again(render(found));
  return found;
}

for (const button of buttons) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return; // it stays in the tab order
    for (const one of buttons) one.setAttribute("aria-disabled", "true");
    ask("/demo/clock", { [button.dataset.unit]: button.dataset.unit === "event" ? true : 1 });
  });
}

// -- five things to try

for (const button of document.querySelectorAll("[data-try]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    const state = await ask("/demo/try", { try: Number(button.dataset.try) });
    button.disabled = false;
    button.focus();
    if (state?.look_at !== undefined) point(state.look_at);
  });
}

/** Show where to look; it is one animation, whatever is pressed meanwhile. */
function point(number) {
  const { section } = phones[number];
  show(number);
  section.scrollIntoView({ block: "nearest" });
  section.classList.remove("pointed");
  requestAnimationFrame(() => section.classList.add("pointed"));
}

// -- one tab at a time: a browser keeps few connections to one address, and three phones need three

const tabs = new BroadcastChannel("caunoi-demo");
tabs.postMessage("here");
tabs.addEventListener("message", () => {
  clearTimeout(looking);
  const here = element("button", { type: "button" }, words.here);
  here.addEventListener("click", () => location.reload());
  $("phones").replaceChildren(element("p", { class: "problem" }, words.elsewhere, " "), here);
  $("tabs").hidden = true;
  for (const button of buttons) button.disabled = true;
});

show(1); // the head's: his report waits
look();
