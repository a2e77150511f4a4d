/** Finds words of the article by how many letters stand before them, and marks them. */

/** Everything but white space, as chat/text/letters.py counts it. */
const LETTER = /[^ \t\n\r\f]/gu;

/** @param place the letters before the words and up to their end, as "120-157" */
export function rangeOf(prose, place) {
  const [start, end] = place.split("-").map(Number);
  const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
  const range = new Range();
  for (let before = 0; end > start && walker.nextNode(); ) {
    const node = walker.currentNode;
    const behind = before + (node.data.match(LETTER)?.length ?? 0);
    const letter = (number) => [...node.data.matchAll(LETTER)][number - before];
    if (before <= start && start < behind) range.setStart(node, letter(start).index);
    if (end <= behind) {
      const last = letter(end - 1);
      range.setEnd(node, last.index + last[0].length);
      return range;
    }
    before = behind;
  }
  return null;
}

/**
 * @param range is marked in the place of what was.
 * @returns whether words are marked now
 */
export function mark(range) {
  CSS.highlights?.delete("quoted");
  if (range) CSS.highlights?.set("quoted", new Highlight(range));
  return Boolean(range && CSS.highlights);
}
