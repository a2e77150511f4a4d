/** Shows on hover and focus what the number of a quotation stands for. */

const preview = document.getElementById("preview");
let shown;
let timer;
const isOpen = () => preview.matches(":popover-open");

function update() {
  const chip = document.querySelector(".blocks .chip:hover") ?? document.querySelector(".blocks .chip:focus-visible");
  if (chip === shown || preview.matches(":hover")) return;
  preview.hidePopover();
  shown = chip;
  if (!chip) return;
  const cited = [...chip.closest(".reply").querySelectorAll(".citation a")].find(({ href }) => href === chip.href);
  // The list comes with the end of the answer; until then the label is all that is known.
  const [, ...words] = cited?.cloneNode(true).children ?? [];
  preview.replaceChildren(cited?.dataset.title ?? chip.ariaLabel, ...words);
  preview.showPopover({ source: chip });
}

for (const type of ["pointerover", "focusin", "focusout", "taken"])
  addEventListener(type, () => {
    if (type === "taken" && isOpen()) shown = undefined;
    clearTimeout(timer);
    timer = setTimeout(update, 100);
  });
addEventListener("pointerdown", ({ target }) => {
  shown = target.closest(".chip");
  preview.hidePopover();
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !isOpen()) return;
  event.preventDefault(); // it stops no answer
  preview.hidePopover();
});
