// What the person said and the server has not confirmed yet: kept over a reload, sent in order, under one id.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 20000;
const PATIENCE = 20000;

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only where the page came over HTTPS or from this machine
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outgoing {
  /** `told(item, what, sentence)`: what is "kept", "refused" or "lost" (and will be tried again). */
  constructor(chat, told) {
    this.prefix = `caunoi:${chat}:`;
    this.told = told;
    this.items = this.load();
    this.wait = FIRST_WAIT;
    this.busy = false;
  }

  load() {
    const found = [];
    try {
      for (let place = 0; place < localStorage.length; place += 1) {
        const key = localStorage.key(place);
        if (key.startsWith(this.prefix)) found.push(JSON.parse(localStorage.getItem(key)));
      }
    } catch {
      return []; // a browser that stores nothing: the queue lives in this page only
    }
    return found.sort((one, other) => one.at - other.at);
  }

  /** item: {body} for words and presses, {file} for a file, which is kept in this page only. */
  add(item) {
    const queued = { ...item, id: newId(), at: Date.now() };
    this.items.push(queued);
    if (!queued.file) this.store(() => localStorage.setItem(this.prefix + queued.id, JSON.stringify(queued)));
    this.pump();
    return queued;
  }

  store(write) {
    try {
      write();
    } catch {
      // full or forbidden: the page itself still holds the item
    }
  }

  drop(item) {
    this.items = this.items.filter((other) => other !== item);
    this.store(() => localStorage.removeItem(this.prefix + item.id));
  }

  /** The stream has brought it back: whatever became of the answer, it is kept. */
  settle(id) {
    const item = this.items.find((other) => other.id === id);
    if (item) this.drop(item);
  }

  get holdsFiles() {
    return this.items.some((item) => item.file);
  }

  async pump() {
    clearTimeout(this.later);
    if (this.busy || !this.items.length) return;
    this.busy = true;
    const item = this.items[0];
    const [what, sentence] = await this.post(item);
    this.busy = false;
    if (what === "lost") {
      this.told(item, what, "");
      this.later = setTimeout(() => this.pump(), this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
      return;
    }
    this.wait = FIRST_WAIT;
    this.drop(item);
    this.told(item, what, sentence);
    this.pump();
  }

  /** Try now: the connection is back. */
  hurry() {
    this.wait = FIRST_WAIT;
    this.pump();
  }

  async post(item) {
    const patience = new AbortController();
    const timer = item.file ? 0 : setTimeout(() => patience.abort(), PATIENCE);
    try {
      const [address, options] = request(item);
      const answer = await fetch(address, { ...options, signal: patience.signal });
      if (answer.ok) return ["kept", ""];
      if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return ["lost", ""];
      const told = await answer.json().catch(() => ({}));
      return ["refused", told.error || ""];
    } catch {
      return ["lost", ""];
    } finally {
      clearTimeout(timer);
    }
  }
}

function request(item) {
  if (item.file) {
    const headers = { "Content-Type": "application/octet-stream" };
    const address = `file?id=${item.id}&name=${encodeURIComponent(item.file.name)}`;
    return [address, { method: "PUT", headers, body: item.file }];
  }
  const headers = { "Content-Type": "application/json" };
  return ["send", { method: "POST", headers, body: JSON.stringify({ ...item.body, id: item.id }) }];
}
