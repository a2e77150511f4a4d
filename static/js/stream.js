/** Follows a reply from an offset to its end, over as many connections as that takes. */

import { inTime, read } from "./sse.js";


/**
 * Where a reply can be read, and how far it has been read. An empty address: the reply is not known yet.
 * @typedef {{ events: string, after: string }} Place
 */

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const ANSWER_MS = 30_000;

/** The server will not give these events, however often it is asked. */
export class Refused extends Error {
  constructor(status) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

/** The first connection broke before the server had said which reply it is. */
export class Unanswered extends Error {}

/**
 * Yield the events of a reply up to `done`. Throws Refused and Unanswered.
 * @param place kept up to date, so that a new connection begins where the last one broke
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
      const answer = response ?? (await open(place));
      for await (const event of events(answer)) {
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
    if (!place.events) throw new Unanswered();
  }
}

async function* events(answer) {
  if (answer.body) yield* read(answer.body);
  // 204: nothing is left to read after this offset, and nothing will come.
  if (answer.status === 204) yield { id: "", event: "done", data: '{"status": ""}' };
}

async function open(place) {
  if (!place.events) throw new Unanswered();
  const address = new URL(place.events, location.href);
  address.searchParams.set("after", place.after);
  address.searchParams.set("format", "blocks");
  const answer = await inTime(fetch(address, { headers: { Accept: "text/event-stream" } }), ANSWER_MS);
  if (answer.ok) return answer;
  const isPassing = answer.status >= 500 || answer.status === 408 || answer.status === 429;
  throw isPassing ? new Error(`failed with ${answer.status}`) : new Refused(answer.status);
}

/** Wait longer after each failure, and never in step with the other readers; being online again ends the wait. */
function pause(failures) {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      removeEventListener("online", wake);
      resolve();
    };
    const timer = setTimeout(wake, longest * (0.5 + Math.random() / 2));
    addEventListener("online", wake);
  });
}
