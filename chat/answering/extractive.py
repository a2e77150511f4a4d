"""Answers without a language model: quotes the sentences that a question is about, or says that there may be none."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from chat.answering.question import REMEMBERED_QUESTIONS, Query, understand
from chat.answering.quotations import Quotation, choose, quoted, summary
from chat.answering.retrieval import Index, indexes
from chat.answering.source import Ask, Ending, Passage
from chat.errors import ModelCut

# Choosing takes milliseconds, indexing a very long article a second: neither is done in the event loop.
_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="extractive")

_MARKUP = re.compile(r"[\\`*_\[\]<>~]|&(?=#?\w+;)|^[#+=-]")
# With a backslash before them they would begin or end a formula.
_ENTITIES = {"\\": "&#92;", "[": "&#91;", "]": "&#93;"}
_LIST_NUMBER = re.compile(r"^(\d{1,9})([.)])")


class ExtractiveSource:
    """Quotes from the articles; it writes no prose of its own beyond fixed connecting words."""

    name = "extractive"
    notice = "Quotes from the article. No language model is connected."

    async def answer(self, ask: Ask) -> AsyncGenerator[str | Ending, None]:
        """Yield the answer word by word, the same for the same question, then the Ending."""
        text, is_unanswered = await asyncio.get_running_loop().run_in_executor(_pool, composed, ask)
        if not text.startswith(ask.begun):  # the articles have changed since it began
            raise ModelCut
        for piece in re.findall(r"\s*\S+\s*", text):  # all of it: the writer leaves out what had begun
            yield piece
            await asyncio.sleep(0)
        yield Ending("stop", is_unanswered=is_unanswered)


def compose(ask: Ask) -> str:
    """Return the answer as Markdown; each block quote in it holds nothing but words of the article."""
    return composed(ask)[0]


def composed(ask: Ask) -> tuple[str, bool]:
    """Return the answer, and whether it is none."""
    understood = [(index, _query(ask, index)) for index in indexes.of(ask.passages)]
    found = [(_quotations(ask, index, query), index) for index, query in understood]
    # In several languages the question is understood in each, and the best quotation tells which one was meant.
    quotations, index = max(found, key=lambda one: max((quotation.score for quotation in one[0]), default=-1.0))
    return (_told(ask, index, quotations), False) if quotations else (_refused(ask, understood), True)


def _query(ask: Ask, index: Index) -> Query:
    earlier = [turn.text for turn in ask.history if turn.role == "user"]
    about = ask.about.words if ask.about else ""
    return understand([*earlier[-REMEMBERED_QUESTIONS:], ask.question], index.language, about)


def _quotations(ask: Ask, index: Index, query: Query) -> list[Quotation]:
    if query.wants_summary:
        return summary(index, query.limit)
    seen = _quoted_before(ask) if query.wants_more else frozenset()
    # Of a passage that was selected the reader wants to know first of all what stands around it.
    return choose(index, query, seen, _section(ask, index)) or choose(index, query, seen)


def _section(ask: Ask, index: Index) -> int | None:
    """Return the section that the question is about, None for no particular one."""
    numbers = [passage.number for passage in index.passages]
    return numbers.index(ask.about.passage) if ask.about and ask.about.passage in numbers else None


def _quoted_before(ask: Ask) -> frozenset[str]:
    """Return the quotations of earlier answers."""
    replies = [turn.text for turn in ask.history if turn.role == "assistant"]
    lines = [line for reply in replies for line in reply.splitlines() if line.startswith("> ")]
    return frozenset(re.sub(r"\\([\W_])", r"\1", line[2:]) for line in lines)


def _told(ask: Ask, index: Index, quotations: list[Quotation]) -> str:
    """Return a sentence that names the section, then its quotations: adjacent block quotes are separate ones."""
    blocks = []
    for section, group in groupby(quotations, key=lambda quotation: quotation.section):
        blocks.append(_introduction(ask, index.passages[section]))
        blocks += [f"> {escaped(quoted(index, quotation))}" for quotation in group]
    return "\n\n".join(blocks)


def _introduction(ask: Ask, passage: Passage) -> str:
    article = "the article" if ask.title else f"*{escaped(passage.article) or 'an article'}*"
    if not passage.heading.strip():
        return f"At its beginning {article} says:"
    return f"Under *{escaped(passage.heading)}* {article} says:"


def _refused(ask: Ask, understood: Iterable[tuple[Index, Query]]) -> str:
    """Return that there may be no answer; the page leads to the nearest sections."""
    refusal = "The article may not answer that." if ask.title else "The articles may not answer that."
    if any(index.rank(query.weights, 1) for index, query in understood):
        return refusal
    return f"{refusal} None of the question's words stand in the text."


def escaped(words: str) -> str:
    """Return one line of words as Markdown that shows exactly these words."""
    line = _MARKUP.sub(lambda sign: _ENTITIES.get(sign[0], f"\\{sign[0]}"), " ".join(words.split()))
    return _LIST_NUMBER.sub(r"\1\\\2", line)
