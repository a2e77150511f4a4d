"""Articles as files, Markdown with front matter, and back: an exported file holds all that an editor wrote, exactly."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import Field, QuerySet
from django.utils.timezone import is_naive, make_aware

from chat.exchange.archive import File
from chat.models import Article
from chat.text.clean import clean
from chat.text.documents import MAX_BYTES, DocumentError, is_slug, read_document
from chat.text.front_matter import front_matter, is_exact, split_exact
from chat.text.questions import question_lines, too_long

# What a file says of its article, by the names of the model's fields; slug, questions and author are told beside them.
DETAILS = ("title", "summary", "language", "status", "published_at")


@dataclass(frozen=True)
class Written:
    """An article as a file gives it, checked."""

    name: str
    slug: str
    body: str
    details: dict[str, Any] = field(default_factory=dict)  # Any: values of the model's fields; those that it tells of
    author: str = ""  # a user name

    @property
    def title(self) -> str:
        return str(self.details["title"])


def files_of(articles: QuerySet[Article]) -> Iterator[File]:
    """Yield a file for each article, by address."""
    rows = articles.select_related("revision", "author").defer("revision__body_html", "revision__plain")
    for article in rows.order_by("slug").iterator(chunk_size=100):
        yield file_of(article)


def file_of(article: Article) -> File:
    """Return the article with its current text; other revisions stay where they are."""
    details = {name: _field(name).value_to_string(article) for name in DETAILS}
    if article.published_at is None:
        details["published_at"] = ""
    author = article.author.get_username() if article.author else ""
    entries = {"title": details.pop("title"), "slug": article.slug, **details, "author": author}
    head = front_matter(entries, {"questions": article.questions.splitlines()})
    return File(f"{article.slug}.md", (head + (article.revision.body if article.revision else "")).encode())


def read_file(file: File) -> Written:
    """Return the article in a file; raise DocumentError, which names the file and as far as possible the line."""
    if not is_exact(file.data):
        document = read_document(file.data, file.name)
        told = {"summary": document.summary, "language": document.language, "questions": document.questions}
        details = {"title": document.title, **{name: value for name, value in told.items() if value}}
        return Written(file.name, document.slug, document.body, details)
    return _read_exact(file)


def _read_exact(file: File) -> Written:
    try:
        text = clean(file.data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = file.data.count(b"\n", 0, error.start) + 1
        raise DocumentError(f"{file.name}, line {line}: not UTF-8 text. Save it as UTF-8.") from error
    read = split_exact(text)
    if isinstance(read, int):
        reason = "the front matter cannot be read here. Entries look like “title: …”."
        raise DocumentError(f"{file.name}, line {read}: {reason}")
    entries, body = read
    values = {name: entry.value for name, entry in entries.items()}

    def refuse(name: str, reason: str) -> DocumentError:
        place = f", line {entries[name].line}" if name in entries else ""
        return DocumentError(f"{file.name}{place}: {reason}")

    if not is_slug(values.get("slug", "")):
        raise refuse("slug", "the slug must be given; it may hold only letters, digits, hyphens and underscores.")
    if len(body.encode()) > MAX_BYTES:
        raise DocumentError(f"{file.name} is larger than {MAX_BYTES // 1_000_000} MB.")
    details: dict[str, Any] = {"questions": _questions(values.get("questions", ""), refuse)}
    for name in DETAILS:
        try:
            details[name] = _aware(_field(name).clean(values.get(name) or _empty(name), None))
        except ValidationError as error:
            raise refuse(name, f"the {name.replace('_', ' ')} is not valid: {' '.join(error.messages)}") from error
    if details["status"] != "draft" and not body.strip():
        raise refuse("status", "only a draft may be without a text.")
    return Written(file.name, values["slug"], body, details, values.get("author", ""))


def _questions(written: str, refuse: Any) -> str:  # Any: the function above
    if line := too_long(written):
        raise refuse("questions", f"a question is too long: “{line}”.")
    return "\n".join(question_lines(written))


def _field(name: str) -> Field:
    return cast(Field, Article._meta.get_field(name))


def _aware(value: Any) -> Any:  # Any: a value of the model's field
    """Return a moment that somebody wrote without a time zone in the site's own."""
    return make_aware(value) if isinstance(value, datetime) and is_naive(value) else value


def _empty(name: str) -> Any:  # Any: a value of the model's field
    """Return what a field holds about which an exported file says nothing."""
    found = _field(name)
    return found.get_default() if found.has_default() else None if found.null else ""
