/** Lists the verified quotations of an answer, each once, from the page's template. */

/** @typedef {{ n: number, exact: string, section: string, url: string, verdict: string, place: string }} Citation */

/**
 * Replace the list's items.
 * @param {Element} list
 * @param {Citation[]} citations
 */
export function showCitations(list, citations) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("citation-template"));
  const numbered = new Map(citations.filter(isShown).map((citation) => [citation.n, citation]));
  const items = [...numbered.values()].map((citation) => {
    const item = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    write(item, ".n", String(citation.n));
    write(item, ".exact", citation.exact);
    write(item, ".section", citation.section);
    const link = /** @type {HTMLElement} */ (item.querySelector("a"));
    link.setAttribute("href", citation.url);
    link.dataset.place = citation.place;
    return item;
  });
  list.replaceChildren(...items);
  list.toggleAttribute("hidden", items.length === 0);
}

/** @param {Citation} citation @returns {boolean} a quotation leads to an article of this site or nowhere */
function isShown(citation) {
  if (citation.verdict !== "verified") return false;
  return URL.canParse(citation.url, location.href) && new URL(citation.url, location.href).origin === location.origin;
}

/** @param {DocumentFragment} item @param {string} selector @param {string} text */
function write(item, selector, text) {
  const place = item.querySelector(selector);
  if (place) place.textContent = text;
}
