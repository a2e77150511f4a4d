"""Reading an Ask from the database: the question, what was said before, and the passages to answer from."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from django.urls import reverse

from chat.answering.source import Ask, Passage, Turn
from chat.models import Article, Message, Revision, Role, Section


class Text(NamedTuple):
    """A revision as it is asked about. Its words never change; its article's title and slug may."""

    revision_id: int
    sha256: str  # of the words: a database made anew may number them anew
    title: str
    slug: str


def read(reply: Message) -> Ask:
    """Return all that a source needs to answer reply's question, or to go on with it.

    One query where the rows of the conversation are at hand and the passages were read before.
    """
    *before, question = reply.history()
    texts = [asked_about(reply)] if reply.revision_id else published()
    return Ask(
        question=question.text,
        history=tuple(Turn("user" if m.role == Role.USER else "assistant", m.text) for m in before if m.text),
        passages=passages(tuple(texts)),
        title=texts[0].title if reply.revision_id else "",
        asker=reply.conversation.owner.opaque_id,
        begun=reply.text,
    )


def asked_about(reply: Message) -> Text:
    """Return the text of the reply's revision. No query where the conversation's article has it at hand."""
    article = reply.conversation.article
    at_hand: Revision | None = article._state.fields_cache.get("revision") if article else None
    if article and at_hand and at_hand.pk == reply.revision_id:
        return Text(at_hand.pk, at_hand.sha256, article.title, article.slug)
    fields = ("pk", "sha256", "article__title", "article__slug")
    return Text(*Revision.objects.values_list(*fields).get(replies=reply))


def published() -> list[Text]:
    """Return the texts that readers see today."""
    fields = ("revision", "revision__sha256", "title", "slug")
    return [Text(*row) for row in Article.objects.published().values_list(*fields)]


def current_revisions() -> list[Revision]:
    """Return the revisions that readers see today."""
    articles = Article.objects.published().select_related("revision")
    return list(Revision.objects.filter(pk__in=[article.revision_id for article in articles]).select_related("article"))


# As many articles as are asked about at one time, or a few sites as a whole.
@lru_cache(maxsize=64)
def passages(texts: tuple[Text, ...]) -> tuple[Passage, ...]:
    """Return every section that has text, numbered through. One query, once for each set of texts."""
    sections: dict[int, list[Section]] = {text.revision_id: [] for text in texts}
    for section in Section.objects.filter(revision__in=sections).order_by("position"):
        sections[section.revision_id].append(section)
    parts = [part for text in texts for part in parts_of(text, sections[text.revision_id])]
    return tuple(Passage(number, *part) for number, part in enumerate(parts, start=1))


def parts_of(text: Text, sections: list[Section]) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield article, parent, heading, text and address of every section that has text."""
    url, parent = reverse("chat:article", args=[text.slug]), ""
    for section in sections:
        if section.level <= 2:
            parent = section.heading
        if section.text:
            above = parent if section.level > 2 else ""
            yield text.title, above, section.heading, section.text, f"{url}#{section.anchor}"
