"""Show what changed from one text to another: which lines, and within changed lines which words."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# Enough to see where one is; what stands further away is folded.
CONTEXT_LINES = 3
# Characters in changed lines, of both texts together, up to which words are compared: about a second of work.
WORDS_LIMIT = 400_000
# Pairs of equal entries up to which a stretch is compared exactly; the time grows faster than this number.
_EXACT_LIMIT = 10_000
# Each step cuts at entries that occur only once in what is left; real texts are cut up after two or three.
_MAX_STEPS = 12
# Below this share of common letters, a stretch reads better as one text taken out and another put in.
_SIMILAR = 0.4
# Letters that two changes may have between them by chance, such as "and the".
_CHANCE_LENGTH = 12

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_SIGNS = "!-/:-@\\[-`{-~\u2000-\u206f\u3000-\u303f"
_WORD = re.compile(f"\n|[^\\S\n]+|[{_CJK}]|[^\\s{_SIGNS}{_CJK}]+|.")


class Kind(StrEnum):
    """What happened to some lines, or to some words in them."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"  # lines only: their pieces say which words
    FOLDED = "folded"  # lines only: the same in both, and far from every change


@dataclass(frozen=True)
class Piece:
    """Some characters that are the same in both texts, or stand in one of them only."""

    kind: Kind
    text: str

    @property
    def shown(self) -> str:
        """The text, with signs for line ends where these are all that was added or removed."""
        only_ends = self.kind != Kind.SAME and self.text.isspace()
        return self.text.replace("\n", "↵\n") if only_ends else self.text


@dataclass(frozen=True)
class Row:
    """Some whole lines, without the line end after the last of them.

    The old text is the rows that are not added, joined by line ends, each without its added pieces; the new one alike.
    """

    kind: Kind
    pieces: tuple[Piece, ...]

    @property
    def line_count(self) -> int:
        """How many lines it has; both texts' together where it changed."""
        return sum(piece.text.count("\n") for piece in self.pieces) + 1


@dataclass(frozen=True)
class _Stretch:
    """Some entries of the old sequence, and those of the new one that stand in their place."""

    old: Sequence[str]
    new: Sequence[str]
    is_same: bool


def differences(old: str, new: str, context_lines: int = CONTEXT_LINES) -> list[Row]:
    """Return both texts, line by line; unchanged lines are folded but for a few beside each change.

    Where more changed than WORDS_LIMIT, no words are compared: lines are then removed or added.
    """
    stretches = list(_stretches(old.split("\n"), new.split("\n")))
    changed = sum(len(line) for each in stretches if not each.is_same for line in (*each.old, *each.new))
    rows: list[Row] = []
    for place, stretch in enumerate(stretches):
        if stretch.is_same:
            before = context_lines if place > 0 else 0
            after = context_lines if place < len(stretches) - 1 else 0
            rows += _same_rows(stretch.old, before, after)
        else:
            rows += _changed_rows(stretch, by_words=changed <= WORDS_LIMIT)
    return rows


def _same_rows(lines: Sequence[str], before: int, after: int) -> Iterator[Row]:
    """Yield unchanged lines: so many that follow a change, those that are folded, so many before the next change."""
    end = len(lines) - after
    if end - before < 2:  # A line that says that one line is folded would take the place of that line.
        yield _row(Kind.SAME, lines)
        return
    if before:
        yield _row(Kind.SAME, lines[:before])
    yield _row(Kind.FOLDED, lines[before:end])
    if after:
        yield _row(Kind.SAME, lines[end:])


def _changed_rows(stretch: _Stretch, *, by_words: bool) -> Iterator[Row]:
    if by_words and stretch.old and stretch.new:
        pieces = _pieces("\n".join(stretch.old), "\n".join(stretch.new))
        if pieces:
            yield Row(Kind.CHANGED, pieces)
            return
    if stretch.old:
        yield _row(Kind.REMOVED, stretch.old)
    if stretch.new:
        yield _row(Kind.ADDED, stretch.new)


def _row(kind: Kind, lines: Sequence[str]) -> Row:
    return Row(kind, (Piece(Kind.SAME if kind == Kind.FOLDED else kind, "\n".join(lines)),))


