/** One answer in the page: what its events change, and how it ends. */

import { announce, markTitle } from "./announce.js";
import { applyBlocks } from "./blocks.js";
import { showCitations } from "./citations.js";
import { offerContinue } from "./continue.js";
import { offerNext } from "./next.js";
import { endWaiting, showWaiting } from "./waiting.js";


/** what a screen reader hears */
const SPOKEN = {
  complete: "Answer complete",
  stopped: "Answer stopped",
  interrupted: "Answer interrupted",
  failed: "Answer failed",
};

/** what stands below an answer that is not complete */
const ENDINGS = {
  stopped: "Stopped.",
  interrupted: "Interrupted: this answer broke off before its end. What was written is kept.",
  failed: "The answer failed.",
};

export function begin(item) {
  part(item, ".blocks").setAttribute("aria-busy", "true");
  part(item, ".ending").hidden = true;
  offerContinue(item, false);
  announce("Writing answer");
}

export function show(item, event) {
  const value = () => JSON.parse(event.data);
  if (event.event === "block") grow(item, value());
  else if (event.event === "status") showWaiting(part(item, ".waiting"), value());
  else if (event.event === "citations") showCitations(part(item, ".citations"), value());
  else if (event.event === "error") fail(item, value());
  else if (event.event === "done") end(item, value().status);
}

function grow(item, blocks) {
  if (item.dataset.status !== "writing") item.dataset.status = "writing";
  endWaiting(part(item, ".waiting"));
  applyBlocks(part(item, ".blocks"), blocks);
}

function fail(item, error) {
  part(item, ".ending").textContent = error.message;
  offerContinue(item, error.retryable);
}

function end(item, status) {
  const ending = part(item, ".ending");
  item.dataset.status = status;
  rest(item);
  if (status !== "failed" || !ending.textContent?.trim()) ending.textContent = ENDINGS[status] ?? "";
  ending.hidden = !ending.textContent;
  if (status === "interrupted") offerContinue(item, true);
  if (status === "complete") void offerNext(item);
  announce(status === "failed" ? `${SPOKEN.failed}. ${ending.textContent}` : SPOKEN[status]);
  markTitle();
}

/** @param item is no longer being written, or can no longer be followed */
export function rest(item) {
  endWaiting(part(item, ".waiting"));
  part(item, ".blocks").setAttribute("aria-busy", "false");
}

function part(item, selector) {
  return item.querySelector(selector);
}
