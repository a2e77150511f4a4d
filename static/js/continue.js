/** Continue: has an answer that broke off written to its end. */

import { showProblem } from "./announce.js";
import { post, Rejected, rejection } from "./post.js";

/** @param go follows the answer from where it broke off */
export function setUpContinue(room, go) {
  room.addEventListener("submit", (event) => {
    const form = event.target;
    const item = form.closest(".continue")?.closest(".reply");
    if (!item) return;
    event.preventDefault();
    void askToContinue(form, () => go(item));
  });
}

async function askToContinue(form, go) {
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await post(form.action, "application/json");
    if (!answer.ok) throw await rejection(answer);
    showProblem("");
    go();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    showProblem(error.message);
  } finally {
    button.disabled = false;
  }
}

export function offerContinue(item, is_offered) {
  item.querySelector(".continue").hidden = !is_offered;
}
