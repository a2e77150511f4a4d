/** "Ask about this": words selected in the article go with the next question. */

import { letters } from "./highlight.js";

const NOTHING = { exact: "", place: "", revision: "", article: "" };

export function setUpSelection(form) {
  const attached = document.getElementById("attached");
  const link = attached.querySelector("a");
  let timer;

  function attach(quote) {
    for (const name in quote) form.elements[`quote_${name}`].value = quote[name];
    link.href = `${quote.article}?revision=${quote.revision}`;
    link.dataset.place = quote.place;
    link.textContent = quote.exact;
    attached.hidden = !quote.exact;
  }

  function offer() {
    const button = document.querySelector(".ask-this");
    const prose = document.querySelector(".prose");
    const selection = getSelection();
    if (button) button.hidden = true;
    if (selection.isCollapsed || !prose?.contains(selection.anchorNode)) return;
    const range = selection.getRangeAt(0).cloneRange();
    const before = new Range();
    before.setStart(prose, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const start = letters(`${before}`);
    const exact = `${range}`.trim();
    const { revision, path: article } = prose.parentElement.dataset;
    button.onclick = () => {
      attach({ exact, place: `${start}-${start + letters(exact)}`, revision, article });
      button.hidden = true;
      form.elements.message.focus();
    };
    // Right behind the words, also for the keyboard; it has no text that would count as the article's.
    range.collapse();
    range.insertNode(button);
    button.hidden = !exact;
  }

  document.addEventListener("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(offer, 150);
  });
  attached.onclick = attached.onkeydown = ({ target, key = "Delete" }) => {
    if (!target.matches("button") || !/^(Delete|Backspace)$/.test(key)) return;
    attach(NOTHING);
    form.elements.message.focus();
  };
  form.addEventListener("asked", () => {
    if (!attached.hidden) [...document.querySelectorAll(".question > .words")].at(-1)?.before(link.cloneNode(true));
    attach(NOTHING);
  });
}
