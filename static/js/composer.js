/** The box one writes a question in: its keys, limit, draft, and sending. */

import { announce, showProblem } from "./announce.js";
import { byId, room } from "./scroll.js";

export const form = byId("composer");
const { message: box, key, edit, parent } = form.elements;
const editing = byId("editing");
const stop = form.querySelector(".stop");
const limit = byId("limit");
let isSending = false;
/** may be stored already: its key is for these words only */
let uncertain;

/** There Enter makes a line, and focus would open the keyboard. */
const isTouch = () => matchMedia("(pointer: coarse)").matches;

box.onkeydown = (event) => {
  // Safari ends a composition before the Enter that confirms it; only 229 is left then.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  if (isTouch() && !event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  if (!event.repeat && box.value.trim()) form.requestSubmit();
};
box.oninput = measure;

/** Tell the length near the limit; what is too long keeps its text, and is not sent. */
function measure() {
  const { length } = [...box.value];
  const surplus = length - box.dataset.limit;
  limit.hidden = length < box.dataset.limit * 0.9;
  limit.textContent = `${length} of ${box.dataset.limit} characters${surplus > 0 ? `: ${surplus} too many` : ""}`;
  box.setCustomValidity(surplus > 0 ? limit.textContent : "");
}

export function setUpComposer(ask) {
  room.addEventListener("submit", (event) => {
    if (event.target.matches("#composer, .questions")) send(event, ask);
  });
  box.addEventListener("input", () => edit.value || draft(box.value));
  box.addEventListener("keydown", (event) => {
    const button = event.key === "ArrowUp" && !box.value && [...room.querySelectorAll(".question [name=edit]")].at(-1);
    const way = button || (event.key === "Escape" && edit.value && editing.querySelector("a"));
    if (!way) return;
    event.preventDefault();
    way.click();
  });
  addEventListener("keydown", (event) => {
    const isTaken = event.defaultPrevented || event.isComposing || document.querySelector("dialog[open], :popover-open");
    if (event.key === "Escape" && !isTaken && !stop.hidden) stop.click();
  });
  addEventListener("storage", () => edit.value || isSending || write(draft()));
  if (!box.value) write(draft());
  if (room.closest("main") && !isTouch()) box.focus({ preventScroll: true });
}

async function send(event, ask) {
  event.preventDefault();
  const isOwn = event.target === form;
  const question = read(new FormData(event.target, event.submitter));
  const text = question.message;
  if (isSending || !text?.trim()) return;
  if (!stop.hidden) return announce("Wait until it is complete, or stop it.");
  if (uncertain && uncertain !== text) key.value = newKey();
  isSending = true;
  const page = location.pathname;
  if (isOwn) write("");
  if (!isTouch()) box.focus({ preventScroll: true });
  try {
    await ask({ ...question, key: key.value });
    uncertain = "";
    key.value = newKey();
    edit.value = parent.value = "";
    editing.hidden = true;
    draft("", page);
    draft(box.value);
    if (isOwn) form.dispatchEvent(new CustomEvent("asked"));
  } catch (error) {
    const { status, message } = error;
    // Not Rejected, but a mistake.
    if (status === undefined) throw error;
    // The same words with the same key are one question to the server.
    if (!status) uncertain = text;
    write(isOwn && box.value ? `${text}\n${box.value}` : box.value || text);
    // The form itself keeps the question, leads to the login and back.
    if (status === 401) form.submit();
    else showProblem(message);
  } finally {
    isSending = false;
  }
}

function write(text) {
  box.value = text;
  measure();
}

/** Keep a text for a page, or return it; a browser may forbid that. */
function draft(text, page = location.pathname) {
  const name = `draft ${room.dataset.reader} ${page}`;
  try {
    if (text) localStorage[name] = text;
    else if (text === "") delete localStorage[name];
    return localStorage[name] ?? "";
  } catch {
    return "";
  }
}

function read(data) {
  const question = {};
  for (const [name, value] of data) {
    if (name.startsWith("quote_")) (question.quote ??= {})[name.slice(6)] = value;
    else if (value) question[name] = value;
  }
  if (!question.quote?.exact) delete question.quote;
  return question;
}

/** crypto.randomUUID() is there over https only. */
const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => (byte % 16).toString(16)).join("");
