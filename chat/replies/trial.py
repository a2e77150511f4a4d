"""An answer that is tried out: made and checked as readers would get it, and kept in memory only."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from chat import quota
from chat.answering.source import Ask, Source
from chat.errors import ChatError, error_named
from chat.models import Citation, Status, Verdict
from chat.replies.chips import insets, notes
from chat.replies.ending import Outcome, cited
from chat.replies.journal import Entry
from chat.replies.live import Cited, Live
from chat.replies.pieces import Pieces
from chat.replies.writer import read
from chat.text.blocks import blocks_of


class InMemory:
    """Takes pieces in the place of the journal, and stores none."""

    def append(self, entry: Entry, piece: str, citations: Sequence[Citation] = ()) -> None:
        entry.live.extend(piece, tuple(map(cited, citations)))


class Trial:
    """One question to one source, with no conversation and no row."""

    def __init__(self, source: Source, asked: Ask) -> None:
        self.source = source
        self.asked = asked
        self.outcome = Outcome(Status.STOPPED)  # until it has ended
        self._live = Live(0, uuid.uuid4())

    async def run(self) -> None:
        """Have the source answer once; how it ended is in `outcome`, also where the model's side failed."""
        pieces = Pieces(Entry(self._live, "", lambda: None), InMemory(), self.asked, ())
        try:
            outcome = await read(self.source, self.asked, pieces)
        finally:
            await pieces.flush()
        self.outcome = replace(outcome, first_token_ms=pieces.first_ms, grounding=pieces.grounding)

    @property
    def error(self) -> ChatError | None:
        """Return what went wrong, in our own words."""
        return error_named(self.outcome.error_code) if self.outcome.error_code else None

    @property
    def tokens(self) -> tuple[int, int]:
        """Return the tokens of prompt and answer, estimated as those of a reply are."""
        counted = self.outcome.completion_tokens
        estimated = len(self._live.text) // quota.CHARS_PER_TOKEN
        return self.outcome.prompt_tokens or 0, estimated if counted is None else counted

    @property
    def citations(self) -> tuple[Cited, ...]:
        return self._live.citations

    @property
    def found(self) -> int:
        """Return how many of the quotations stand in the articles."""
        return sum(cited.verdict == Verdict.VERIFIED for cited in self.citations)

    @property
    def missing(self) -> int:
        """Return how many do not."""
        return sum(cited.verdict == Verdict.MISSING for cited in self.citations)

    def blocks(self) -> list[str]:
        """Return the answer's HTML as readers would see it, sanitised."""
        given = self.outcome.grounding
        counts = (given.given, given.total) if given else (None, None)
        return [*blocks_of(self._live.text, True, insets(self.citations)), *notes(self.citations, *counts)]
