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

/** Returns whether words are marked now, in the place of what was */
export function mark(name, ...ranges) {
  const found = ranges.filter(Boolean);
  CSS.highlights?.set(name, new Highlight(...found));
  return CSS.highlights && found.length > 0;
}

/** Put a button behind the block where the range ends. It has no text, which would count as the article's. */
export function putBehind(range, prose, button) {
  [...prose.children].find((block) => block.contains(range.endContainer))?.after(button);
  button.hidden = false;
}

/** Put the links to earlier questions beside their passages. */
export function showMarks() {
  const list = document.querySelector(".asked-here");
  if (!list) return;
  const prose = document.querySelector(".prose");
  const ranges = [...list.children].map((item) => rangeOf(prose, item.firstChild.dataset.place));
  mark("asked", ...ranges);
  new ResizeObserver(() => {
    let free = list.getBoundingClientRect().top;
    const begin = free;
    ranges.forEach((range, number) => {
      free = Math.max(free, range?.getBoundingClientRect().top ?? 0);
      list.children[number].style.top = `${free - begin}px`;
      free += 28;
    });
  }).observe(prose);
}
