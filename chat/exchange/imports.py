"""Bring files in: first what each of them would do, then all of it in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from django.db import transaction

from chat.exchange.archive import File
from chat.exchange.files import COVERS, Written, cover_of, read_file
from chat.models import Article, ArticleStatus, Cover, FormerSlug, Revision, State, User
from chat.text.documents import DocumentError

# What databases take in one IN (…), with room to spare.
PER_QUERY = 500


class Outcome(StrEnum):
    """What a file does, or would do."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    ERROR = "error"


@dataclass(frozen=True)
class Step:
    """One file, what it does, and in which points."""

    name: str
    outcome: Outcome
    said: str
    written: Written | None = None
    article: Article | None = None
    values: Mapping[str, Any] | None = None  # Any: what changes in the row, by field
    has_new_text: bool = False


class PlanChangedError(Exception):
    """What the files would do is not what was shown any more."""


def plan(files: Iterable[File], *, status: str | None = None, new_status: str = ArticleStatus.DRAFT) -> list[Step]:
    """Return what each file would do; changes nothing.

    `status` goes before what the files say; a new article has `new_status` if nothing says more.
    """
    files = list(files)
    pictures = {file.name: file.data for file in files if file.name.startswith(COVERS)}
    read = [_read(file, pictures) for file in files if file.name not in pictures]
    written = [each for each in read if isinstance(each, Written)]
    articles, authors, formers = _articles(written), _authors(written), _formers(written)
    steps: list[Step] = []
    names: dict[str, str] = {}  # of the files, by address
    for each in read:
        if isinstance(each, Step):
            steps.append(each)
        elif (first := names.setdefault(each.slug, each.name)) != each.name:
            said = f"{each.name} has the same address as {first}: {each.slug}. Change the slug of one."
            steps.append(Step(each.name, Outcome.ERROR, said))
        elif each.slug not in articles and (other := formers.get(each.slug)):
            said = f"{each.name}: the address {each.slug} leads to “{other}”, which had it before. Change the slug."
            steps.append(Step(each.name, Outcome.ERROR, said))
        else:
            values = _values(each, authors) | ({"status": status} if status else {})
            steps.append(_step(each, articles.get(each.slug), values, new_status))
    return steps


def digest(steps: Sequence[Step]) -> str:
    """Return a text that is another one as soon as the files would do something else."""
    told = [(step.name, step.said, step.article and (step.article.pk, step.article.updated)) for step in steps]
    return sha256(repr(told).encode()).hexdigest()


def bring_in(
    files: Sequence[File], *, author: User | None, note: str, expected: str | None = None, **options: str | None
) -> list[Step]:
    """Store what `plan` tells of the files, all or nothing; return the steps with their articles.

    Raise PlanChangedError if the steps do not have the `expected` digest. The articles are locked meanwhile.
    """
    with transaction.atomic():
        slugs = [step.written.slug for step in plan(files, **options) if step.written]  # type: ignore[arg-type]
        for some in _by_number(slugs):
            list(Article.objects.select_for_update().filter(slug__in=some).order_by("pk").values_list("pk"))
        steps = plan(files, **options)  # type: ignore[arg-type]
        if (expected is not None and digest(steps) != expected) or any(step.outcome == Outcome.ERROR for step in steps):
            raise PlanChangedError
        return [_store(step, author, note) for step in steps]


def _read(file: File, pictures: Mapping[str, bytes]) -> Written | Step:
    try:
        return read_file(file, pictures)
    except DocumentError as error:
        return Step(file.name, Outcome.ERROR, str(error))


def _values(written: Written, authors: Mapping[str, User]) -> dict[str, Any]:  # Any: values of fields
    """Return what the article's row shall hold; an author whom this site does not know is left out."""
    author = authors.get(written.author)
    return dict(written.details) | ({"author": author} if author else {})


def _step(written: Written, article: Article | None, values: dict[str, Any], new_status: str) -> Step:
    if article is None:
        values = {"status": new_status, **values}
        state = Article(status=values["status"], published_at=values.get("published_at")).state
        said = f"new, {State(state).label.lower()}"
        return Step(written.name, Outcome.NEW, said, written, None, values, has_new_text=bool(written.body.strip()))
    changed = {name: value for name, value in values.items() if getattr(article, name) != value}
    has_new_text = _has_new_text(written, article.revision)
    points = ["new text"] if has_new_text else []
    points += [f"new {name.replace('_', ' ')}" for name in changed]
    points += _cover_points(written, cover_of(article))
    outcome = Outcome.CHANGED if points else Outcome.UNCHANGED
    return Step(written.name, outcome, ", ".join(points) or "unchanged", written, article, changed, has_new_text)


def _cover_points(written: Written, cover: Cover | None) -> list[str]:
    """Return what changes in the article's picture."""
    if not written.tells_of_cover or (cover is None and written.cover is None):
        return []
    if written.cover is None:
        return ["no cover"]
    if cover is None or cover.digest != written.cover.picture.digest:
        return ["new cover"]
    return [] if cover.alt == written.cover.alt else ["new words for the cover"]


def _has_new_text(written: Written, current: Revision | None) -> bool:
    if current is None:
        return bool(written.body.strip())
    return current.sha256 != sha256(written.body.encode()).hexdigest()


def _store(step: Step, author: User | None, note: str) -> Step:
    if step.outcome == Outcome.UNCHANGED or step.written is None:
        return step
    article = step.article or Article(slug=step.written.slug, author=author)
    for name, value in (step.values or {}).items():
        setattr(article, name, value)
    if step.values or step.article is None:
        article.save()
    if step.written.cover:
        Cover.put(article, step.written.cover.picture, step.written.cover.alt)
    elif step.written.tells_of_cover:
        Cover.objects.filter(article=article).delete()
    if step.has_new_text:
        article.publish(step.written.body, author=author, note=note)
    return Step(step.name, step.outcome, step.said, step.written, article, step.values, step.has_new_text)


def _articles(written: Sequence[Written]) -> dict[str, Article]:
    found: dict[str, Article] = {}
    for slugs in _by_number([each.slug for each in written]):
        rows = Article.objects.filter(slug__in=slugs).select_related("revision", "author", "cover")
        rows = rows.defer("revision__body", "revision__body_html", "revision__plain", "cover__webp")
        found |= {article.slug: article for article in rows}
    return found


def _formers(written: Sequence[Written]) -> dict[str, Article]:
    """Return the articles that had the addresses before."""
    found: dict[str, Article] = {}
    for slugs in _by_number([each.slug for each in written]):
        rows = FormerSlug.objects.filter(slug__in=slugs).select_related("article")
        found |= {former.slug: former.article for former in rows}
    return found


def _authors(written: Sequence[Written]) -> dict[str, User]:
    found: dict[str, User] = {}
    for names in _by_number(sorted({each.author for each in written if each.author})):
        found |= {user.username: user for user in User.objects.filter(username__in=names)}
    return found


def _by_number(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[start : start + PER_QUERY] for start in range(0, len(values), PER_QUERY)]
