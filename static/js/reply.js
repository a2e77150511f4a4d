/** One answer in the page while it is written; how it ended, the server says in the page. */

import { announce, markTitle } from "./announce.js";
import { applyBlocks } from "./blocks.js";

const SEARCHING = "Searching\u2026";

export function begin(item) {
  part(item, "blocks").ariaBusy = true;
  for (const name of ["ending", "continue"]) part(item, name).hidden = true;
  if (!part(item, "block")) showWaiting(part(item, "waiting"));
  announce("Writing answer");
}

export function show(item, { event, data }) {
  const value = () => JSON.parse(data);
  if (event === "block") grow(item, value());
  else if (event === "status") showWaiting(part(item, "waiting"), value());
  else if (event === "error") part(item, "ending").textContent = value().message;
  else if (event === "done") end(item, value().status);
}

/** Say why the first word has not come yet. */
export function showWaiting(line, { state, position } = {}) {
  const before = position === 1 ? "1 answer is" : `${position} answers are`;
  const queued = position ? `Waiting: ${before} before yours.` : SEARCHING;
  const sentence = state === "retrying" ? "The language model is busy; trying again." : queued;
  // Only the first one is read out, not each place that the queue moves on.
  if (sentence !== SEARCHING && !line.textContent.startsWith("Waiting")) announce(sentence);
  line.textContent = sentence;
  line.hidden = false;
}

function grow(item, blocks) {
  item.dataset.status = "writing";
  part(item, "waiting").hidden = true;
  applyBlocks(part(item, "blocks"), blocks);
}

function end(item, status) {
  item.dataset.status = status;
  announce(`Answer ${status}${status === "failed" ? `. ${part(item, "ending").textContent}` : ""}`);
  markTitle();
}

/** It is no longer written, or can no longer be followed. */
export function rest(item) {
  part(item, "waiting").hidden = true;
  part(item, "blocks").ariaBusy = false;
}

function part(item, name) {
  return item.querySelector(`.${name}`);
}
