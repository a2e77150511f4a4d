"""Joins the continuation of a text to what was written before: what is repeated at the seam is left out."""

from itertools import takewhile

# How far back a repetition may begin, besides at the very start: a model that goes on repeats its last sentences.
WINDOW_CHARS = 400
# A shorter repetition is no repetition: "a" and "apple".
MIN_CHARS = 3
# One that is as long as this and then differs is the old text in new words, which cannot be joined to the old one.
TORN_CHARS = 60


class Seam:
    """Holds a continuation back until it is clear how much of it repeats what was before: a few characters mostly."""

    def __init__(self, begun: str) -> None:
        self._begun = begun
        self._starts = starts(begun)  # where the repetition may still begin
        self._held = ""
        self._is_joined = not begun
        self.is_torn = False  # it began to repeat and then went another way

    def feed(self, piece: str) -> str:
        """Take a piece of the continuation; return what of it is new, "" while that is not clear."""
        if self._is_joined:
            return piece
        self._held += piece
        words = self._held.lstrip()
        matching = [at for at in self._starts if words.startswith(self._begun[at : at + len(words)])]
        if any(len(self._begun) - at > len(words) for at in matching):
            self._starts = matching
            return ""
        longest = max((shared(words, self._begun[at:]) for at in self._starts), default=0)
        self.is_torn = not matching and longest >= TORN_CHARS
        return self.flush()

    def flush(self) -> str:
        """Return what of the text held back is new: at the end of the continuation, or as soon as it is clear."""
        held, self._held = self._held, ""
        if self._is_joined:
            return ""
        self._is_joined = True
        words = held.lstrip()
        ends = [self._begun[at:] for at in starts(self._begun)]
        repeated = max((len(end) for end in ends if words.startswith(end)), default=0)
        return words[repeated:] if repeated >= MIN_CHARS else held


def starts(begun: str) -> list[int]:
    """Return the offsets in begun where a repetition may begin: its first word, and each word near its end."""
    near = range(max(1, len(begun) - WINDOW_CHARS), len(begun))
    words = [at for at in near if not begun[at].isspace() and not (begun[at - 1].isalnum() and begun[at].isalnum())]
    return [len(begun) - len(begun.lstrip()), *words]


def shared(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
