/** Article and conversation side by side: a divider, and buttons that fold either of them away. */

const root = document.documentElement;
const divider = document.querySelector(".divider");
const panes = document.querySelector(".panes");
let share = Number(divider.ariaValueNow);

/** Move the divider to the left, in hundredths of the window's width. */
function move(distance) {
  const isMirrored = divider.parentElement.getBoundingClientRect().left <= 0;
  share = Math.min(60, Math.max(25, share + (isMirrored ? -distance : distance)));
  divider.ariaValueNow = Math.round(share);
  root.style.setProperty("--share", share);
  // The server puts it into the next page: nothing moves there.
  document.cookie = `pane=${divider.ariaValueNow};path=/;max-age=31536000;samesite=lax`;
}

/** Fold that pane away ("": neither). */
function fold(name) {
  root.dataset.fold = name;
  for (const button of panes.children) button.ariaExpanded = button.name !== name;
}

divider.onpointerdown = ({ pointerId }) => divider.setPointerCapture(pointerId);
divider.onpointermove = ({ pointerId, movementX }) => {
  if (divider.hasPointerCapture(pointerId)) move((-100 * movementX) / innerWidth);
};
divider.onkeydown = ({ key }) => move({ ArrowLeft: 2, ArrowRight: -2 }[key] ?? 0);
panes.onclick = ({ target: { name } }) => name && fold(root.dataset.fold === name ? "" : name);
panes.hidden = divider.hidden = false;
// A quotation is shown in the article, also when that was folded away.
addEventListener("click", ({ target }) => target.closest(".messages a") && fold(""), true);
