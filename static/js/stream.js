/** Follows a reply's events to its end, over as many connections as that takes. */

import { inTime, Rejected } from "./post.js";

/** Yields events up to `done`; tells failures in a row, 0 when it works again; throws Rejected. */
export async function* follow(place, response, onConnection) {
  let isDone = false;
  for (let failures = 0; !isDone; failures += 1) {
    if (failures) {
      onConnection(failures);
      await pause(failures);
    }
    try {
      const { body } = response ?? (await open(place));
      for await (const event of read(body)) {
        if (failures) onConnection((failures = 0));
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
  const { ok, status } = answer;
  if (ok) return answer;
  throw status >= 500 || status === 408 || status === 429 ? new Error() : new Rejected("", status);
}

/** Longer after each failure, never in step with others; being online again ends it. */
function pause(failures) {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.min(15_000, 500 * 2 ** (failures - 1)) * (0.5 + Math.random() / 2));
    addEventListener("online", resolve, { once: true });
  });
}

/** Throws when a body breaks, or misses three beats (15 s). A piece of it may end anywhere. */
export async function* read(body, silenceMs = 45_000) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let id = "";
  let event = "";
  let data = [];
  try {
    for (;;) {
      const { done, value: piece } = await inTime(reader.read(), silenceMs);
      if (done) return;
      // A CR at the end may be half of a CRLF.
      const lines = (rest + piece).split(/\r\n|\r(?!$)|\n/);
      rest = lines.pop();
      for (const line of lines) {
        const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
        if (name === "data") data.push(value);
        else if (name === "event") event = value;
        else if (name === "id") id = value;
        if (line) continue;
        if (data.length) yield { id, event: event || "message", data: data.join("\n") };
        event = "";
        data = [];
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
