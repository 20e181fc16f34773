// The quick choices above the field: folded while a card asks, so that there is room for it; a button unfolds them.
import { element } from "/static/texts.js";

export class Keys {
  constructor(keys, toggle, say) {
    Object.assign(this, { keys, toggle, say, folded: true });
    toggle.addEventListener("click", () => this.fold(!this.folded));
  }

  show(labels) {
    const chips = labels.map((label) => element("button", { type: "button", class: "chip" }, label));
    for (const chip of chips) chip.addEventListener("click", () => this.say(chip.textContent));
    this.keys.replaceChildren(...chips);
    this.fold(this.folded);
  }

  /** Whether the newest card asks for an answer by its buttons. */
  asked(asks) {
    this.toggle.dataset.asked = asks;
    this.fold(asks);
  }

  fold(folded) {
    this.folded = folded;
    const none = !this.keys.childElementCount;
    this.keys.hidden = none || folded;
    this.toggle.hidden = none || this.toggle.dataset.asked !== "true";
    this.toggle.setAttribute("aria-expanded", String(!folded));
  }
}
