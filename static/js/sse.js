/** Reads server-sent events from a fetch body, however the network cuts it. */

/** @typedef {{ id: string, event: string, data: string }} ServerEvent */

/** The server sends a comment every 15 s; three missing ones mean that the connection is dead. */
const SILENCE_MS = 45_000;

/** Turns pieces of text into events. A line ends with LF, CR or CRLF; a piece may end anywhere. */
export class Parser {
  #rest = "";
  #endedWithCr = false;
  #id = "";
  #event = "";
  #data = [];

  /** Returns the events that this piece completed */
  feed(piece) {
    if (piece === "") return [];
    const text = this.#endedWithCr && piece.startsWith("\n") ? piece.slice(1) : piece;
    this.#endedWithCr = piece.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => (line === "" ? this.#dispatch() : this.#field(line)));
  }

  #field(line) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    return [];
  }

  #dispatch() {
    const event = { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") };
    const isEmpty = this.#data.length === 0;
    this.#event = "";
    this.#data = [];
    return isEmpty ? [] : [event];
  }
}

/** Yield the events of a body until it ends; throw when it breaks or falls silent. */
export async function* read(body, silenceMs = SILENCE_MS) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new Parser();
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), silenceMs);
      if (done) return;
      yield* parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

export function inTime(promise, limitMs) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("silence")), limitMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
