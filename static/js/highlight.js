/** Finds words of the article by how many letters stand before them, and marks them. */

/** Everything but white space, as chat/text/letters.py counts it. */
const LETTER = /[^ \t\n\r\f]/gu;

export const letters = (text) => text.match(LETTER)?.length ?? 0;

/** @param place the letters before the words and up to their end, as "120-157" */
export function rangeOf(prose, place = "") {
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

/** Returns whether the range is marked now, in the place of what was */
export function mark(range) {
  CSS.highlights?.delete("quoted");
  if (range) CSS.highlights?.set("quoted", new Highlight(range));
  return range && CSS.highlights;
}
