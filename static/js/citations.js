/** Lists the verified quotations of an answer, each once, from the page's template. */

/** @typedef {{ n: number, exact: string, section: string, url: string, verdict: string, place: string }} Citation */

/** Replace the list's items. */
export function showCitations(list, citations) {
  const template = document.getElementById("citation-template");
  const numbered = new Map(citations.filter(isShown).map((citation) => [citation.n, citation]));
  const items = [...numbered.values()].map((citation) => {
    const item = template.content.cloneNode(true);
    write(item, ".n", String(citation.n));
    write(item, ".exact", citation.exact);
    write(item, ".section", citation.section);
    const link = item.querySelector("a");
    link.setAttribute("href", citation.url);
    link.dataset.place = citation.place;
    return item;
  });
  list.replaceChildren(...items);
  list.toggleAttribute("hidden", items.length === 0);
}

/** Returns a quotation leads to an article of this site or nowhere */
function isShown(citation) {
  if (citation.verdict !== "verified") return false;
  return URL.canParse(citation.url, location.href) && new URL(citation.url, location.href).origin === location.origin;
}

function write(item, selector, text) {
  const place = item.querySelector(selector);
  if (place) place.textContent = text;
}
