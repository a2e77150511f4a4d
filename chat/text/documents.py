"""Read a file that an editor wrote, Markdown or plain text, as an article."""

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from django.utils.text import slugify
from markdown_it.token import Token

from chat.text.clean import clean
from chat.text.front_matter import split_front_matter
from chat.text.parser import article_parser, words_of
from chat.text.plain_text import markdown_of
from chat.text.questions import MAX_QUESTION_LENGTH, question_lines, too_long

# 300,000 words: more than any article, and still read in seconds.
MAX_BYTES = 2_000_000
# What the columns of the article hold.
MAX_TITLE_LENGTH = 200
MAX_SLUG_LENGTH = 120
# Long enough to say what an article is about, short enough to be read in an address.
_MADE_SLUG_LENGTH = 80

_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_SLUG = re.compile(r"[\w-]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
_PLAIN_NAMES = (".txt", ".text")
_MARKDOWN_NAMES = (".md", ".markdown", ".mdown", ".mkd")
# Nobody writes these in plain text.
_CERTAIN_SIGNS = {"heading_open", "fence", "table_open", "link_open", "image", "strong_open"}
# Those that a plain text may hold by chance; they count in a file that is named as Markdown.
_WEAK_SIGNS = {"em_open", "s_open", "code_inline", "code_block", "ordered_list_open", "blockquote_open", "hr"}


class DocumentError(ValueError):
    """The file cannot become an article; `str()` is a sentence that says why."""


@dataclass(frozen=True)
class Document:
    """An article as a file gives it; `summary`, `language` and `questions` are "" where the file does not say."""

    title: str
    slug: str
    summary: str
    language: str
    body: str  # Markdown, without front matter and without a first-level heading that is the title
    questions: str = ""  # one on a line


def read_document(data: bytes, name: str, title: str = "") -> Document:
    """Return the article in the bytes of the file `name` ("-" for standard input); raise DocumentError.

    `title` goes before the title that the file gives: in its front matter, or else as its first heading.
    """
    shown_name = "Standard input" if name == "-" else name
    about, text = split_front_matter(_decoded(data, shown_name))
    source = _as_markdown(text, name)
    title = _one_line(title) or _one_line(about.get("title", ""))
    title, body = _without_title(source, title)
    _check_title(title, shown_name)
    if not body.strip():
        raise DocumentError(f"{shown_name} holds a title but no text.")
    return Document(
        title=title,
        slug=_checked_slug(about.get("slug", ""), shown_name) or slug_of(title),
        summary=_one_line(about.get("summary", "")),
        language=_checked_language(about.get("language", ""), shown_name),
        body=body.strip("\n") + "\n",
        questions=_checked_questions(about.get("questions", ""), shown_name),
    )


def slug_of(title: str) -> str:
    """Return the address for a title: in ASCII if its letters have an ASCII form, else in its own script."""
    slug = slugify(title)
    if len(slugify(title, allow_unicode=True)) != len(slug):
        slug = slugify(title, allow_unicode=True)
    slug = slug[:_MADE_SLUG_LENGTH].strip("-_")
    return slug or f"article-{sha256(title.encode()).hexdigest()[:8]}"


def is_slug(slug: str) -> bool:
    """Tell whether the words can stand in an address as they are."""
    return len(slug) <= MAX_SLUG_LENGTH and _SLUG.fullmatch(slug) is not None


def _decoded(data: bytes, name: str) -> str:
    """Return the text with LF line ends and without a byte order mark."""
    if len(data) > MAX_BYTES:
        raise DocumentError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError(f"{name} is UTF-16 text. Save it as UTF-8.")
    if _BINARY.search(data):
        raise DocumentError(f"{name} is a binary file, not a text.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name} is not UTF-8 text (byte {error.start + 1}). Save it as UTF-8.") from error
    if not text.strip():
        raise DocumentError(f"{name} is empty.")
    return clean(text)


def _as_markdown(text: str, name: str) -> str:
    if name.lower().endswith(_PLAIN_NAMES):
        return markdown_of(text)
    signs = _CERTAIN_SIGNS | _WEAK_SIGNS if name.lower().endswith(_MARKDOWN_NAMES) else _CERTAIN_SIGNS
    tokens = article_parser().parse(text)
    return text if any(_has_sign(token, signs) for token in tokens) else markdown_of(text)


def _has_sign(token: Token, signs: set[str]) -> bool:
    """Tell whether a token is one of the signs of Markdown; an address in angle brackets is none."""
    if token.type in signs and token.markup != "autolink":
        return True
    return any(_has_sign(child, signs) for child in token.children or [])


def _without_title(source: str, title: str) -> tuple[str, str]:
    """Return the title, which is that of the first heading if none is given, and the text without a heading for it."""
    tokens = article_parser().parse(source)
    for token, inline in pairwise(tokens):
        if token.type != "heading_open" or token.level > 0 or token.map is None:
            continue
        heading = _one_line(words_of(inline))
        if token.tag != "h1" or (title and heading != title):
            return title or heading, source
        lines = source.split("\n")
        return heading, "\n".join(lines[: token.map[0]] + lines[token.map[1] :])
    return title, source


def _check_title(title: str, name: str) -> None:
    if not title:
        raise DocumentError(f"{name} has no title: begin it with a heading, or give one with --title.")
    if len(title) > MAX_TITLE_LENGTH:
        raise DocumentError(f"The title of {name} is longer than {MAX_TITLE_LENGTH} characters.")


def _checked_slug(slug: str, name: str) -> str:
    if slug and not is_slug(slug):
        raise DocumentError(f"The slug of {name} may hold only letters, digits, hyphens and underscores.")
    return slug


def _checked_language(language: str, name: str) -> str:
    if language and not _LANGUAGE.fullmatch(language):
        raise DocumentError(f"The language of {name} is no language tag such as en or pt-BR.")
    return language


def _checked_questions(questions: str, name: str) -> str:
    if line := too_long(questions):
        raise DocumentError(f"A question in {name} is longer than {MAX_QUESTION_LENGTH} characters: “{line}”.")
    return "\n".join(question_lines(questions))


def _one_line(text: str) -> str:
    return " ".join(text.split())
