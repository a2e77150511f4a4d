"""Where in an article its reader has asked before: marks in the margin that lead to the conversations."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from chat.models import Article, Passage, Revision, User
from chat.models.conversations import shorten
from chat.text.letters import place
from chat.text.quotes import places

# More marks than that would be a margin full of them; the newest stay.
MARKS_SHOWN = 50


@dataclass(frozen=True)
class Mark:
    """One question about a passage that stands in the text that is shown."""

    start: int
    place: str
    question: str
    url: str


def asked_here(user: User | AnonymousUser, article: Article, revision: Revision) -> list[Mark]:
    """Return the user's own questions about passages of the text, in its order. One query, none for a visitor."""
    if not user.is_authenticated:
        return []
    passages = Passage.objects.visible_to(user).filter(revision__article=article)
    newest = passages.select_related("question__conversation").order_by("-pk")[:MARKS_SHOWN]
    marks = [mark for passage in newest if (mark := mark_of(passage, revision))]
    return sorted(marks, key=lambda mark: mark.start)


def mark_of(passage: Passage, revision: Revision) -> Mark | None:
    """Return where a passage stands in the revision; None where its words stand no more."""
    where, start = passage.place, passage.start
    if passage.revision_id != revision.pk:
        spans = places(passage.exact, revision.plain)
        span = min(spans, key=lambda span: abs(span[0] - passage.start), default=None)
        if span is None:
            return None
        where, start = place(revision.plain, *span), span[0]
    question = passage.question
    address = f"{question.conversation.get_absolute_url()}?message={question.code}#m-{question.code}"
    return Mark(start, where, shorten(question.text), address)
