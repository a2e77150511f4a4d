/** Leads from an answer to the article's own words beside it, and back. */

import { parse } from "./blocks.js";
import { mark, rangeOf } from "./highlight.js";
import { room } from "./scroll.js";

/** The links that were followed, each with the page's scroll and address */
const ways = [];

document.addEventListener("click", (event) => {
  const link = event.target.closest("a, .way-back");
  if (link?.matches(".way-back")) return goBack();
  const places = `.messages, .attached${room.dataset.conversation ? ", .article .note" : ""}`;
  const isHeld = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (isHeld || !link?.closest(places) || !link.href.startsWith(`${location.origin}/articles/`)) return;
  event.preventDefault();
  open(link);
});
addEventListener("popstate", () => ways.at(-1)?.address === location.href && goBack());

async function open(link) {
  const way = { link, scroll: scrollY, address: location.href };
  const beside = document.getElementById("article");
  const { path, revision } = beside?.dataset ?? {};
  const isBeside = link.pathname === path && `${link.search}&`.startsWith(`?revision=${revision}&`);
  ways.push(way);
  const article = isBeside ? beside : await load(link.href).catch(() => null);
  if (way !== ways.at(-1)) return; // another link was clicked meanwhile
  if (!article) return location.assign(link.href);
  if (!isBeside) put(article, link);
  show(article, link);
}

async function load(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(10_000) });
  return parse(await answer.text()).querySelector("#article");
}

/** Put the article into a page that may have had none. */
function put(article, link) {
  const pane = document.querySelector(".reading");
  pane.replaceChildren(article);
  pane.hidden = false;
  document.querySelector("aside h1")?.setAttribute("aria-level", "2");
  document.querySelector(".solo")?.classList.remove("solo");
  document.body.classList.add("beside");
  link.scrollIntoView({ block: "nearest" });
}

function show(article, link) {
  const prose = article.querySelector(".prose");
  const range = rangeOf(prose, link.dataset.place);
  // The browser itself finds the section, and the words that the address names.
  if (!mark(range)) return location.assign(link.hash || "#article");
  const [hash] = link.hash.split(":~:");
  // For the browser's own way back.
  if (location.hash === hash) history.pushState(null, "", hash);
  else location.hash = hash;
  const block = range.startContainer.parentElement.closest("p, li, td, th, pre, h2, h3, h4, h5, h6");
  block?.setAttribute("tabindex", "-1");
  block?.focus();
  const { top, bottom } = range.getBoundingClientRect();
  if (top < innerHeight * 0.15 || bottom > innerHeight * 0.8) scrollBy(0, top - innerHeight * 0.3);
  const button = article.querySelector(".way-back");
  [...prose.children].find((child) => child.contains(range.endContainer))?.after(button);
  button.hidden = false;
}

function goBack() {
  const { link, scroll } = ways.pop();
  document.querySelector(".way-back").hidden = true;
  scrollTo(0, scroll);
  // An answer that is being written makes its links anew.
  (link.isConnected ? link : document.getElementById("message")).focus();
}
