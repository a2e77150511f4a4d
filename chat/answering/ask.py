"""Reading an Ask from the database: the question, what was said before, and the passages to answer from."""

from collections.abc import Iterable

from django.db.models import prefetch_related_objects

from chat.answering.source import Ask, Passage, Turn
from chat.models import Article, Message, Revision, Role


def read(reply: Message) -> Ask:
    """Return all that a source needs to answer reply's question. A handful of queries, none for each section."""
    *before, question = reply.history()
    conversation = reply.conversation
    revisions = [reply.revision] if reply.revision else current_revisions()
    prefetch_related_objects(revisions, "sections")
    return Ask(
        question=question.text,
        history=tuple(Turn("user" if m.role == Role.USER else "assistant", m.text) for m in before if m.text),
        passages=tuple(passages(revisions)),
        title=reply.revision.article.title if reply.revision else "",
        asker=conversation.owner.opaque_id,
    )


def current_revisions() -> list[Revision]:
    """Return the texts that readers see today."""
    articles = Article.objects.published().select_related("revision")
    return list(Revision.objects.filter(pk__in=[article.revision_id for article in articles]).select_related("article"))


def passages(revisions: Iterable[Revision]) -> Iterable[Passage]:
    """Yield every section that has text, numbered through."""
    number = 0
    for revision in revisions:
        url, parent = revision.article.get_absolute_url(), ""
        for section in revision.sections.all():
            if section.level <= 2:
                parent = section.heading
            if section.text:
                number += 1
                above = parent if section.level > 2 else ""
                yield Passage(
                    number, revision.article.title, above, section.heading, section.text, f"{url}#{section.anchor}"
                )
