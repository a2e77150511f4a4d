/** Copies an answer, as Markdown and as rich text, or the code of a block. */

import { announce, showProblem } from "./announce.js";

export function setUpCopy(room) {
  room.addEventListener("click", (event) => {
    const button = event.target.closest(".copy");
    // Without a clipboard the button leads to the text.
    if (!button || !navigator.clipboard) return;
    event.preventDefault();
    const code = button.closest("figure")?.querySelector("code");
    (code ? navigator.clipboard.writeText(code.textContent) : copyAnswer(button)).then(
      () => tell(button),
      () => showProblem("It could not be copied. Please try again."),
    );
  });
}

function copyAnswer(button) {
  const plain = fetch(button.formAction).then(async (answer) => {
    if (!answer.ok) throw answer;
    return new Blob([await answer.text()], { type: "text/plain" });
  });
  const blocks = button.closest(".reply").querySelector(".blocks").cloneNode(true);
  for (const link of blocks.querySelectorAll("a")) link.setAttribute("href", link.href);
  for (const other of blocks.querySelectorAll("button")) other.remove();
  const html = new Blob([blocks.innerHTML], { type: "text/html" });
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": plain, "text/html": html })]);
}

function tell(button) {
  announce("");
  announce("Copied");
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 2000);
}
