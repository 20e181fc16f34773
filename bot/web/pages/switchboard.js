// The one stream of events of a browser, for all its open chats: each page says which chat it shows and after which
// line it goes on, and gets its own chat's events. A page that is told "error" or "alone" has to see to itself.

const NAMES = ["message", "ready", "beat", "rest", "gone", "alone"];
const TOGETHER = 30; // milliseconds in which pages that come at once are waited for

const places = new Map(); // of each page's port: its chat, and the last line it was given
let source = null;
let opening = 0;

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data === "bye") places.delete(port);
    else places.set(port, data);
    clearTimeout(opening);
    opening = setTimeout(open, TOGETHER);
  };
};

function open() {
  if (source) source.close();
  source = null;
  const chats = new Map(); // the least of what its pages have
  for (const { chat, after } of places.values()) chats.set(chat, Math.min(after, chats.get(chat) ?? after));
  if (!chats.size) return;
  const query = [...chats].map(([chat, after]) => `at=${chat}.${after}`).join("&");
  source = new EventSource(`/events?${query}`);
  for (const chat of chats.keys()) for (const name of NAMES) listen(source, chat, name);
  source.onerror = lost;
}

function listen(to, chat, name) {
  to.addEventListener(`${chat}.${name}`, ({ data, lastEventId }) => {
    for (const [port, place] of places) {
      if (place.chat !== chat) continue;
      if (name === "message") place.after = Math.max(place.after, Number(lastEventId));
      port.postMessage([name, data]);
    }
  });
}

/** Every page opens it again in its own time. */
function lost() {
  source.close();
  source = null;
  for (const port of places.keys()) port.postMessage(["error", ""]);
  places.clear();
}
