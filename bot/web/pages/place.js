// Where the reader is: a question stays in sight while it is answered, new words are followed only by who reads on.

const NEAR = 90; // pixels from the end that still count as reading the newest
const STUCK = 0.4; // of the height: what a card's words may take while its buttons are scrolled
const ANSWERING = 60000; // milliseconds after a press in which its card is still being answered
const GAP = 8; // pixels

export class Place {
  /** `scroll` is what moves, `newer` the button that leads to what came meanwhile. */
  constructor(scroll, newer) {
    Object.assign(this, { scroll, newer, following: true, first: null, card: null, pressedAt: 0 });
    scroll.addEventListener("scroll", () => this.moved());
    newer.addEventListener("click", () => this.goOn());
    new ResizeObserver(() => this.resized()).observe(scroll);
  }

  // -- what happens

  /** Somebody has pressed a button of this card. */
  answers(number) {
    Object.assign(this, { card: number, pressedAt: Date.now() });
    for (const line of this.scroll.querySelectorAll(".answering")) line.classList.remove("answering");
    this.find(number)?.classList.add("answering");
  }

  /** The newest words are what the reader wants to see: he has said something, or has just come. */
  toEnd() {
    Object.assign(this, { card: null, following: true });
    this.newer.hidden = true;
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  /** Begin with the newest message's first line. */
  open(line) {
    this.stickAll();
    this.toEnd();
    if (line) this.by(Math.min(0, this.topOf(line) - GAP));
  }

  /** A line has come below all others; `answers`: to the card that was pressed, so it is shown as far as that one is. */
  came(line, answers) {
    this.stick(line);
    const answered = this.answered();
    if (answered ? answers : this.following) {
      const room = answered ? this.roomBelow(answered) : this.topOf(line) - GAP;
      this.by(Math.max(0, Math.min(this.bottomOf(line) + GAP, room)));
    }
    if ((answered || !this.following) && this.bottomOf(line) > GAP) this.tell(line);
  }

  /** `made` takes the place of `old`; `same`: it asks the same, so what was pressed stays where it is. */
  replaces(old, made, same) {
    const gone = this.bottomOf(old) < -this.scroll.clientHeight;
    const height = old.offsetHeight;
    made.classList.toggle("answering", old.matches(".answering"));
    old.replaceWith(made);
    this.stick(made);
    if (gone) this.by(made.offsetHeight - height);
    else if (made.dataset.n === String(this.card)) this.show(made, same);
    else if (this.following) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  /** Something comes in above what is read. */
  keeps(change) {
    const height = this.scroll.scrollHeight;
    change();
    this.stickAll();
    this.by(this.scroll.scrollHeight - height);
  }

  // -- how it is kept

  /** The card's first line, and as much as there is room for below it. */
  show(card, same) {
    const words = card.querySelector(".bubble");
    if (same && this.topOf(words) >= Math.min(0, this.stuckAt(words)) - 1 && this.bottomOf(words) <= 0) return;
    const top = this.topOf(card) - GAP;
    this.by(top < 0 ? top : Math.max(0, Math.min(this.bottomOf(card) + GAP, top)));
  }

  /** While its buttons are scrolled, a card's words stay: of long ones the end, where the question stands. */
  stick(line) {
    const words = line.querySelector(".bubble");
    if (!line.matches(".asks")) return;
    line.style.setProperty("--stuck-at", `${this.stuckAt(words)}px`);
    line.style.setProperty("--stuck", `${words.offsetHeight + this.stuckAt(words)}px`);
  }

  stickAll() {
    for (const line of this.scroll.querySelectorAll(".asks")) this.stick(line);
  }

  stuckAt(words) {
    return Math.min(0, Math.round(STUCK * this.scroll.clientHeight - words.offsetHeight));
  }

  /** The card that is being answered, while it is in sight. */
  answered() {
    if (this.card === null || Date.now() - this.pressedAt > ANSWERING) return null;
    const card = this.find(this.card);
    return card && this.isInSight(card) ? card : null;
  }

  find(number) {
    return this.scroll.querySelector(`.theirs[data-n="${number}"]`);
  }

  isInSight(line) {
    return this.topOf(line) < this.scroll.clientHeight && this.bottomOf(line) > -this.scroll.clientHeight;
  }

  /** How far one can move on until the words of a card begin to go. */
  roomBelow(card) {
    const words = card.querySelector(".bubble");
    if (!card.matches(".asks")) return this.topOf(words) - GAP;
    return this.bottomOf(card) + this.scroll.clientHeight - words.offsetHeight - this.stuckAt(words);
  }

  topOf(line) {
    return line.getBoundingClientRect().top - this.scroll.getBoundingClientRect().top;
  }

  /** Pixels by which it ends below what is in sight. */
  bottomOf(line) {
    return line.getBoundingClientRect().bottom - this.scroll.getBoundingClientRect().bottom;
  }

  by(pixels) {
    this.scroll.scrollTop += pixels;
  }

  tell(line) {
    if (this.newer.hidden) this.first = line;
    this.newer.hidden = false;
  }

  goOn() {
    this.newer.hidden = true;
    this.card = null;
    const first = this.first?.isConnected ? this.first : null;
    this.by(first ? this.topOf(first) - GAP : this.scroll.scrollHeight);
  }

  moved() {
    this.following = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR;
    if (this.following) this.newer.hidden = true;
  }

  resized() {
    this.stickAll();
    if (this.following) this.scroll.scrollTop = this.scroll.scrollHeight;
  }
}
