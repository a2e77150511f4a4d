/** "Ask about this": words selected in the article go with the next question. */

import { form } from "./composer.js";
import { letters } from "./passage.js";

const NOTHING = { exact: "", place: "", revision: "", article: "" };
const attached = document.getElementById("attached");
const link = attached.querySelector("a");
let quote = NOTHING;
let timer;

function attach(chosen) {
  for (const name in chosen) form.elements[`quote_${name}`].value = chosen[name];
  link.href = `${chosen.article}?revision=${chosen.revision}`;
  link.dataset.place = chosen.place;
  link.textContent = chosen.exact;
  attached.hidden = !chosen.exact;
  quote = NOTHING;
}

function offer() {
  const button = document.querySelector(".ask-this");
  const prose = document.querySelector(".prose");
  const selection = getSelection();
  if (!button) return;
  if (selection.isCollapsed || !prose.contains(selection.anchorNode)) return (button.hidden = true);
  const range = selection.getRangeAt(0).cloneRange();
  const before = range.cloneRange();
  before.collapse(true);
  before.setStart(prose, 0);
  const start = letters(`${before}`);
  const exact = `${range}`.trim();
  const place = `${start}-${start + letters(exact)}`;
  const { revision, path: article } = prose.parentElement.dataset;
  if (place === quote.place) return (button.hidden = false);
  quote = { exact, place, revision, article };
  // Right behind the words, also for the keyboard.
  range.collapse();
  range.insertNode(button);
  button.hidden = !exact;
  button.style.marginLeft = 0;
  const right = (element) => element.getBoundingClientRect().right;
  button.style.marginLeft = `${Math.min(0, right(prose) - right(button))}px`;
  button.onmousedown = (event) => event.preventDefault(); // keeps the selection
  button.onclick = (event) => {
    event.preventDefault(); // it may stand in a link
    offer(); // more may have been selected since
    button.hidden = true;
    attach(quote);
    form.elements.message.focus();
  };
}

document.addEventListener("selectionchange", () => {
  clearTimeout(timer);
  timer = setTimeout(offer, 150);
});
addEventListener("keydown", (event) => {
  const button = document.querySelector(".ask-this:not([hidden])");
  // A click leaves the focus on the article: Tab would lead to its beginning.
  const isNext = event.key === "Tab" && !event.shiftKey && document.activeElement.matches("body, [tabindex='-1']");
  if (!button || !isNext) return;
  event.preventDefault();
  button.focus();
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
