// The lines of a chat in their order: a new card takes its old one's place, each day has its heading.
import { bubble } from "/static/bubble.js";
import { element } from "/static/texts.js";

const SAME = 0.6; // of the choices are there again: the card still asks the same

export class Lines {
  /** `draw(line)` makes an element, `mark(made, number)` shows on a card what is on its way. */
  constructor(root, words, { press, say, mark }) {
    Object.assign(this, { root, words, mark });
    this.draw = (line) => bubble(line, words, press, say);
  }

  find(number, within = this.root) {
    return within.querySelector(`.theirs[data-n="${number}"]`);
  }

  get newest() {
    return [...this.root.querySelectorAll(".theirs")].at(-1);
  }

  /** The line as it stands now, and the card it took the place of. `replace(old, made, same)` puts it there. */
  put(line, into = this.root, replace = (old, made) => old.replaceWith(made)) {
    const card = line.replaces && this.find(line.replaces, into);
    return card ? this.replace(card, line, into, replace) : this.append(line, into);
  }

  append(line, into) {
    const shown = [...into.querySelectorAll(".line")].at(-1);
    if (!shown || shown.dataset.day !== line.day) into.append(element("div", { class: "day" }, line.day));
    const made = this.draw(line);
    this.mark(made, Number(made.dataset.n));
    into.append(made);
    return made;
  }

  /** What was pressed on the old card becomes a note on the new one. */
  replace(card, line, into, replace) {
    const presses = [...into.querySelectorAll(`.mine[data-press="${line.replaces}"]`)];
    const chosen = presses.at(-1)?.querySelector(".text").textContent || card.dataset.chosen || "";
    const made = this.draw({ ...line, chosen });
    made.dataset.chosen = chosen;
    made.dataset.day = card.dataset.day;
    this.mark(made, line.replaces);
    const focused = card.contains(document.activeElement) ? document.activeElement : null;
    const same = asksTheSame(card, made);
    for (const press of presses) this.remove(press);
    replace(card, made, same);
    if (focused) refocus(made, focused);
    return made;
  }

  /** Take a line away, and its day's heading with it when it was the only one. */
  remove(line) {
    const before = line.previousElementSibling;
    const after = line.nextElementSibling;
    if (before && before.matches(".day") && (!after || after.matches(".day"))) before.remove();
    line.remove();
  }

  /** The newest card's buttons stand out; the newest own line says that the system has it. */
  markNewest() {
    for (const old of this.root.querySelectorAll(".newest")) old.classList.remove("newest");
    for (const old of this.root.querySelectorAll(".state")) old.remove();
    this.newest?.classList.add("newest");
    const shown = [...this.root.querySelectorAll(".line")].at(-1);
    if (shown?.matches(".mine")) {
      shown.querySelector(".meta").append(element("span", { class: "state" }, this.words.kept));
    }
  }

  /** Lines from before all others. */
  prepend(found) {
    const first = this.root.querySelector(".line");
    const batch = element("div");
    for (const line of found) if (!this.find(line.replaces || line.n)) this.put(line, batch);
    this.root.setAttribute("aria-busy", "true"); // old words are not read out as new ones
    const lastDay = [...batch.querySelectorAll(".line")].at(-1)?.dataset.day;
    if (first && lastDay === first.dataset.day) first.previousElementSibling.remove();
    this.root.prepend(...batch.childNodes);
    this.root.setAttribute("aria-busy", "false");
  }
}

/** A choice's name, without its tick and what is said behind it. */
function nameOf(button) {
  return button.textContent.replace(/^\[x\] /, "").split(/[:,(]/)[0];
}

export function asksTheSame(card, made) {
  const names = new Set([...made.querySelectorAll(".press")].map(nameOf));
  const before = [...card.querySelectorAll(".press")].map(nameOf);
  return before.length > 0 && before.filter((name) => names.has(name)).length >= SAME * Math.max(before.length, names.size);
}

/** The same choice, else the card's first one, else the card itself: whoever has only keys is not sent away. */
export function refocus(card, old) {
  const buttons = [...card.querySelectorAll(".press")];
  const next =
    buttons.find((button) => button.dataset.press === old.dataset.press) ||
    buttons.find((button) => nameOf(button) === nameOf(old)) ||
    buttons[0] ||
    card.querySelector(".bubble");
  if (next.matches(".bubble")) next.tabIndex = -1;
  next.focus({ preventScroll: true });
}
