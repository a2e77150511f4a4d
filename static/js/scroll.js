/** Brings a question to the top; then nothing moves until the reader wants to follow. */

export const byId = (id) => document.getElementById(id);
export const room = byId("conversation");
export const list = byId("messages");
const latest = byId("latest");
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
  const answer = question?.nextElementSibling;
  if (answer && !location.hash && pane() === room) showFromTop(question, answer);
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
  // Up by however little: the reader reads.
  if (scrollTop < place - 1) isFollowing = false;
  else if (!latest.hidden && scrollTop > place + 1 && missing < 5) isFollowing = true;
  if (isFollowing && missing > 0) pane().scrollBy(0, missing);
  place = pane().scrollTop;
  latest.hidden = beyond() < 5 || !list.children.length;
  if (latest.hidden || hasGrown) latest.toggleAttribute("data-new", !latest.hidden);
}

function goToEnd() {
  isFollowing = true;
  look();
}

/** Pixels of the messages below the composer's upper edge. */
const beyond = () => list.getBoundingClientRect().bottom - latest.parentElement.getBoundingClientRect().top;

/** The conversation scrolls beside an article, else the page. */
const pane = () => (getComputedStyle(room).overflowY === "auto" ? room : document.documentElement);

addEventListener("scroll", () => look(), true);
addEventListener("keydown", (event) => {
  if (event.key !== "End" || latest.hidden || event.target.value) return;
  event.preventDefault();
  goToEnd();
});
latest.onclick = () => {
  goToEnd();
  byId("message").focus({ preventScroll: true });
};
look();
