"""What an answer source is: the shape of a question going in and of the text coming out."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Selected:
    """Words of an article that a question is about."""

    words: str
    passage: int = 0  # the number of the one that they stand in; 0 when it is none of the ask's


@dataclass(frozen=True)
class Turn:
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    text: str
    about: Selected | None = None


@dataclass(frozen=True)
class Passage:
    """One section of an article as an answer source sees it.

    `number` counts from 1 within one ask and follows the order of the article; `parent` is the heading above
    `heading` ("" for none); `text` is the section's plain text without its heading: blocks are separated by an
    empty line, list items, table rows and hard breaks by a line end, table cells by a tab.
    """

    number: int
    article: str
    parent: str
    heading: str
    text: str
    url: str
    language: str = "en"  # its tag, such as pt-BR
    revision_id: int = 0
    start: int = 0  # in the plain text of its revision, in code points
    end: int = 0


@dataclass(frozen=True)
class Heading:
    """A section of an original: where its words begin."""

    start: int
    section_id: int
    heading: str
    anchor: str


@dataclass(frozen=True)
class Original:
    """A revision in which quotations are looked up."""

    revision_id: int
    number: int
    title: str
    slug: str
    plain: str
    headings: tuple[Heading, ...]  # by their start


@dataclass(frozen=True)
class Rules:
    """What a model is told to be, and the version of that."""

    text: str
    version: str


@dataclass(frozen=True)
class Ask:
    """All that an answer source gets to know: no rows, no user, nothing that it could write to."""

    question: str
    history: tuple[Turn, ...]  # oldest first, without the question
    passages: tuple[Passage, ...]
    title: str  # of the article that the conversation is about; "" for all articles
    asker: str  # opaque and stable for one user
    begun: str = ""  # what was written before the answer broke off; it goes on there, or is given anew
    originals: tuple[Original, ...] = ()  # of the passages
    rules: Rules | None = None  # of the site's editors; None: the default
    about: Selected | None = None


@dataclass(frozen=True)
class Waiting:
    """An item before the first word: why it has not come yet."""

    reason: Literal["queued", "retrying"]
    position: int | None = None  # in the queue, from 1; 0 once that is over


@dataclass(frozen=True)
class Grounding:
    """An item before the first word: what a model was given."""

    version: str  # of the rules
    given: int  # passages
    total: int
    settings: int | None = None  # the version of the model's settings; None: the environment's values


@dataclass(frozen=True)
class Ending:
    """The last item of every answer that came to its end by itself; tokens are None where unknown."""

    finish_reason: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    is_unanswered: bool = False  # the source itself knows that this was no answer


Item = str | Waiting | Grounding | Ending


class Source(Protocol):
    """Answers questions. `name` is stored with each reply; `notice` tells readers what answers ("" for a model)."""

    name: str
    notice: str

    def answer(self, ask: Ask) -> AsyncGenerator[Item, None]:
        """Yield pieces of text, then one Ending. Raise a ModelError when the model's side fails."""
