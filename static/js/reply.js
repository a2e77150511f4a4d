/** One answer in the page: what its events change, and how it ends. */

import { announce, markTitle } from "./announce.js";
import { applyBlocks } from "./blocks.js";
import { showCitations } from "./citations.js";
import { offerContinue } from "./continue.js";
import { offerNext } from "./next.js";
import { endWaiting, showWaiting } from "./waiting.js";

/** @typedef {import("./sse.js").ServerEvent} ServerEvent */

/** @type {Record<string, string>} what a screen reader hears */
const SPOKEN = {
  complete: "Answer complete",
  stopped: "Answer stopped",
  interrupted: "Answer interrupted",
  failed: "Answer failed",
};

/** @type {Record<string, string>} what stands below an answer that is not complete */
const ENDINGS = {
  stopped: "Stopped.",
  interrupted: "Interrupted: this answer broke off before its end. What was written is kept.",
  failed: "The answer failed.",
};

/** @param {HTMLElement} item */
export function begin(item) {
  part(item, ".blocks").setAttribute("aria-busy", "true");
  part(item, ".ending").hidden = true;
  offerContinue(item, false);
  announce("Writing answer");
}

/** @param {HTMLElement} item @param {ServerEvent} event */
export function show(item, event) {
  const value = () => JSON.parse(event.data);
  if (event.event === "block") grow(item, value());
  else if (event.event === "status") showWaiting(part(item, ".waiting"), value());
  else if (event.event === "citations") showCitations(part(item, ".citations"), value());
  else if (event.event === "error") fail(item, value());
  else if (event.event === "done") end(item, value().status);
}

/** @param {HTMLElement} item @param {import("./blocks.js").Block[]} blocks */
function grow(item, blocks) {
  if (item.dataset.status !== "writing") item.dataset.status = "writing";
  endWaiting(part(item, ".waiting"));
  applyBlocks(part(item, ".blocks"), blocks);
}

/** @param {HTMLElement} item @param {{ message: string, retryable: boolean }} error */
function fail(item, error) {
  part(item, ".ending").textContent = error.message;
  offerContinue(item, error.retryable);
}

/** @param {HTMLElement} item @param {string} status */
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

/** @param {HTMLElement} item is no longer being written, or can no longer be followed */
export function rest(item) {
  endWaiting(part(item, ".waiting"));
  part(item, ".blocks").setAttribute("aria-busy", "false");
}

/** @param {HTMLElement} item @param {string} selector @returns {HTMLElement} */
function part(item, selector) {
  return /** @type {HTMLElement} */ (item.querySelector(selector));
}
