"""Articles as files, Markdown with front matter, and back: an exported file holds all that an editor wrote, exactly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import Field, QuerySet
from django.utils.timezone import is_naive, make_aware

from chat.exchange.archive import File
from chat.exchange.pictures import picture_in
from chat.models import Article, Cover
from chat.models.covers import ALT_MAX_CHARS
from chat.text.clean import clean
from chat.text.documents import MAX_BYTES, DocumentError, is_slug, read_document
from chat.text.front_matter import front_matter, is_exact, split_exact
from chat.text.pictures import Picture, PictureError
from chat.text.questions import question_lines, too_long

# What a file says of its article, by the names of the model's fields; slug, questions and author are told beside them.
DETAILS = ("title", "summary", "language", "status", "published_at", "front_position")


# Where pictures lie in a zip or folder.
COVERS = "covers/"


@dataclass(frozen=True)
class Illustration:
    """A cover with the words for those who do not see it."""

    picture: Picture
    alt: str


@dataclass(frozen=True)
class Written:
    """An article as a file gives it, checked."""

    name: str
    slug: str
    body: str
    details: dict[str, Any] = field(default_factory=dict)  # Any: values of the model's fields; those that it tells of
    author: str = ""  # a user name
    tells_of_cover: bool = False
    cover: Illustration | None = None

    @property
    def title(self) -> str:
        return str(self.details["title"])


def files_of(articles: QuerySet[Article]) -> Iterator[File]:
    """Yield a file for each article, by address, and one for its cover if it has one."""
    rows = articles.select_related("revision", "author", "cover").defer("revision__body_html", "revision__plain")
    for article in rows.order_by("slug").iterator(chunk_size=100):
        yield file_of(article)
        if cover := cover_of(article):
            yield File(_cover_name(article), bytes(cover.webp))


def cover_of(article: Article) -> Cover | None:
    """Return the picture of an article."""
    found: Cover | None = getattr(article, "cover", None)
    return found


def _cover_name(article: Article) -> str:
    return f"{COVERS}{article.slug}.webp"


def file_of(article: Article) -> File:
    """Return the article with its current text; other revisions stay where they are."""
    cover = cover_of(article)
    fields = {name: _field(name) for name in DETAILS}
    details = {
        name: "" if field.value_from_object(article) is None else field.value_to_string(article)
        for name, field in fields.items()
    }
    author = article.author.get_username() if article.author else ""
    entries = {"title": details.pop("title"), "slug": article.slug, **details, "author": author}
    if cover:
        entries |= {"cover": _cover_name(article), "cover_alt": cover.alt}
    head = front_matter(entries, {"questions": article.questions.splitlines()})
    return File(f"{article.slug}.md", (head + (article.revision.body if article.revision else "")).encode())


def read_file(file: File, pictures: Mapping[str, bytes] | None = None) -> Written:
    """Return the article in a file; raise DocumentError, which names the file and as far as possible the line."""
    if not is_exact(file.data):
        document = read_document(file.data, file.name)
        told = {"summary": document.summary, "language": document.language, "questions": document.questions}
        details = {"title": document.title, **{name: value for name, value in told.items() if value}}
        return Written(file.name, document.slug, document.body, details)
    return _read_exact(file, pictures or {})


def _read_exact(file: File, pictures: Mapping[str, bytes]) -> Written:
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
    try:
        cover = _cover(values, pictures)
    except PictureError as error:
        raise refuse("cover", str(error)) from error
    author = values.get("author", "")
    return Written(file.name, values["slug"], body, details, author, tells_of_cover=True, cover=cover)


def _cover(values: Mapping[str, str], pictures: Mapping[str, bytes]) -> Illustration | None:
    name, alt = values.get("cover", ""), " ".join(values.get("cover_alt", "").split())
    if not name:
        return None
    if name not in pictures:
        raise PictureError(f"the picture {name} is missing.")
    if not alt or len(alt) > ALT_MAX_CHARS:
        raise PictureError(
            f"a cover needs a cover_alt, the words for those who do not see it; {ALT_MAX_CHARS} at most."
        )
    return Illustration(picture_in(pictures[name]), alt)


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
