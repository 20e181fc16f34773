// What a page hears of its chat: by the stream that all pages of this browser share, or by one of its own.

export const CHAT = location.pathname.split("/")[2];

/** Speaks like an EventSource; the stream itself belongs to the worker. */
class Shared extends EventTarget {
  constructor(after) {
    super();
    const worker = new SharedWorker("/static/switchboard.js", "caunoi");
    worker.onerror = () => this.tell("alone", "");
    this.port = worker.port;
    this.port.onmessage = ({ data: [name, data] }) => this.tell(name, data);
    this.port.postMessage({ chat: CHAT, after });
    this.leave = () => this.close();
    addEventListener("pagehide", this.leave);
  }

  tell(name, data) {
    this.dispatchEvent(new MessageEvent(name, { data }));
  }

  close() {
    removeEventListener("pagehide", this.leave);
    this.port.postMessage("bye");
    this.port.onmessage = null;
  }
}

/** The events after a line: `message`, `ready`, `beat`, `rest`, `gone`, `error`; `alone` where it cannot be shared. */
export function source(after, alone) {
  if (!alone && "SharedWorker" in window) return new Shared(after);
  return new EventSource(`events?after=${after}`);
}
