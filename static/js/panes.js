/** Article and conversation side by side: a divider that moves, and buttons that fold either of them away. */

const LEAST = 25;
const MOST = 60;
const STEPS = { ArrowLeft: 2, ArrowRight: -2, Home: -100, End: 100 };
const root = document.documentElement;
let buttons = [];
let place = 0;

/** Fold that pane away ("": neither). An article that comes back is where it was. */
export function fold(name) {
  if (name === "article") place = scrollY;
  const isBack = root.dataset.fold === "article" && name !== "article";
  if (name) root.dataset.fold = name;
  else delete root.dataset.fold;
  if (isBack) scrollTo(0, place);
  for (const button of buttons) button.ariaExpanded = String(button.name !== name);
}

function makeButton(name) {
  const button = make("button", { name, textContent: name[0].toUpperCase() + name.slice(1), ariaExpanded: "true" });
  button.setAttribute("aria-controls", name);
  button.onclick = () => fold(root.dataset.fold === name ? "" : name);
  return button;
}

function makeDivider() {
  const divider = make("div", { className: "divider", tabIndex: 0, role: "separator", ariaOrientation: "vertical" });
  Object.assign(divider, { ariaLabel: "Width of the conversation", ariaValueMin: LEAST, ariaValueMax: MOST });
  const isMirrored = () => getComputedStyle(root).direction === "rtl";
  const move = (share) => {
    divider.ariaValueNow = Math.min(MOST, Math.max(LEAST, Math.round(share)));
    root.style.setProperty("--share", divider.ariaValueNow);
  };
  // The server puts it into the next page, so that nothing moves there.
  const keep = () => {
    document.cookie = `share=${divider.ariaValueNow}; path=/; max-age=31536000; samesite=lax`;
  };
  divider.ariaValueNow = root.dataset.share ?? "34";
  divider.onpointerdown = ({ pointerId }) => divider.setPointerCapture(pointerId);
  divider.onpointermove = ({ pointerId, clientX }) => {
    if (!divider.hasPointerCapture(pointerId)) return;
    move(((isMirrored() ? clientX : innerWidth - clientX) / innerWidth) * 100);
  };
  divider.onlostpointercapture = keep;
  divider.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    move(Number(divider.ariaValueNow) + (isMirrored() && event.key.startsWith("A") ? -step : step));
    keep();
  };
  return divider;
}

function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

buttons = ["article", "conversation"].map(makeButton);
const group = make("div", { className: "choice panes", role: "group", ariaLabel: "Panes" });
group.append(...buttons);
document.querySelector(".site-head nav")?.before(group);
document.getElementById("conversation")?.prepend(makeDivider());
// A quotation is shown in the article, also when that is folded away.
addEventListener("click", ({ target }) => {
  if (root.dataset.fold === "article" && target.closest?.(".messages a")) fold("");
}, true);
