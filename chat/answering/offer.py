"""What is offered to someone who has not decided what to ask: the editors' own questions first, then computed ones."""

from collections.abc import Sequence
from itertools import chain, zip_longest

from django.urls import reverse

from chat.answering.ask import Text, material
from chat.answering.suggestions import OFFERED, OFFERED_NEXT, following, opening, unasked
from chat.models import Article, Message, Status, Verdict

# With so many of their own, editors have said all that they wanted to.
ENOUGH = 3
# Of a revision, up to 2 MB each: none of them is needed to know which text it is.
LONG_TEXTS = ("revision__body", "revision__body_html", "revision__plain")
# How many of the quoted articles are looked at in a conversation about all of them.
ARTICLES_READ = 3


def first_questions(article: Article) -> list[str]:
    """Return questions to begin with about an article whose revision is at hand. One query, once for each revision."""
    own = article.own_questions
    if len(own) >= ENOUGH or article.revision_id is None:
        return own
    return list(dict.fromkeys([*own, *opening(material((text_of(article),)).passages, article.language)]))[:OFFERED]


def next_questions(messages: Sequence[Message], article: Article | None) -> list[str]:
    """Return what could be asked next in a conversation about the article, or about all; [] unless it rests.

    It rests when its last message is a complete reply. One query, and one for each revision not read before.
    """
    if not messages or messages[-1].status != Status.COMPLETE:
        return []
    asked = tuple(message.text for message in messages if not message.is_reply)
    fallback = unasked(first_questions(article), asked) if article else []
    return list(dict.fromkeys([*_near(messages[-1], article, asked), *fallback]))[:OFFERED_NEXT]


def _near(reply: Message, article: Article | None, asked: tuple[str, ...]) -> list[str]:
    """Return questions about what stands near the reply's quotations, from each of several articles in turn."""
    found = reply.citations.filter(verdict=Verdict.VERIFIED)
    rows = list(found.values_list("exact", "section__anchor", "revision__article", "revision__article__slug"))
    quotes = tuple(" ".join(exact.split()) for exact, *_ in rows)
    urls = frozenset(f"{reverse('chat:article', args=[slug])}#{anchor}" for _, anchor, _, slug in rows)
    read = [article] if article else _published([pk for *_, pk, _ in rows])
    near = [
        following(material((text_of(one),)).passages, one.language, asked, urls, quotes, has_topics=article is not None)
        for one in read
        if one.revision_id
    ]
    return [question for question in chain.from_iterable(zip_longest(*near)) if question]


def _published(pks: list[int]) -> list[Article]:
    """Return the first few of the articles that readers may read, in this order."""
    found = Article.objects.published().select_related("revision").defer(*LONG_TEXTS).in_bulk(pks)
    return [found[pk] for pk in dict.fromkeys(pks) if pk in found][:ARTICLES_READ]


def text_of(article: Article) -> Text:
    """Return the current text of an article as it is asked about; its revision has to be at hand."""
    assert article.revision  # noqa: S101  # the callers have looked
    revision = article.revision
    return Text(revision.pk, revision.sha256, revision.number, article.title, article.slug, article.language)
