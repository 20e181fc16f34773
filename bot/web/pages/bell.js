// The bell of a chat: asks once whether this browser may ring, turns it on and off, counts what nobody has seen.
import { element } from "/static/texts.js";
import { CHAT } from "/static/sharing.js";

const ANSWER = `caunoi-bell:${CHAT}`; // "on", "off", "later"
const SETTLE = 300; // milliseconds: lines that come together are seen together
const BELL = "M6 17V11a6 6 0 0 1 12 0v6l1.5 2h-15zM10 21.5a2 2 0 0 0 4 0M12 3v2";

const canRing = "PushManager" in window && "Notification" in window && "serviceWorker" in navigator;
const isTablet = /Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1;
// Apple's phones ring only for what was opened from the home screen, where it calls itself standalone.
const isApple = isSecureContext && navigator.standalone === false && (isTablet || /iPhone|iPad/.test(navigator.userAgent));
const isFramed = window.parent !== window; // the demonstration's phones

export class Bell {
  constructor(words) {
    Object.assign(this, { words, title: document.title, unread: 0, last: 0, button: null, bar: null });
    document.addEventListener("visibilitychange", () => this.look());
    if (JSON.parse(document.body.dataset.keyboard).length) this.bound();
    if (this.answer === "on" && canRing) this.turnOn().catch(() => {}); // what the browser has given may have changed
  }

  get answer() {
    return remembered(() => localStorage.getItem(ANSWER));
  }

  set answer(word) {
    remembered(() => localStorage.setItem(ANSWER, word));
    this.show();
  }

  get isOn() {
    return this.answer === "on" && canRing && Notification.permission === "granted";
  }

  // -- what came

  /** A line of the chat; `fresh` where it came while the page was open. */
  heard(line, fresh) {
    this.last = line.n;
    if ((line.keyboard || []).length) this.bound();
    if (document.hidden && fresh && !line.mine) this.count(this.unread + 1);
    if (!document.hidden) this.look();
  }

  count(unread) {
    this.unread = unread;
    document.title = unread ? `(${unread}) ${this.title}` : this.title;
    if (unread) navigator.setAppBadge?.(unread).catch(() => {});
    else navigator.clearAppBadge?.().catch(() => {});
  }

  /** Somebody looks at the page: nothing of it is to ring any more. */
  look() {
    if (document.hidden) return;
    if (this.unread) this.count(0);
    clearTimeout(this.looking);
    const line = this.last; // what comes once the page is hidden has been seen by nobody
    if (this.isOn && line) this.looking = setTimeout(() => this.tellSeen(line), SETTLE);
  }

  async tellSeen(line) {
    send("POST", "seen", { n: line }).catch(() => {});
    navigator.clearAppBadge?.().catch(() => {});
    const registration = await navigator.serviceWorker.getRegistration();
    for (const shown of (await registration?.getNotifications()) || []) shown.close();
  }

  // -- asking

  /** The chat is somebody's: from now on there is something to ring for. */
  bound() {
    if (this.button || isFramed || !(canRing || isApple)) return;
    this.button = element("button", { type: "button", class: "bell", "aria-pressed": "false" }, drawn());
    this.button.addEventListener("click", () => this.pressed());
    document.querySelector(".top").append(this.button);
    this.show();
    const asks = this.answer === "" && (!canRing || Notification.permission === "default");
    if (asks) this.ask(false);
  }

  show() {
    if (!this.button) return;
    this.button.setAttribute("aria-pressed", String(this.isOn));
    this.button.setAttribute("aria-label", this.words.name);
    this.button.title = this.isOn ? this.words.on : this.words.name;
  }

  ask(focus = true) {
    const { apple, understood, question, yes, no } = this.words;
    const later = () => this.done("later");
    if (canRing) this.say(question, [[yes, () => this.accept()], [no, later]], focus);
    else this.say(apple, [[understood, later]], focus);
  }

  async pressed() {
    if (!canRing) this.ask();
    else if (this.isOn) await this.turnOff();
    else await this.accept();
  }

  async accept() {
    try {
      const permission = await Notification.requestPermission();
      if (permission === "granted") await this.turnOn();
      if (permission !== "default") this.told(permission === "granted" ? this.words.on : this.words.denied);
      else this.done("later");
    } catch {
      this.told(this.words.failed);
    }
  }

  done(answer) {
    this.answer = answer;
    this.close();
  }

  /** A sentence that stays until it is read. */
  told(sentence) {
    this.say(sentence, [[this.words.understood, () => this.close()]]);
  }

  say(sentence, choices, focus = true) {
    this.bar?.remove();
    const buttons = choices.map(([label, act]) => {
      const button = element("button", { type: "button" }, label);
      button.addEventListener("click", act);
      return button;
    });
    const id = "bell-words";
    this.bar = element("section", { class: "bell-bar", "aria-labelledby": id });
    this.bar.append(element("p", { id, role: "status" }, sentence), element("div", {}, ...buttons));
    document.getElementById("banner").before(this.bar);
    if (focus) buttons[0].focus({ preventScroll: true });
  }

  close() {
    const hadFocus = this.bar?.contains(document.activeElement);
    this.bar?.remove();
    this.bar = null;
    if (hadFocus) this.button.focus();
  }

  // -- on and off

  async turnOn() {
    const { key } = await (await send("GET", "bell")).json();
    await navigator.serviceWorker.register("worker.js");
    const { pushManager } = await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
    const given = await pushManager.subscribe(options).catch(() => anew(pushManager, options));
    await send("PUT", "bell", given.toJSON());
    this.answer = "on";
    this.look();
  }

  async turnOff() {
    this.answer = "off";
    this.told(this.words.off);
    await send("DELETE", "bell").catch(() => {});
    const registration = await navigator.serviceWorker.getRegistration();
    await (await registration?.pushManager.getSubscription())?.unsubscribe();
  }
}

/** What was given under another key of the centre's is taken back first. */
async function anew(pushManager, options) {
  await (await pushManager.getSubscription())?.unsubscribe();
  return pushManager.subscribe(options);
}

async function send(method, address, what) {
  const body = what && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(what) };
  const answer = await fetch(address, { method, ...body });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

function bytes(key) {
  return Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}

/** A browser that stores nothing is not asked: it would be asked each time. */
function remembered(act) {
  try {
    return act() ?? "";
  } catch {
    return "later";
  }
}

function drawn() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: "24", height: "24", "aria-hidden": "true" })) {
    svg.setAttribute(name, value);
  }
  const drawing = { d: BELL, fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linejoin": "round" };
  for (const [name, value] of Object.entries(drawing)) path.setAttribute(name, value);
  svg.append(path);
  return svg;
}
