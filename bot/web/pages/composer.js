// The field: words leave it by Enter or the button, once; files beside them.

const LONGEST_TEXT = 8000;
const LARGEST_FILE = 20 * 1024 * 1024;

export class Composer {
  /** `send(words)`, `sendFile(file)` and `complain(sentence)` do what they say. */
  constructor(form, words, { send, sendFile, complain }) {
    const [text, file] = [form.querySelector("textarea"), form.querySelector("input[type=file]")];
    Object.assign(this, { text, file, words, send, sendFile, complain });
    form.addEventListener("submit", (event) => this.submit(event));
    text.addEventListener("input", () => this.fit());
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return; // composing: a Vietnamese keyboard at work
      event.preventDefault();
      form.requestSubmit();
    });
    form.querySelector("#attach").addEventListener("click", () => file.click());
    file.addEventListener("change", () => this.take());
  }

  /** The field is emptied before anything else, so that Enter and a click send it once. */
  submit(event) {
    event.preventDefault();
    const said = this.text.value.trim();
    if (this.text.value.length > LONGEST_TEXT) {
      this.complain(this.words.too_long); // cut silently, the rest would be lost
      return;
    }
    this.complain("");
    this.text.value = "";
    this.fit();
    this.text.focus();
    if (said) this.send(said);
  }

  take() {
    this.complain("");
    for (const file of this.file.files) {
      if (file.size > LARGEST_FILE) this.complain(`${file.name}: ${this.words.too_big}`);
      else this.sendFile(file);
    }
    this.file.value = "";
    this.text.focus();
  }

  fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight + 3}px`;
  }
}
