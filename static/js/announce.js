/** Says what happens: to screen readers in one status line, to everyone in the alert and in the tab's title. */

const READY = "\u25cf ";

/** @param sentence is read out once; never called per word of an answer */
export function announce(sentence) {
  const status = document.getElementById("status");
  if (status && status.textContent !== sentence) status.textContent = sentence;
}

/** @param sentence stays visible until the next call; empty takes it away */
export function showProblem(sentence) {
  const problem = document.getElementById("problem");
  if (!problem || problem.textContent === sentence) return;
  // Shown first: what changes inside a hidden alert is not read out.
  problem.hidden = sentence === "";
  problem.textContent = sentence;
}

/** Mark the tab when an answer is ready and nobody is looking. */
export function markTitle() {
  if (document.hidden && !document.title.startsWith(READY)) document.title = READY + document.title;
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && document.title.startsWith(READY)) document.title = document.title.slice(READY.length);
});
