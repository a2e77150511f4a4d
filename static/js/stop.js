/** The Stop button, which stands in the place of Ask while an answer is written, and Esc. */

import { announce, showProblem } from "./announce.js";
import { post, Rejected, rejection } from "./post.js";

/** the answer being written */
let current = null;

/** Returns whether an answer is being written */
export function isWriting() {
  return current !== null;
}

export function setUpStop(form) {
  form.querySelector(".stop")?.addEventListener("click", stop);
  document.addEventListener("keydown", (event) => {
    const isFree = !event.defaultPrevented && !event.isComposing && !document.querySelector("dialog[open], :popover-open");
    if (event.key === "Escape" && isFree) stop();
  });
}

/** Show Stop for this answer, or Ask again. */
export function offerStop(form, item) {
  current = item;
  const send = form.querySelector(".send");
  const button = form.querySelector(".stop");
  const [shown, hidden] = item ? [button, send] : [send, button];
  const hadFocus = document.activeElement === hidden;
  button.disabled = false;
  shown.hidden = false;
  hidden.hidden = true;
  if (hadFocus) shown.focus();
}

/** Ask the server to stop. The end comes as an event, like every other end. */
async function stop() {
  const address = current?.dataset.stop;
  if (!address) return;
  announce("Stopping");
  try {
    const answer = await post(address, "application/json");
    if (!answer.ok) throw await rejection(answer);
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    showProblem(error.message);
  }
}
