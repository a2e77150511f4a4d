"""Answers without a language model: quotes the sentences that a question is about, or says that there may be none."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from urllib.parse import quote

from chat.answering.question import Query, understand
from chat.answering.quotations import Quotation, choose, quoted, summary
from chat.answering.retrieval import Index, Indexes
from chat.answering.source import Ask, Ending, Passage
from chat.errors import ModelCut

# Earlier questions that a follow-up can refer to; what lies further back has no weight left.
REMEMBERED_QUESTIONS = 6
NEAREST_SHOWN = 3

# Choosing takes milliseconds, indexing a very long article a second: neither is done in the event loop.
_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="extractive")

# With the largest articles thought of (10,000 sections) an index takes some 50 MB.
_indexes = Indexes(kept=4)

_MARKUP = re.compile(r"([\\`*_\[\]<>~]|&(?=#?\w+;)|^[#+=-])")
_LIST_NUMBER = re.compile(r"^(\d{1,9})([.)])")


class ExtractiveSource:
    """Quotes from the articles; it writes no prose of its own beyond fixed connecting words."""

    name = "extractive"
    notice = "Quotes from the article. No language model is connected."

    async def answer(self, ask: Ask) -> AsyncGenerator[str | Ending, None]:
        """Yield the answer word by word, the same for the same question, then the Ending."""
        text = await asyncio.get_running_loop().run_in_executor(_pool, compose, ask)
        if not text.startswith(ask.begun):  # the articles have changed since it began
            raise ModelCut
        for piece in re.findall(r"\s*\S+\s*", text):  # all of it: the writer leaves out what had begun
            yield piece
            await asyncio.sleep(0)
        yield Ending("stop")


def compose(ask: Ask) -> str:
    """Return the answer as Markdown; each block quote in it holds nothing but words of the article."""
    indexes = _indexes.of(ask.passages)
    queries = [_query(ask, index) for index in indexes]
    found = [(_quotations(ask, *both), both[0]) for both in zip(indexes, queries, strict=True)]
    # In several languages the question is understood in each, and the best quotation tells which one was meant.
    quotations, index = max(found, key=lambda one: max((quotation.score for quotation in one[0]), default=-1.0))
    return _told(ask, index, quotations) if quotations else _refused(ask, zip(indexes, queries, strict=True))


def _query(ask: Ask, index: Index) -> Query:
    earlier = [turn.text for turn in ask.history if turn.role == "user"]
    return understand([*earlier[-REMEMBERED_QUESTIONS:], ask.question], index.language)


def _quotations(ask: Ask, index: Index, query: Query) -> list[Quotation]:
    if query.wants_summary:
        return summary(index, query.limit)
    return choose(index, query, _quoted_before(ask) if query.wants_more else frozenset())


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
    """Return that there may be no answer, with links to the sections that share most words with the question."""
    refusal = "The article may not answer that." if ask.title else "The articles may not answer that."
    ranked = [
        (score, index.passages[section])
        for index, query in understood
        for section, score in index.rank(query.weights, NEAREST_SHOWN)
    ]
    nearest = [passage for _, passage in sorted(ranked, key=lambda one: -one[0])[:NEAREST_SHOWN]]
    if not nearest:
        return f"{refusal} None of the question's words stand in the text."
    links = [f"- [{escaped(passage.heading or passage.article)}]({_address(passage.url)})" for passage in nearest]
    return "\n".join([f"{refusal} The nearest sections are:", "", *links])


def _address(url: str) -> str:
    return quote(url, safe="/#?=&%:.-_~", errors="replace")


def escaped(words: str) -> str:
    """Return one line of words as Markdown that shows exactly these words."""
    return _LIST_NUMBER.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", " ".join(words.split())))
