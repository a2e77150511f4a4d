/** Brings a question to the top, once; then nothing moves until the reader wants to follow. */

const room = document.getElementById("conversation");
const list = document.getElementById("messages");
const latest = document.getElementById("latest");
let isFollowing = false;
/** where the pane was last, to see who moved it */
let place = 0;
let frame = 0;

/** @param answer is made so high that the question can be at the top */
export function showFromTop(question, answer) {
  for (const message of list.children) message.style.minHeight = "";
  answer.style.minHeight = `${innerHeight}px`;
  question.scrollIntoView();
  answer.style.minHeight = `${answer.offsetHeight - Math.max(0, beyond())}px`;
  latest.hidden = true;
  isFollowing = false;
  place = pane().scrollTop;
}

/** Begin at the newest question, unless another place was asked for. */
export function showNewest() {
  const question = [...list.querySelectorAll(".question")].at(-1);
  if (question?.nextElementSibling && !location.hash && pane() === room) {
    showFromTop(question, question.nextElementSibling);
  }
}

export function setUpLatest(box) {
  document.addEventListener("scroll", () => look(), { capture: true, passive: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "End" && !latest.hidden && !event.target.value) goToEnd(event);
  });
  latest.addEventListener("click", (event) => {
    goToEnd(event);
    box.focus({ preventScroll: true });
  });
  look();
}

export function grown() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    look(true);
  });
}

function look(hasGrown) {
  const { scrollTop } = pane();
  const missing = beyond();
  // Up by however little, and by whatever means: the reader reads.
  if (scrollTop < place - 1) isFollowing = false;
  else if (!latest.hidden && scrollTop > place + 1 && missing < 5) isFollowing = true;
  if (isFollowing && missing > 0) pane().scrollBy(0, missing);
  place = pane().scrollTop;
  latest.hidden = beyond() < 5 || !list.children.length;
  if (latest.hidden || hasGrown) latest.toggleAttribute("data-new", !latest.hidden);
}

function goToEnd(event) {
  event.preventDefault();
  isFollowing = true;
  look();
}

/** Pixels of the messages below the composer's upper edge. */
function beyond() {
  return list.getBoundingClientRect().bottom - latest.parentElement.getBoundingClientRect().top;
}

/** The conversation scrolls beside an article, else the page. */
function pane() {
  return getComputedStyle(room).overflowY === "auto" ? room : document.documentElement;
}
