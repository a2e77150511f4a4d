/** Leads from an answer to the article's own words beside it, without leaving the conversation. */

import { parse } from "./blocks.js";
import { mark, rangeOf } from "./highlight.js";

/** Clicked last; of two articles on their way its own is shown */
let latest = null;

export function setUpPassages(room) {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const places = room.dataset.conversation ? ".messages, .article .note" : ".messages";
    if (!link?.closest(places) || !isPlain || link.origin !== location.origin) return;
    if (!/^\/articles\/[^/]+\/$/.test(link.pathname)) return;
    event.preventDefault();
    void open(link);
  });
}

async function open(link) {
  latest = link;
  const article = shown(link) ?? (await load(link.href).catch(() => null));
  if (latest !== link) return;
  if (!article) return location.assign(link.href);
  if (!article.isConnected) put(article, link);
  show(article, link);
}

/** Returns the article beside, if that is what the link leads to */
function shown(link) {
  const article = document.getElementById("article");
  if (!article || article.contains(link) || link.pathname !== article.dataset.path) return null;
  const revision = new URLSearchParams(link.search).get("revision");
  return !revision || revision === article.dataset.revision ? article : null;
}

/** Returns the article out of that page */
async function load(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(10_000) });
  return answer.ok ? parse(await answer.text()).querySelector("#article") : null;
}

/** @param article takes its place in a page that may have had none */
function put(article, link) {
  const pane = document.querySelector(".reading");
  if (pane.matches("aside")) article.querySelector("h1")?.setAttribute("aria-level", "2");
  pane.replaceChildren(article);
  pane.hidden = false;
  document.querySelector(".solo")?.classList.remove("solo");
  document.body.classList.add("beside");
  link.scrollIntoView({ block: "nearest" });
}

function show(article, link) {
  article.querySelector(".way-back")?.remove(); // its letters are not the article's
  const prose = article.querySelector(".prose");
  const range = rangeOf(prose, link.dataset.place ?? "");
  if (!mark(range) || !range) return goTo(link.hash || "#article");
  // Into the history: the browser's own way back leads to the answer as well.
  [location.hash] = link.hash.split(":~:");
  const block = range.startContainer.parentElement?.closest("p, li, td, th, pre, h1, h2, h3, h4, h5, h6");
  block?.setAttribute("tabindex", "-1");
  block?.focus();
  const { top, bottom } = range.getBoundingClientRect();
  if (top < innerHeight * 0.15 || bottom > innerHeight * 0.8) scrollBy(0, top - innerHeight * 0.3);
  [...prose.children].find((child) => child.contains(range.endContainer))?.after(wayBack(link));
}

function wayBack(link) {
  const button = document.createElement("button");
  button.className = "button quiet way-back";
  button.textContent = "Back to the answer";
  button.onclick = () => {
    button.remove();
    // While an answer is being written, its links may have been made anew.
    (link.isConnected ? link : document.getElementById("message"))?.focus();
  };
  return button;
}

/** @param hash a section, and words (a text fragment): the browser scrolls there and marks them */
function goTo(hash) {
  // A link, since setting location.hash to what it already is would not scroll again.
  const link = document.createElement("a");
  link.href = hash;
  link.click();
}
