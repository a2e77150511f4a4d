/** One answer in the page while it is written; how it ended, the server says in the page. */

import { announce, markTitle } from "./announce.js";
import { applyBlocks } from "./blocks.js";

const part = (item, name) => item.querySelector(`.${name}`);

export function begin(item) {
  part(item, "blocks").ariaBusy = true;
  part(item, "ending").hidden = part(item, "continue").hidden = true;
  if (!part(item, "block")) showWaiting(part(item, "waiting"));
  announce("Writing answer");
}

export function show(item, { event, data }) {
  const value = () => JSON.parse(data);
  const waiting = part(item, "waiting");
  const ending = part(item, "ending");
  if (event === "block") {
    item.dataset.status = "writing";
    waiting.hidden = true;
    applyBlocks(part(item, "blocks"), value());
  } else if (event === "status") showWaiting(waiting, value());
  else if (event === "error") ending.textContent = value().message;
  else if (event === "done") {
    const { status } = value();
    item.dataset.status = status;
    announce(`Answer ${status}${status === "failed" ? `. ${ending.textContent}` : ""}`);
    markTitle();
  }
}

/** Say why the first word has not come yet. */
export function showWaiting(line, { state, position } = {}) {
  let sentence = "Searching…";
  if (position) sentence = `Waiting: ${position === 1 ? "1 answer is" : `${position} answers are`} before yours.`;
  if (state === "retrying") sentence = "The language model is busy; trying again.";
  // Only the first one is read out, not each place that the queue moves on.
  if (sentence !== "Searching…" && !line.textContent.startsWith("Waiting")) announce(sentence);
  line.textContent = sentence;
  line.hidden = false;
}

export function rest(item) {
  part(item, "waiting").hidden = true;
  part(item, "blocks").ariaBusy = false;
}
