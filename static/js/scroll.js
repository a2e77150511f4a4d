/** Brings a question to the top of its pane, once; the answer then grows below and moves nothing. */

/** @param answer is made so high that the question can be at the top */
export function showFromTop(question, answer) {
  const list = question.parentElement;
  for (const message of list.children) if (message instanceof HTMLElement) message.style.minHeight = "";
  const pane = paneOf(question);
  const edge = isPage(pane) ? 0 : pane.getBoundingClientRect().top;
  const distance = question.getBoundingClientRect().top - edge - roomAbove(question, pane);
  const missing = distance - (pane.scrollHeight - pane.clientHeight - pane.scrollTop);
  // A short list is stretched to the composer: that room is used up before the pane begins to scroll.
  const unused = list.getBoundingClientRect().bottom - answer.getBoundingClientRect().bottom;
  if (missing > 0) answer.style.minHeight = `${answer.offsetHeight + unused + missing}px`;
  pane.scrollBy(0, distance);
}

/** @param room begins at its newest question, where its pane is its own and no other place was asked for */
export function showNewest(room) {
  const [question] = [...room.querySelectorAll(".question")].slice(-1);
  const answer = question?.nextElementSibling;
  if (!(question instanceof HTMLElement) || !(answer instanceof HTMLElement)) return;
  if (!location.hash && !isPage(paneOf(question))) showFromTop(question, answer);
}

/** Returns pixels that the style sheet keeps free, for a header */
function roomAbove(element, pane) {
  const margin = parseFloat(getComputedStyle(element).scrollMarginTop) || 0;
  return margin + (parseFloat(getComputedStyle(pane).scrollPaddingTop) || 0);
}

/** Returns the nearest ancestor that scrolls by itself, else the page */
function paneOf(element) {
  for (let pane = element.parentElement; pane && pane !== document.body; pane = pane.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(pane).overflowY)) return pane;
  }
  return document.documentElement;
}

function isPage(pane) {
  return pane === document.documentElement;
}
