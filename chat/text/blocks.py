"""Turn an answer into numbered blocks of HTML while it is being written."""

from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from chat.text.clean import Cleaner
from chat.text.code import is_open_fence
from chat.text.formulas import without_open_formula
from chat.text.insets import Inset, with_insets, with_signs
from chat.text.markdown import answer_tokens_html
from chat.text.parser import answer_parser
from chat.text.unfinished import presentable, presentable_code

# A block is rendered again when it has grown by this part of itself: a piece at a time up to a few hundred characters,
# and a list of 6 KB every 100 characters. Rendering a block of any length then costs this many times its length.
_GROWTH = 64
# Other blocks (lists, quotations, code) may go on behind an empty line.
_ENDED_BY_EMPTY_LINE = ("paragraph_open", "heading_open", "hr")


class Blocks:
    """Render a text that arrives in pieces as blocks, each replaced by its number whenever it changed.

    A block is final when the next one has begun on a complete line, or when an empty line has ended it; only what
    follows the last final block is rendered again. The blocks at the end never depend on how the text was cut into
    pieces.

    Insets come with the piece that ends at their place, or with a later one that does not end their block.
    """

    def __init__(self) -> None:
        self._cleaner = Cleaner()
        self._tail = ""  # the source of the blocks that are not final
        self._rendered = 0  # length of the tail when it was last rendered
        self._complete = 0  # length of the complete lines of the tail when they were last parsed
        self._last: _Block | None = None  # the last block of those lines
        self._source = ""  # what of the tail was last shown
        self._insets: list[Inset] = []
        self._offset = 0  # where the tail begins in the text
        self._is_stale = False  # an inset came after its block was shown
        self._final = 0  # number of final blocks
        self._shown: dict[int, str] = {}  # HTML of the blocks that are not final

    def feed(self, piece: str, insets: Sequence[Inset] = ()) -> list[tuple[int, str]]:
        """Take the next piece; return the blocks that are new or changed, as (index from 0, HTML)."""
        self._tail += self._cleaner.decode(piece)
        self._insets += insets
        self._is_stale |= bool(insets)
        if not self._is_stale and len(self._tail) - self._rendered < max(1, len(self._tail) // _GROWTH):
            return []
        changed = self._finalize()
        self._rendered = len(self._tail)
        presentable_tail = self._presentable()
        if presentable_tail != self._source or self._is_stale:
            changed |= self._show(presentable_tail)
        return sorted(changed.items())

    def finish(self) -> list[tuple[int, str]]:
        """Return the blocks that changed because nothing follows; the text has ended."""
        self._tail += self._cleaner.flush()
        changed = self._finalize()
        changed |= self._show(self._tail)
        return sorted(changed.items())

    @property
    def final(self) -> int:
        """The number of blocks, from the first one, that will not change any more."""
        return self._final

    def _finalize(self) -> dict[int, str]:
        """Render and let go of every block that a later one has ended on a complete line; return the changed ones."""
        complete = _complete_lines(self._tail)
        if len(complete) == self._complete:
            return {}
        blocks = self._split(complete)
        is_last_open = not (blocks and complete.endswith("\n\n") and blocks[-1].tokens[0].type in _ENDED_BY_EMPTY_LINE)
        ended = blocks[:-1] if is_last_open else blocks
        changed = self._replace([self._html(block) for block in ended])
        self._final += len(ended)
        self._shown = {index: html for index, html in self._shown.items() if index >= self._final}
        self._last = blocks[-1] if blocks and is_last_open else None
        if ended:
            rest = _from_line(self._tail, blocks[-1].first_line) if is_last_open else self._tail[len(complete) :]
            self._offset += len(self._tail) - len(rest)
            self._tail = rest
        self._complete = len(_complete_lines(self._tail))
        return changed

    def _presentable(self) -> str:
        """Return the tail without what its last line, or a table header before that, may still turn into."""
        complete, line = self._tail[: self._complete], self._tail[self._complete :]
        if self._last and is_open_fence(self._last.tokens[0]):
            return complete + presentable_code(line)
        certain = without_open_formula(self._tail)
        complete, line = certain[: self._complete], certain[self._complete :]
        if complete.endswith("\n\n"):
            return complete + presentable(line)
        if self._last and self._last.tokens[0].type == "table_open":
            return complete
        *_, previous = complete.rstrip("\n").rpartition("\n")
        if previous.lstrip().startswith("|"):
            return complete[: -len(previous) - 1]
        return complete + presentable(line)

    def _show(self, source: str) -> dict[int, str]:
        self._source, self._is_stale = source, False
        return self._replace([self._html(block) for block in self._split(source)])

    def _split(self, source: str) -> "list[_Block]":
        """Parse what the tail begins with into blocks; signs in it show where insets belong."""
        return _split(with_signs(source, self._insets, self._offset))

    def _html(self, block: "_Block") -> str:
        return with_insets(block.html(), self._insets)

    def _replace(self, rendered: list[str]) -> dict[int, str]:
        """Remember the HTML of the blocks after the final ones; return those that differ from before."""
        numbered = dict(enumerate(rendered, start=self._final))
        changed = {index: html for index, html in numbered.items() if self._shown.get(index) != html}
        self._shown |= changed
        return changed


def blocks_of(text: str, is_finished: bool = True, insets: Sequence[Inset] = ()) -> list[str]:
    """Return the blocks of a text; the position in the list is the index.

    An unfinished text is shown as far as it is decided: exactly what one sees who followed it up to here.
    """
    if is_finished:
        cleaner = Cleaner()
        source = with_signs(cleaner.decode(text) + cleaner.flush(), insets, 0)
        return [with_insets(block.html(), insets) for block in _split(source)]
    rendered = dict(Blocks().feed(text, insets))
    return [rendered[index] for index in sorted(rendered)]


@dataclass(frozen=True)
class _Block:
    """A top-level block of Markdown, and the line of its source on which it begins."""

    first_line: int
    tokens: list[Token]

    def html(self) -> str:
        return answer_tokens_html(self.tokens)


def _split(source: str) -> list[_Block]:
    """Parse the source into its top-level blocks."""
    blocks: list[_Block] = []
    for token in answer_parser().parse(source):
        if token.level == 0 and token.nesting >= 0 and token.map:
            blocks.append(_Block(token.map[0], []))
        blocks[-1].tokens.append(token)
    return blocks


def _complete_lines(source: str) -> str:
    return source[: source.rfind("\n") + 1]


def _from_line(source: str, number: int) -> str:
    """Return the source from the line with this number (from 0) on."""
    start = 0
    for _ in range(number):
        start = source.index("\n", start) + 1
    return source[start:]
