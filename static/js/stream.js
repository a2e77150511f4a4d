/** Follows a reply's events to its end, over as many connections as that takes. */

import { inTime, Rejected } from "./post.js";

/**
 * Yield events up to `done`; throw Rejected where the server will not give them.
 * @param place `events`, the address or ""; `after`, how far it has been read
 * @param onConnection told how often in a row it failed, and 0 when it works again
 */
export async function* follow(place, response, onConnection) {
  let isDone = false;
  for (let failures = 0; !isDone; failures += 1) {
    if (failures > 0) {
      onConnection(failures);
      await pause(failures);
    }
    try {
      const { body } = response ?? (await open(place));
      for await (const event of read(body)) {
        if (failures > 0) onConnection((failures = 0));
        place.after = event.id || place.after;
        if (event.event === "reconnect") break;
        isDone ||= event.event === "done";
        yield event;
      }
    } catch (error) {
      if (error instanceof Rejected) throw error;
    }
    response = null;
    if (!place.events) throw new Rejected();
  }
}

async function open({ events, after }) {
  const answer = await inTime(fetch(`${events}?after=${after}&format=blocks`));
  if (answer.ok) return answer;
  const isPassing = answer.status >= 500 || answer.status === 408 || answer.status === 429;
  throw isPassing ? new Error() : new Rejected("", answer.status);
}

/** Longer after each failure, never in step with others; being online again ends it. */
function pause(failures) {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.min(15_000, 500 * 2 ** (failures - 1)) * (0.5 + Math.random() / 2));
    addEventListener("online", resolve, { once: true });
  });
}

/** Throws when a body breaks, or misses three of the server's beats (15 s). */
export async function* read(body, silenceMs = 45_000) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parse = parser();
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), silenceMs);
      if (done) return;
      yield* parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Returns what turns pieces into events. A line ends with LF, CR or CRLF; a piece may end anywhere. */
function parser() {
  let rest = "";
  let endedWithCr = false;
  let id = "";
  let event = "";
  let data = [];

  function take(line) {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (name === "data") data.push(value);
    else if (name === "event") event = value;
    else if (name === "id" && !value.includes("\0")) id = value;
    return [];
  }

  function dispatch() {
    const whole = data.length ? [{ id, event: event || "message", data: data.join("\n") }] : [];
    event = "";
    data = [];
    return whole;
  }

  return (piece) => {
    if (!piece) return [];
    const text = endedWithCr && piece[0] === "\n" ? piece.slice(1) : piece;
    endedWithCr = piece.endsWith("\r");
    const lines = (rest + text).split(/\r\n|\r|\n/);
    rest = lines.pop();
    return lines.flatMap((line) => (line ? take(line) : dispatch()));
  };
}
