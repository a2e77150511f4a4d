/** Lists the verified quotations of an answer, each once. */

export function showCitations(list, citations) {
  const { content } = document.getElementById("citation-template");
  const items = new Map();
  for (const citation of citations.filter(isShown)) {
    const item = content.cloneNode(true);
    for (const part of ["n", "exact", "section"]) item.querySelector(`.${part}`).textContent = citation[part];
    const link = item.querySelector("a");
    link.setAttribute("href", citation.url);
    Object.assign(link.dataset, { place: citation.place, title: citation.title });
    items.set(citation.n, item);
  }
  list.replaceChildren(...items.values());
}

/** A quotation leads to an article of this site or nowhere. */
const isShown = ({ verdict, url }) => verdict === "verified" && URL.parse(url, location)?.origin === location.origin;
