/** Follows a reply from an offset to its end, over as many connections as that takes. */

import { Rejected } from "./post.js";
import { inTime, read } from "./sse.js";

/** The server will not give these events, however often it is asked. */
export class Refused extends Error {
  constructor(status) {
    super(status);
    this.status = status;
  }
}

/**
 * Yield the events of a reply up to `done`. Throws Refused, and Rejected where no reply was begun.
 * @param place `events`, the address, "" until it is known; `after`, how far it has been read
 * @param response a connection that is already open
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
      for await (const event of events(response ?? (await open(place)))) {
        if (failures > 0) onConnection((failures = 0));
        place.after = event.id || place.after;
        if (event.event === "reconnect") break;
        isDone ||= event.event === "done";
        yield event;
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    response = null;
    if (!place.events) throw new Rejected();
  }
}

async function* events(answer) {
  if (answer.body) yield* read(answer.body);
  // 204: nothing is left to read after this offset, and nothing will come.
  if (answer.status === 204) yield { id: "", event: "done", data: '{"status": ""}' };
}

async function open({ events, after }) {
  const headers = { Accept: "text/event-stream" };
  const answer = await inTime(fetch(`${events}?after=${after}&format=blocks`, { headers }));
  if (answer.ok) return answer;
  const isPassing = answer.status >= 500 || answer.status === 408 || answer.status === 429;
  throw isPassing ? new Error() : new Refused(answer.status);
}

/** Wait longer after each failure, up to 15 s, never in step with others; being online again ends the wait. */
function pause(failures) {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.min(15_000, 500 * 2 ** (failures - 1)) * (0.5 + Math.random() / 2));
    addEventListener("online", resolve, { once: true });
  });
}
