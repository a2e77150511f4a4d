/** Leads from an answer to the article's own words beside it, and back. */

import { parse } from "./blocks.js";
import { byId, room } from "./scroll.js";

/** Everything but white space, as chat/text/letters.py counts it. */
const LETTER = /[^ \t\n\r\f]/gu;
const ways = [];

export const letters = (text) => text.match(LETTER)?.length ?? 0;

addEventListener("click", (event) => {
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
  const beside = byId("article");
  const { path, revision } = beside?.dataset ?? {};
  const isBeside = link.pathname === path && `${link.search}&`.startsWith(`?revision=${revision}&`);
  ways.push(way);
  const article = isBeside ? beside : await load(link.href).catch(() => null);
  if (way !== ways.at(-1)) return; // another link was clicked meanwhile
  if (!article) return location.assign(link.href);
  if (!isBeside) {
    const pane = document.querySelector(".reading");
    pane.replaceChildren(article);
    // The page may have had none.
    pane.hidden = false;
    document.querySelector("aside h1")?.setAttribute("aria-level", "2");
    document.querySelector(".solo")?.classList.remove("solo");
    document.body.classList.add("beside");
    link.scrollIntoView({ block: "nearest" });
  }
  show(article, link);
}

async function load(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(10_000) });
  return parse(await answer.text()).querySelector("#article");
}

function show(article, link) {
  const prose = article.querySelector(".prose");
  const range = rangeOf(prose, link.dataset.place);
  CSS.highlights?.delete("quoted");
  // The browser itself finds the section, and the words that the address names.
  if (!range || !CSS.highlights) return location.assign(link.hash || "#article");
  CSS.highlights.set("quoted", new Highlight(range));
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
  (link.isConnected ? link : byId("message")).focus();
}

/** @param place the letters before the words and up to their end, as "120-157" */
function rangeOf(prose, place = "") {
  const [start, end] = place.split("-");
  const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
  const range = new Range();
  for (let before = 0; +end && walker.nextNode(); ) {
    const { currentNode: node } = walker;
    const behind = before + letters(node.data);
    const letter = (number) => [...node.data.matchAll(LETTER)][number - before];
    if (before <= start && start < behind) range.setStart(node, letter(start).index);
    if (end <= behind) {
      const last = letter(end - 1);
      range.setEnd(node, last.index + last[0].length);
      return range;
    }
    before = behind;
  }
}
