/** The box one writes a question in: its keys, and sending without leaving the page. */

import { announce, showProblem } from "./announce.js";
import { Rejected } from "./post.js";
import { isWriting } from "./stop.js";

/** Returns on a touch screen Enter makes a line, and focus would open the keyboard */
const isTouch = () => matchMedia("(pointer: coarse)").matches;

/** Send with Enter; also without the rest of this module, where the form goes to the server by itself. */
export function setUpKeys(form) {
  const box = boxOf(form);
  box.addEventListener("keydown", (event) => {
    // Safari ends a composition before the Enter that confirms it; 229 is what is left to recognise it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (isTouch() && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    if (!event.repeat && box.value.trim()) form.requestSubmit();
  });
}

/**
 * Send through `ask` instead of the form's own way. The text stays in the box until it is accepted.
 * @param room holds buttons with questions one could ask, now or later
 * @param ask resolves when the question is stored
 */
export function setUpComposer(form, room, ask) {
  const box = boxOf(form);
  const key = form.elements.namedItem("key");
  let isSending = false;
  /** what may have been stored without our knowing: its key is for these words only */
  let uncertain = null;

  async function send(event, text) {
    event.preventDefault();
    if (isSending || !text.trim()) return;
    if (isWriting()) return announce("Wait until the answer is complete, or stop it.");
    if (uncertain !== null && uncertain !== text) key.value = newKey();
    isSending = true;
    if (!isTouch()) box.focus();
    try {
      await ask(text, key.value);
      uncertain = null;
      key.value = newKey();
      clear(box, text);
    } catch (error) {
      // The same words sent again with the same key are the same question: the server stores it once.
      if (error instanceof Rejected && error.status === 0) uncertain = text;
      box.value ||= text;
      refuse(form, error);
    } finally {
      isSending = false;
    }
  }

  form.addEventListener("submit", (event) => send(event, box.value));
  room.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (target.matches(".questions")) send(event, submitter?.getAttribute("value") ?? "");
  });
}

function boxOf(form) {
  return form.elements.namedItem("message");
}

/** @param sent what was written meanwhile stays */
function clear(box, sent) {
  if (box.value.startsWith(sent)) box.value = box.value.slice(sent.length).trimStart();
}

function refuse(form, error) {
  if (!(error instanceof Rejected)) throw error;
  // Not logged in: the form itself keeps the question, leads to the login and back.
  if (error.status === 401) form.submit();
  else showProblem(error.message);
}

/** Returns a random UUID; browsers offer their own only over https and on localhost */
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
