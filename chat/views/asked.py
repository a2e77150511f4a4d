"""Where in an article its reader has asked before: marks in the margin that lead to the conversations."""

from collections.abc import Iterator

from django.contrib.auth.models import AnonymousUser
from django.utils.html import format_html

from chat.models import Article, Passage, Revision, User
from chat.models.messages import shorten
from chat.text.letters import letters
from chat.text.quotes import places

# More than that would fill the margin; the newest stay.
MARKS_SHOWN = 50
# Two in one line would lie upon each other: of those so near to each other the newest stays.
LETTERS_APART = 60


def asked_here(user: User | AnonymousUser, article: Article, revision: Revision) -> list[tuple[int, str]]:
    """Return the marks of the user's own questions about passages that stand in the revision.

    Each is a link, and how many letters of the text stand before it; in their order. One query, none for a visitor.
    """
    if not user.is_authenticated:
        return []
    passages = Passage.objects.visible_to(user).filter(revision__article=article)
    newest = passages.select_related("question__conversation").order_by("-pk")[:MARKS_SHOWN]
    marks: dict[int, str] = {}
    for passage in newest:
        for place in ends(passage, revision):
            if all(abs(place - other) >= LETTERS_APART for other in marks):
                marks[place] = link(passage)
    return sorted(marks.items())


def ends(passage: Passage, revision: Revision) -> Iterator[int]:
    """Yield how many letters stand before the passage's end, unless its words stand there no more."""
    if passage.revision_id == revision.pk:
        yield passage.letters_before + letters(passage.exact)
        return
    spans = places(passage.exact, revision.plain)
    if span := min(spans, key=lambda span: abs(span[0] - passage.start), default=None):
        yield letters(revision.plain, 0, span[1])


def link(passage: Passage) -> str:
    """Return the link to a question. It has no text: that would be found in the article."""
    question = passage.question
    address = f"{question.conversation.get_absolute_url()}?message={question.code}#m-{question.code}"
    label = f"You asked here: {shorten(question.text)}"
    return format_html(
        '<a class="chip asked-here" href="{}" title="{}" aria-label="{}" lang="en"></a>', address, label, label
    )
