/** Says what happens: in the status line, the alert, and the tab's title. */

const READY = "● ";

/** Read out once; never per word of an answer. */
export const announce = (sentence) => say("status", sentence);

/** Visible until the next call. */
export const showProblem = (sentence) => say("problem", sentence);

function say(id, sentence) {
  const line = document.getElementById(id);
  if (line.textContent === sentence) return;
  // Shown first: what changes inside a hidden alert is not read out.
  line.hidden = id === "problem" && !sentence;
  line.textContent = sentence;
}

/** Mark the tab when an answer is ready and nobody is looking. */
export function markTitle() {
  if (document.hidden) document.title = READY + document.title.replace(READY, "");
}

document.addEventListener("visibilitychange", () => {
  document.title = document.title.replace(READY, "");
});