def _pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Return the words of both texts; nothing if they have too little in common to be read as one."""
    parts = _without_chance(list(_stretches(_WORD.findall(old), _WORD.findall(new))))
    shared = sum(_letters("".join(part.old)) for part in parts if part.is_same)
    if shared < _SIMILAR * min(_letters(old), _letters(new)):
        return ()
    return tuple(piece for part in parts for piece in _pieces_of(part))


def _pieces_of(part: _Stretch) -> Iterator[Piece]:
    if part.is_same:
        yield Piece(Kind.SAME, "".join(part.old))
        return
    if part.old:
        yield Piece(Kind.REMOVED, "".join(part.old))
    if part.new:
        yield Piece(Kind.ADDED, "".join(part.new))


def _letters(text: str) -> int:
    return len("".join(text.split()))


def _without_chance(parts: list[_Stretch]) -> list[_Stretch]:
    """Return the parts, with what two changes have between them by chance made part of the change."""
    kept: list[_Stretch] = []
    for part in parts:
        kept.append(part)
        if len(kept) > 2 and not part.is_same and _is_chance(*kept[-3:]):
            before, same, after = kept[-3:]
            old, new = (*before.old, *same.old, *after.old), (*before.new, *same.new, *after.new)
            kept[-3:] = [_Stretch(old, new, is_same=False)]
    return kept


def _is_chance(before: _Stretch, same: _Stretch, after: _Stretch) -> bool:
    text = "".join(same.old)
    if not any(character.isalnum() for character in text):
        return "\n\n" not in text
    return len(text) <= min(_CHANCE_LENGTH, _size(before), _size(after))


def _size(change: _Stretch) -> int:
    return max(sum(map(len, change.old)), sum(map(len, change.new)))


def _stretches(old: Sequence[str], new: Sequence[str]) -> Iterator[_Stretch]:
    """Yield both sequences in stretches that are the same and stretches that are not, by turns."""
    begin_old = begin_new = end_old = end_new = 0  # of the stretch that is the same, while it grows
    for place_old, place_new in [*_pairs(old, new), (len(old), len(new))]:
        if (place_old, place_new) != (end_old, end_new):
            yield from _non_empty(old[begin_old:end_old], new[begin_new:end_new], is_same=True)
            yield from _non_empty(old[end_old:place_old], new[end_new:place_new], is_same=False)
            begin_old, begin_new = place_old, place_new
        end_old, end_new = place_old + 1, place_new + 1
    yield from _non_empty(old[begin_old:], new[begin_new:], is_same=True)


def _non_empty(old: Sequence[str], new: Sequence[str], *, is_same: bool) -> Iterator[_Stretch]:
    if old or new:
        yield _Stretch(old, new, is_same)


def _pairs(old: Sequence[str], new: Sequence[str], steps: int = 0) -> list[tuple[int, int]]:
    """Return the places of equal entries in both, in order."""
    shorter = min(len(old), len(new))
    head = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    rest = shorter - head
    tail = next((place for place in range(rest) if old[-1 - place] != new[-1 - place]), rest)
    end_old, end_new = len(old) - tail, len(new) - tail
    inner = _inner_pairs(old[head:end_old], new[head:end_new], steps)
    pairs = [(place, place) for place in range(head)]
    pairs += [(head + place_old, head + place_new) for place_old, place_new in inner]
    return pairs + [(end_old + place, end_new + place) for place in range(tail)]


def _inner_pairs(old: Sequence[str], new: Sequence[str], steps: int) -> list[tuple[int, int]]:
    """Return the same for sequences that begin and end differently: exactly if short, else between what is unique."""
    if not old or not new:
        return []
    counts, others = Counter(old), Counter(new)
    if sum(count * others[entry] for entry, count in counts.items()) <= _EXACT_LIMIT:
        # Gaps are found beside words; matched for themselves, they would tear words apart.
        blocks = SequenceMatcher(str.isspace, old, new, autojunk=False).get_matching_blocks()
        return [(block.a + place, block.b + place) for block in blocks for place in range(block.size)]
    unique = {entry for entry, count in counts.items() if count == 1 == others[entry]}
    if not unique or steps == _MAX_STEPS:
        return []
    pairs: list[tuple[int, int]] = []
    begin_old = begin_new = 0
    for end_old, end_new in [*_anchors(old, new, unique), (len(old), len(new))]:
        between = _pairs(old[begin_old:end_old], new[begin_new:end_new], steps + 1)
        pairs += [(begin_old + place_old, begin_new + place_new) for place_old, place_new in between]
        pairs.append((end_old, end_new))
        begin_old, begin_new = end_old + 1, end_new + 1
    return pairs[:-1]  # the last one is the end of both


def _anchors(old: Sequence[str], new: Sequence[str], unique: set[str]) -> list[tuple[int, int]]:
    """Return the longest run of unique entries that stand in the same order in both (patience diff)."""
    places = {entry: place for place, entry in enumerate(new) if entry in unique}
    tops: list[int] = []  # the place in `new` on top of each pile
    piles: list[int] = []  # the index of that card
    cards: list[tuple[int, int, int]] = []  # place in old, place in new, index of the card it lies on
    for place_old, entry in enumerate(old):
        if entry not in unique:
            continue
        place_new = places[entry]
        pile = bisect_left(tops, place_new)
        cards.append((place_old, place_new, piles[pile - 1] if pile else -1))
        tops[pile : pile + 1] = [place_new]
        piles[pile : pile + 1] = [len(cards) - 1]
    run: list[tuple[int, int]] = []
    at = piles[-1] if piles else -1
    while at >= 0:
        place_old, place_new, at = cards[at]
        run.append((place_old, place_new))
    return run[::-1]
