"""The way from an answer source to the journal: text is cleaned, joined to what had begun, its quotations looked up."""

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from django.conf import settings

from chat.answering.citations import Verifier
from chat.answering.nearest import nearest
from chat.answering.source import Ask, Grounding, Waiting
from chat.errors import ModelCut
from chat.models import Citation, Verdict
from chat.replies.journal import Entry
from chat.text.clean import Cleaner
from chat.text.quoting import Quotation, Quoting
from chat.text.seam import Seam

logger = logging.getLogger(__name__)

# Looking words up takes microseconds, in a text of megabytes the first time a second: not in the event loop.
_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="citations")


class Log(Protocol):
    """Where pieces go: the journal, or whoever only wants to see what would go there."""

    def append(self, entry: Entry, piece: str, citations: Sequence[Citation] = ()) -> None:
        """Take a piece, and what it cites."""


Verdicts = asyncio.Future[list[Citation]]


class Pieces:
    """Takes a reply's pieces; each goes to the journal together with the verdicts on what is quoted in it."""

    def __init__(self, entry: Entry, log: Log, asked: Ask, known: Sequence[Citation]) -> None:
        self.chars = len(asked.begun)  # of the whole reply
        self.first_ms: int | None = None
        self.grounding: Grounding | None = None
        self.has_quotations = any(citation.verdict == Verdict.VERIFIED for citation in known)
        self._max_chars = settings.REPLY_MAX_CHARS
        self._started = time.monotonic()
        self._entry = entry
        self._journal = log
        self._cleaner = Cleaner()
        self._seam = Seam(asked.begun)
        self._quoting = Quoting()
        self._quoting.feed(asked.begun)
        self._quoting.flush()  # what it quotes is known
        self._verifier = Verifier(entry.live.pk, asked, known)
        self._waiting: list[tuple[str, Verdicts | None]] = []  # text whose quotations are being looked up, and more

    @property
    def says_no_answer(self) -> bool:
        """Whether the answer itself says that there is none."""
        return self._quoting.says_no_answer

    async def append(self, piece: str) -> bool:
        """Hand a piece on; False when the reply is as long as a reply may be. Raises ModelCut at a torn seam."""
        text = self._seam.feed(self._cleaner.decode(piece))
        if self._seam.is_torn:
            raise ModelCut
        text, quotations = self._quoting.feed(text)
        if quotations or self._waiting:
            await self._hand_on(text, quotations)
        else:
            self._store(text)
        return self.chars < self._max_chars

    def tell(self, waiting: Waiting) -> None:
        """Have readers told why the next word has not come yet."""
        self._entry.live.tell(waiting)

    async def flush(self) -> None:
        """Hand on what was held back until it was known what follows."""
        if not self._seam.is_torn:
            text = self._seam.feed(self._cleaner.flush()) + self._seam.flush()
            await self._hand_on(*self._quoting.feed(text))
        await self._hand_on(*self._quoting.flush())

    async def lead_to(self, asked: Ask) -> None:
        """Have an answer that says there is none lead to the sections nearest to the question."""
        found = await asyncio.get_running_loop().run_in_executor(_pool, nearest, asked)
        self._journal.append(self._entry, "", self._verifier.nearest(found))

    async def _hand_on(self, text: str, quotations: list[Quotation]) -> None:
        """Have text stored, after the quotations in it were looked up."""
        loop = asyncio.get_running_loop()
        verdicts = loop.run_in_executor(_pool, self._verifier.verify, quotations) if quotations else None
        self._waiting.append((text, verdicts))
        while self._waiting:
            # When Stop cancels this call, the flush that follows goes on here.
            text, verdicts = self._waiting[0]
            citations = await looked_up(verdicts) if verdicts else ()
            del self._waiting[0]
            self._store(text, citations)

    def _store(self, text: str, citations: Sequence[Citation] = ()) -> None:
        text = text[: self._max_chars - self.chars]
        if text and self.first_ms is None:
            self.first_ms = int((time.monotonic() - self._started) * 1000)
        self.chars += len(text)
        if citations:
            citations = [citation for citation in citations if (citation.at or 0) <= self.chars]
            self.has_quotations |= any(citation.verdict == Verdict.VERIFIED for citation in citations)
        if text or citations:
            self._journal.append(self._entry, text, citations)


async def looked_up(verdicts: Verdicts) -> Sequence[Citation]:
    """Return the verdicts; a look-up that fails costs them, but no text. Cancelling the wait leaves it running."""
    try:
        return await asyncio.shield(verdicts)
    except Exception:  # part of the one broad except around a reply's task: its flush must not raise again
        logger.exception("Quotations could not be looked up.")
        return ()
