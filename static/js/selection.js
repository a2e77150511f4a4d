/** "Ask about this": words selected in the article go with the next question. */

import { letters, putBehind } from "./highlight.js";

const MAX_CHARS = 2000;

export function setUpSelection(form) {
  const attached = document.getElementById("attached");
  const link = attached.querySelector("a");
  let timer;

  function attach(exact, place = "", { path = "", revision = "" } = {}) {
    const quote = { exact, place, revision, article: decodeURI(path).split("/")[2] ?? "" };
    for (const name in quote) form.elements[`quote_${name}`].value = quote[name];
    link.textContent = exact;
    link.href = `${path}?revision=${revision}`;
    link.dataset.place = place;
    attached.hidden = !exact;
  }

  function offer() {
    const prose = document.querySelector(".prose");
    const selection = getSelection();
    if (!prose || document.activeElement.matches(".ask-this")) return;
    const button = document.querySelector(".ask-this");
    const range = selection.rangeCount ? selection.getRangeAt(0).cloneRange() : new Range();
    const before = new Range();
    button.hidden = true;
    if (!prose.contains(range.startContainer)) return;
    if (!prose.contains(range.endContainer)) range.setEnd(prose, prose.childNodes.length);
    const exact = range.toString().trim();
    if (!exact || exact.length > MAX_CHARS) return;
    before.setStart(prose, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const start = letters(before.toString());
    // Behind the words for the keyboard, and below them for the eye.
    putBehind(range, prose, button);
    const { bottom, left } = range.getBoundingClientRect();
    const page = button.offsetParent.getBoundingClientRect();
    button.style.top = `${bottom - page.top + 6}px`;
    button.style.left = `${Math.min(left - page.left, page.width - button.offsetWidth)}px`;
    button.onclick = () => {
      button.hidden = true;
      attach(exact, `${start}-${start + letters(exact)}`, document.getElementById("article").dataset);
      form.elements.message.focus();
    };
  }

  document.addEventListener("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(offer, 150);
  });
  for (const type of ["click", "keydown"])
    attached.addEventListener(type, ({ target, key }) => {
      if (!target.matches("button") || (key && key !== "Backspace" && key !== "Delete")) return;
      attach("");
      form.elements.message.focus();
    });
  form.addEventListener("asked", () => {
    if (!attached.hidden) [...document.querySelectorAll(".question > .words")].at(-1)?.before(link.cloneNode(true));
    attach("");
  });
}
