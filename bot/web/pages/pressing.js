// One press at a time on a card: shown as pressed at once, given back when it is answered or has failed.
import { element } from "/static/texts.js";

const PATIENCE = 8000; // milliseconds an answer may take once the press is kept

export class Pressing {
  /** `find(card)` is the element of a card. */
  constructor(find, words) {
    Object.assign(this, { find, words, data: new Map() });
  }

  /** False where a press of this card is still on its way. */
  begin(card, data) {
    if (this.data.has(card)) return false;
    this.data.set(card, data);
    this.mark(this.find(card), card);
    return true;
  }

  /** Show on a card, perhaps drawn anew, what is on its way. */
  mark(made, card) {
    if (!made || !this.data.has(card)) return;
    for (const button of made.querySelectorAll("button.press")) {
      button.setAttribute("aria-disabled", "true"); // stays in the tab order, unlike `disabled`
      if (button.dataset.press === this.data.get(card)) button.setAttribute("aria-busy", "true");
    }
    made.querySelector(".meta").append(element("span", { class: "pressing" }, this.words.sending));
  }

  /** The server has it; an answer is on its way, or there will be none. */
  kept(card) {
    for (const told of this.find(card)?.querySelectorAll(".pressing") || []) told.textContent = this.words.kept;
    setTimeout(() => this.end(card), PATIENCE);
  }

  end(card) {
    if (!this.data.delete(card)) return;
    const made = this.find(card);
    for (const told of made?.querySelectorAll(".pressing") || []) told.remove();
    for (const button of made?.querySelectorAll("button.press") || []) {
      button.removeAttribute("aria-disabled");
      button.removeAttribute("aria-busy");
    }
  }
}
