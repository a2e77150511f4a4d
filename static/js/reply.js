/** One answer in the page: what its events change, and how it ends. */

import { announce, markTitle } from "./announce.js";
import { applyBlocks } from "./blocks.js";
import { showCitations } from "./citations.js";

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
  announce("Writing answer");
}

/** @param {HTMLElement} item @param {ServerEvent} event */
export function show(item, event) {
  const value = () => JSON.parse(event.data);
  if (event.event === "block") grow(item, value());
  else if (event.event === "citations") showCitations(part(item, ".citations"), value());
  else if (event.event === "error") part(item, ".ending").textContent = value().message;
  else if (event.event === "done") end(item, value().status);
}

/** @param {HTMLElement} item @param {import("./blocks.js").Block[]} blocks */
function grow(item, blocks) {
  if (item.dataset.status !== "writing") item.dataset.status = "writing";
  applyBlocks(part(item, ".blocks"), blocks);
}

/** @param {HTMLElement} item @param {string} status */
function end(item, status) {
  const ending = part(item, ".ending");
  item.dataset.status = status;
  rest(item);
  if (status !== "failed" || !ending.textContent?.trim()) ending.textContent = ENDINGS[status] ?? "";
  ending.hidden = !ending.textContent;
  announce(status === "failed" ? `${SPOKEN.failed}. ${ending.textContent}` : SPOKEN[status]);
  markTitle();
}

/** @param {HTMLElement} item is no longer being written, or can no longer be followed */
export function rest(item) {
  part(item, ".blocks").setAttribute("aria-busy", "false");
}

/** @param {HTMLElement} item @param {string} selector @returns {HTMLElement} */
function part(item, selector) {
  return /** @type {HTMLElement} */ (item.querySelector(selector));
}
