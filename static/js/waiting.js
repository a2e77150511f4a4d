/** What stands where an answer will appear, until its first word comes. */

import { announce } from "./announce.js";

const RETRYING = "The language model is busy; trying again.";

/** @param status position 0: the queue is over */
export function showWaiting(line, { state, position }) {
  const sentence = state === "retrying" ? RETRYING : queued(position ?? 0);
  // Only the first one is read out, not each place that the queue moves on.
  if (sentence && line.hidden) announce(sentence);
  line.textContent = sentence;
  line.hidden = sentence === "";
}

export function endWaiting(line) {
  if (!line.hidden) showWaiting(line, { state: "queued", position: 0 });
}

function queued(before) {
  if (before === 0) return "";
  return before === 1 ? "Waiting: 1 answer is before yours." : `Waiting: ${before} answers are before yours.`;
}
