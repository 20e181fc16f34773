// The stream of a page: lines as they come, resumed by number, opened again whenever it is lost.
import { source as sourceOf } from "/static/sharing.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15000;
const DEAD_AFTER = 40000; // the server says something every 15 seconds
const QUIET_LOSS = 1500; // shorter losses are not worth a word

export class Stream {
  /** `last()` is the number to resume after; `take(line)` gets each line; `tell(up, why)` each change of state. */
  constructor(last, take, tell) {
    Object.assign(this, { last, take, tell, wait: FIRST_WAIT, heard: Date.now(), alone: false, silent: false });
    addEventListener("online", () => this.open());
    addEventListener("offline", () => this.lose(0));
    addEventListener("pageshow", (event) => event.persisted && this.open());
    document.addEventListener("visibilitychange", () => document.hidden || this.check(DEAD_AFTER / 2));
    setInterval(() => this.check(DEAD_AFTER), 10000);
  }

  open() {
    clearTimeout(this.again);
    this.resting = false;
    if (this.source) this.source.close();
    this.heard = Date.now();
    const source = sourceOf(this.last(), this.alone);
    this.source = source;
    source.addEventListener("message", (event) => this.hear(() => this.take(JSON.parse(event.data))));
    source.addEventListener("beat", () => this.hear(() => {}));
    source.addEventListener("ready", () => this.hear(() => this.up()));
    source.addEventListener("rest", (event) => this.rest(JSON.parse(event.data)));
    source.addEventListener("gone", () => location.reload());
    source.addEventListener("alone", () => this.goAlone());
    source.addEventListener("error", () => this.retry(source));
  }

  /** The stream of all pages is not for this one: it has one of its own from here on. */
  goAlone() {
    this.alone = true;
    this.open();
  }

  hear(act) {
    this.heard = Date.now();
    this.silent = false;
    act();
  }

  up() {
    this.wait = FIRST_WAIT;
    clearTimeout(this.telling);
    this.telling = 0;
    this.tell(true);
  }

  lose(delay) {
    if (!this.telling) this.telling = setTimeout(() => this.tell(false), delay);
    else if (!delay) this.tell(false);
  }

  /** There are too many pages: this one goes on once it is looked at again, or its turn has come. */
  rest(why) {
    this.source.close();
    this.resting = true;
    this.heard = Date.now();
    clearTimeout(this.telling);
    this.telling = 0;
    this.tell(false, why);
  }

  retry(source) {
    if (source !== this.source) return;
    source.close();
    this.lose(QUIET_LOSS);
    this.again = setTimeout(() => this.open(), this.wait);
    if (this.wait > FIRST_WAIT) this.askWhy();
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  /** A chat that is no longer this device's says so on its page. */
  async askWhy() {
    const answer = await fetch(location.pathname, { method: "HEAD" }).catch(() => null);
    if (answer && answer.status === 403) location.reload();
  }

  check(patience) {
    if (this.resting && document.hidden) return;
    if (Date.now() - this.heard <= patience) return;
    this.alone ||= this.silent; // opened again, and still nothing: what shares the stream is asleep
    this.silent = true;
    this.open();
  }
}
