"""An article as a reader sees it: the row, the revision asked for, its body, its contents list, its length."""

import re
from dataclasses import dataclass
from html import escape, unescape

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import Http404
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from chat.answering.offer import LONG_TEXTS
from chat.models import Article, Revision, Section, User
from chat.text.boxes import with_boxed_tables
from chat.text.directions import is_rtl, with_directions
from chat.views.since import Since, since

# 200 words a minute, a common estimate for silent reading on screens, at six characters a word with its space.
CHARS_PER_MINUTE = 1200
# Deeper headings would make the contents list longer than a screen.
CONTENTS_LEVELS = (2, 3)

_HEADING = re.compile(r'<h([1-6]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)


@dataclass(frozen=True)
class Reading:
    """What `_article.html` shows."""

    article: Article
    revision: Revision
    body: SafeString
    contents: tuple[Section, ...]
    minutes: int
    since: Since | None = None  # of words that were quoted from another revision than the current one

    @property
    def is_current(self) -> bool:
        return self.article.revision_id == self.revision.pk

    @property
    def is_rtl(self) -> bool:
        return is_rtl(self.article.language)


@dataclass(frozen=True)
class Listed:
    """A published article in a list."""

    article: Article
    minutes: int


def listed_articles() -> list[Listed]:
    """Return the published articles, the front article first; their texts stay in the database. One query."""
    articles = Article.objects.published().select_related("revision", "cover").defer(*LONG_TEXTS, "cover__webp")
    articles = articles.annotate(chars=Length("revision__plain"))
    return [Listed(article, minutes(article.chars)) for article in articles]


def visible_articles(user: User | AnonymousUser) -> QuerySet[Article]:
    """Return the articles that user may read: the published ones; for editors also drafts that have a text."""
    if user.has_perm("chat.view_article"):
        return Article.objects.filter(revision__isnull=False)
    return Article.objects.published()


def with_texts(articles: QuerySet[Article]) -> QuerySet[Article]:
    """Have the articles come with what their page shows, apart from the points of their pictures."""
    return articles.select_related("revision", "cover").defer("cover__webp")


def reading(article: Article, number: str | None = None, quote: str = "") -> Reading:
    """Return the article in its current revision, or in the numbered one; Http404 when that is missing.

    `quote` says which words of that revision are wanted.
    """
    revision = article.revision if number is None else _revision(article, number)
    if revision is None:
        raise Http404
    html = with_directions(with_boxed_tables(with_heading_links(revision.body_html)), is_rtl(article.language))
    # The only HTML of an article that is marked as safe: made by article_html and sanitised when it was saved.
    body = mark_safe(html)  # noqa: S308
    return Reading(
        article, revision, body, contents(revision), minutes(len(revision.plain)), since(article, revision, quote)
    )


def _revision(article: Article, number: str) -> Revision | None:
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return article.revisions.filter(number=number).first()


def contents(revision: Revision | int | None) -> tuple[Section, ...]:
    """Return the headings of a contents list, without the sections' texts. One query."""
    sections = Section.objects.filter(revision=revision, level__in=CONTENTS_LEVELS).exclude(heading="")
    return tuple(sections.only("revision", "position", "level", "heading", "anchor"))


def minutes(chars: int) -> int:
    """Return how many minutes a text of so many characters takes, at least 1."""
    return max(1, round(chars / CHARS_PER_MINUTE))


def with_heading_links(html: str) -> str:
    """Return html with an empty link in each heading; its sign comes from the style sheet, so no word is added."""
    return _HEADING.sub(_linked_heading, html)


def _linked_heading(match: re.Match[str]) -> str:
    level, anchor, inner = match.groups()
    label = escape(f"Link to “{unescape(strip_tags(inner)).strip()}”")
    return f'<h{level} id="{anchor}">{inner}<a class="anchor" href="#{anchor}" aria-label="{label}"></a></h{level}>'
