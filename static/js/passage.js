/** Leads from a quotation to its words in the article beside it, without leaving the conversation. */

/** @param {HTMLElement} room */
export function setUpPassages(room) {
  room.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link?.closest(".messages") || !isPlain || !isBeside(link, room.dataset.article ?? "")) return;
    event.preventDefault();
    goTo(link.hash);
  });
}

/** @param {HTMLAnchorElement} link @param {string} slug @returns {boolean} whether this page shows what it leads to */
function isBeside(link, slug) {
  const article = document.getElementById("article");
  const revision = new URLSearchParams(link.search).get("revision");
  const isSamePath = link.origin === location.origin && decodeURI(link.pathname) === `/articles/${slug}/`;
  return isSamePath && link.hash !== "" && (!revision || revision === article?.dataset.revision);
}

/** @param {string} hash a section and the quoted words (a text fragment): the browser scrolls there and marks them */
function goTo(hash) {
  // A link, since setting location.hash to what it already is would not scroll again.
  const link = document.createElement("a");
  link.href = hash;
  link.click();
}
