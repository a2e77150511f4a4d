"""Reading an Ask from the database: the question, what was said before, and the passages to answer from."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from django.urls import reverse

from chat.answering.source import Ask, Heading, Original, Passage, Rules, Selected, Turn
from chat.models import Article, Message, Revision, Role, Section
from chat.text.quotes import find


class Text(NamedTuple):
    """A revision as it is asked about. Its words never change; what else its article says of itself may."""

    revision_id: int
    sha256: str  # of the words: a database made anew may number them anew
    number: int
    title: str
    slug: str
    language: str = "en"


class Material(NamedTuple):
    """What answers are made from, and what their quotations are looked up in."""

    passages: tuple[Passage, ...]
    originals: tuple[Original, ...]


def read(reply: Message, rules: Rules | None = None) -> Ask:
    """Return all that a source needs to answer reply's question, or to go on with it.

    At most one query where the rows of the conversation are at hand and the passages were read before.
    """
    *before, question = reply.history()
    texts = [asked_about(reply)] if reply.revision_id else published()
    found = material(tuple(texts))
    return Ask(
        question=question.text,
        history=tuple(turn(message, found) for message in before if message.text),
        passages=found.passages,
        title=texts[0].title if reply.revision_id else "",
        asker=reply.conversation.owner.opaque_id,
        begun=reply.text,
        originals=found.originals,
        rules=rules,
        about=selected(question, found),
    )


def first(question: str, texts: list[Text], title: str, asker: str, rules: Rules | None) -> Ask:
    """Return a question about these texts that begins no conversation. Two queries, once for each set of texts."""
    found = material(tuple(texts))
    return Ask(question, (), found.passages, title, asker, originals=found.originals, rules=rules)


def turn(message: Message, found: Material) -> Turn:
    """Return an earlier message as a source sees it."""
    return Turn("user" if message.role == Role.USER else "assistant", message.text, selected(message, found))


def selected(message: Message, found: Material) -> Selected | None:
    """Return the words that a question is about, None for none, with the section in which they stand today."""
    if message.is_reply or (about := message.about) is None:
        return None
    revision, start = about.revision_id, about.start
    originals = {original.revision_id: original for original in found.originals}
    if revision not in originals:  # edited since
        spans = ((pk, find(about.exact, original.plain)) for pk, original in originals.items())
        revision, start = next(((pk, span[0]) for pk, span in spans if span), (0, 0))
    before = [one.number for one in found.passages if one.revision_id == revision and one.start <= start]
    return Selected(about.exact, before[-1] if before else 0)


def asked_about(reply: Message) -> Text:
    """Return the text of the reply's revision. No query where the conversation's article has it at hand."""
    article = reply.conversation.article
    at_hand: Revision | None = article._state.fields_cache.get("revision") if article else None
    if article and at_hand and at_hand.pk == reply.revision_id:
        return Text(at_hand.pk, at_hand.sha256, at_hand.number, article.title, article.slug, article.language)
    fields = ("pk", "sha256", "number", "article__title", "article__slug", "article__language")
    return Text(*Revision.objects.values_list(*fields).get(replies=reply))


def published() -> list[Text]:
    """Return the texts that readers see today."""
    fields = ("revision", "revision__sha256", "revision__number", "title", "slug", "language")
    return [Text(*row) for row in Article.objects.published().values_list(*fields)]


# As many articles as are asked about at one time, or a few sites as a whole.
@lru_cache(maxsize=64)
def material(texts: tuple[Text, ...]) -> Material:
    """Return every section that has text, numbered through, and the originals. Two queries, once for each set."""
    sections: dict[int, list[Section]] = {text.revision_id: [] for text in texts}
    for section in Section.objects.filter(revision__in=sections).order_by("position"):
        sections[section.revision_id].append(section)
    plain = dict(Revision.objects.filter(pk__in=sections).values_list("pk", "plain"))
    passages: list[Passage] = []
    for text in texts:
        passages += passages_of(text, sections[text.revision_id], first_number=len(passages) + 1)
    originals = (original(text, plain[text.revision_id], sections[text.revision_id]) for text in texts)
    return Material(tuple(passages), tuple(originals))


def passages_of(text: Text, sections: list[Section], first_number: int) -> Iterator[Passage]:
    """Yield the sections of a text that have words, numbered from a number on."""
    url, parent, number = reverse("chat:article", args=[text.slug]), "", first_number
    for section in sections:
        if section.level <= 2:
            parent = section.heading
        if section.text:
            yield Passage(
                number, text.title, parent if section.level > 2 else "", section.heading, section.text,
                f"{url}#{section.anchor}", text.language, text.revision_id, section.start, section.end,
            )  # fmt: skip
            number += 1


def original(text: Text, plain: str, sections: list[Section]) -> Original:
    """Return the text in which quotations are looked up."""
    headings = tuple(Heading(section.start, section.pk, section.heading, section.anchor) for section in sections)
    return Original(text.revision_id, text.number, text.title, text.slug, plain, headings)
