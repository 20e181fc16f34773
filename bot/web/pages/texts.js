// A text as nodes: <b> and <i> of our own, and what in it can be pressed: an address, a telephone number, a command,
// a word one is told to write.

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&#34;": '"', "&quot;": '"', "&#39;": "'" };
// Without lookbehind, which telephones of 2022 do not know: what stands before is looked at in `isMeant`.
const ADDRESS = String.raw`https?:\/\/[^\s<>"]*[^\s<>".,;:!?)]`;
const TELEPHONE = String.raw`(?:\+84|0)[235789](?:[ .]?\d){8,9}(?![ .]?\d)`;
const COMMAND = String.raw`\/[a-z]{2,24}(?![\w\/]|\.\w)`;
const QUOTED = String.raw`“[^”\n]{2,30}”`;
const PRESSABLE = new RegExp(`(${ADDRESS}|${TELEPHONE}|${COMMAND}|${QUOTED})`);
const TOLD = /(?:^|[^\p{L}])(?:nhắn|gõ|trả lời|send|type|answer) $/iu; // what is quoted behind it is to be written

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The server's text; a tag other than b and i stays the letters it is. `say`, where there is one, sends a command. */
export function formatted(html, words = {}, say = null) {
  const root = document.createDocumentFragment();
  const open = [root];
  for (const piece of html.split(/(<\/?[bi]>)/)) {
    const tag = /^<(\/?)([bi])>$/.exec(piece);
    if (!tag) {
      const text = piece.replace(/&(?:amp|lt|gt|quot|#34|#39);/g, (entity) => ENTITIES[entity]);
      open.at(-1).append(...pressable(text, words, say));
    } else if (!tag[1]) {
      const inner = document.createElement(tag[2]);
      open.at(-1).append(inner);
      open.push(inner);
    } else if (open.length > 1) {
      open.pop();
    }
  }
  return root;
}

function pressable(text, words, say) {
  const pieces = text.split(PRESSABLE);
  return pieces.map((piece, n) => (n % 2 && isMeant(piece, pieces[n - 1]) ? pressed(piece, words, say) : piece));
}

/** Whether it may begin behind this: "km/h" holds no command, "1.0912345678" no telephone, “Đã nhận” may be a label. */
function isMeant(piece, before) {
  if (piece.startsWith("“")) return TOLD.test(before);
  return !/[\p{L}\p{N}_/.,]$/u.test(before);
}

function pressed(piece, words, say) {
  if (piece.startsWith("http")) return anchor(piece, words);
  if (/^[0+]/.test(piece)) return element("a", { href: `tel:${piece.replace(/[ .]/g, "")}` }, piece);
  if (!say) return piece;
  const made = element("button", { type: "button", class: "command" }, piece);
  made.addEventListener("click", () => say(piece.replace(/[“”]/g, "")));
  return made;
}

function anchor(address, words) {
  const told = words.new_page ? [element("span", { class: "only-read-out" }, ` (${words.new_page})`)] : [];
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address, ...told);
}
