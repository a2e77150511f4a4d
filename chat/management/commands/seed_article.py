"""`seed_article`: load the articles that ship with the site, or import Markdown and plain-text files."""

import os
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction

from chat.exchange.archive import MAX_FILE_BYTES, ArchiveError, File, read_covers, read_folder, read_zip
from chat.exchange.imports import Outcome, Step, bring_in, plan
from chat.models import Article, ArticleStatus
from chat.text.documents import MAX_BYTES, Document, DocumentError, is_slug, read_document
from chat.text.front_matter import is_exact

SHIPPED = Path(__file__).resolve().parent.parent.parent / "content"
# Marks the revisions that came with the site, so that a later start tells an editor's text from an old shipped one.
SHIPPED_NOTE = "Shipped with the site"
STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Import:
    """One file, read and checked, and what the command line says about it."""

    document: Document
    slug: str
    note: str
    status: ArticleStatus | None  # None: as it is, and published when new


class Command(BaseCommand):
    """Read all files before anything is written, and write all in one transaction."""

    help = (
        "Load the articles that ship with the site, or import files: Markdown or plain text, UTF-8. "
        "A file that changed becomes a new revision of its article; one that did not changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="PATH", help="a file, a zip, a folder, or - for standard input")
        parser.add_argument("--slug", default="", help="the article's address, instead of the one its title makes")
        parser.add_argument("--title", default="", help="the title, instead of the one that the file gives")
        status = parser.add_mutually_exclusive_group()
        status.add_argument("--draft", action="store_true", help="hide from readers")
        status.add_argument("--publish", action="store_true", help="show to readers, as new articles are anyway")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")

    def handle(
        self, *, paths: list[str], slug: str, title: str, draft: bool, publish: bool, dry_run: bool, **options: object
    ) -> None:
        if draft and publish:
            raise CommandError("--draft and --publish exclude each other.")
        status = ArticleStatus.DRAFT if draft else ArticleStatus.PUBLISHED if publish else None
        archives = [path for path in paths if is_archive(path)]
        if (slug or title) and archives:
            raise CommandError("--slug and --title name one article: give exactly one PATH with them.")
        files = [path for path in paths or shipped() if path not in archives]
        imports = read_all(files, is_shipped=not paths, slug=slug, title=title, status=status)
        try:
            with transaction.atomic():
                said = [apply(each) for each in imports]
                said += [sentence for path in archives for sentence in apply_archive(path, status)]
                transaction.set_rollback(dry_run)
        except DatabaseError as error:
            reason = str(error).partition("\n")[0]
            raise CommandError(f"The database cannot be used ({reason}). Has manage.py migrate been run?") from error
        for sentence in said:
            self.stdout.write(sentence)
        if dry_run:
            self.stdout.write("This was a dry run: nothing was changed.")


def shipped() -> list[str]:
    """Return the paths of the articles that ship with the site; the first of them becomes the front article."""
    return [str(path) for path in sorted(SHIPPED.glob("*.md"))]


def read_all(
    paths: list[str], *, is_shipped: bool, slug: str, title: str, status: ArticleStatus | None
) -> list[Import]:
    """Read every file; raise CommandError at the first that cannot become an article of its own."""
    if (slug or title) and (is_shipped or len(paths) != 1):
        raise CommandError("--slug and --title name one article: give exactly one PATH with them.")
    if slug and not is_slug(slug):
        raise CommandError("--slug may hold only letters, digits, hyphens and underscores, at most 120 of them.")
    imports: dict[str, Import] = {}
    for path in paths:
        document = read(path, title)
        note = SHIPPED_NOTE if is_shipped else imported_note(path)
        each = Import(document, slug or document.slug, note, status)
        if each.slug in imports:
            raise CommandError(f"Two of the files have the address {each.slug}: name it in their front matter.")
        imports[each.slug] = each
    return list(imports.values())


def read(path: str, title: str) -> Document:
    """Return the article that a file holds; raise CommandError with a sentence if it holds none."""
    try:
        if path == STANDARD_INPUT:
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        return read_document(data, shown(path), title)
    except FileNotFoundError as error:
        raise CommandError(f"{shown(path)} does not exist.") from error
    except IsADirectoryError as error:
        raise CommandError(f"{shown(path)} is a directory, not a file.") from error
    except OSError as error:
        raise CommandError(f"{shown(path)} cannot be read: {error.strerror}.") from error
    except DocumentError as error:
        raise CommandError(str(error)) from error


def is_archive(path: str) -> bool:
    """Tell whether a path is a zip, a folder, or a file that was exported."""
    if path.lower().endswith(".zip") or os.path.isdir(path):
        return True
    try:
        with Path(path).open("rb") as file:
            return is_exact(file.read(100))
    except OSError:
        return False  # Whoever reads it says why.


def apply_archive(path: str, status: ArticleStatus | None) -> list[str]:
    """Store the articles of a zip or a folder, in the caller's transaction; return a sentence about each."""
    files = read_archive(path)
    for step in plan(files, status=status, new_status=ArticleStatus.PUBLISHED):
        if step.outcome == Outcome.ERROR:
            raise CommandError(step.said)
    steps = bring_in(files, author=None, note=imported_note(path), status=status, new_status=ArticleStatus.PUBLISHED)
    return [sentence_about(step) for step in steps]


def read_archive(path: str) -> list[File]:
    try:
        if os.path.isdir(path):
            return read_folder(Path(path))
        with Path(path).open("rb") as file:
            if path.lower().endswith(".zip"):
                return read_zip(file)
            return [File(shown(path), file.read(MAX_FILE_BYTES + 1)), *read_covers(Path(path).parent)]
    except FileNotFoundError as error:
        raise CommandError(f"{shown(path)} does not exist.") from error
    except ArchiveError as error:
        raise CommandError(f"{shown(path)}: {error}") from error
    except OSError as error:
        raise CommandError(f"{shown(path)} cannot be read: {error.strerror}.") from error


def sentence_about(step: Step) -> str:
    article = step.article
    return f"{article} ({article.get_absolute_url() if article else step.name}): {step.said}."


def imported_note(path: str) -> str:
    name = "standard input" if path == STANDARD_INPUT else shown(Path(path).name)
    return f"Imported from {name}"[:200]


def shown(path: str) -> str:
    """Return a path that every terminal and database takes, even if its bytes are not UTF-8."""
    return os.fsencode(path).decode(errors="replace")


def apply(each: Import) -> str:
    """Store one article, in the caller's transaction; return a sentence about what changed."""
    article = Article.objects.filter(slug=each.slug).first()
    if article is None:
        happened = add(each)
        article = Article.objects.get(slug=each.slug)
    elif is_loaded(article, each):
        happened = set_status(article, each.status) or ["unchanged"]
    else:
        happened = revise(article, each)
    return f"{article.title} ({article.get_absolute_url()}): {', '.join(happened)}."


def add(each: Import) -> list[str]:
    document = each.document
    article = Article(slug=each.slug, title=document.title, summary=document.summary, questions=document.questions)
    article.status = each.status or ArticleStatus.PUBLISHED
    article.language = document.language or article.language
    article.save()
    article.publish(document.body, note=each.note)
    return ["added as a draft" if article.status == ArticleStatus.DRAFT else "added and published"]


def is_loaded(article: Article, each: Import) -> bool:
    """Tell whether a shipped file is the one that was loaded last: what editors did to the article since stays."""
    if each.note != SHIPPED_NOTE:
        return False
    loaded = article.revisions.filter(note=SHIPPED_NOTE).first()
    return loaded is not None and loaded.body == each.document.body


def revise(article: Article, each: Import) -> list[str]:
    """Bring an article up to its file; return what changed, or that nothing did."""
    revision = article.publish(each.document.body, note=each.note)
    happened = [f"revision {revision.number}"] if revision else []
    for name in ("title", "summary", "language", "questions"):
        value = getattr(each.document, name)
        if value and value != getattr(article, name):
            setattr(article, name, value)
            article.save(update_fields=[name, "updated"])
            happened.append(f"new {name}")
    return happened + set_status(article, each.status) or ["unchanged"]


def set_status(article: Article, status: ArticleStatus | None) -> list[str]:
    if status is None or article.status == status:
        return []
    article.status = status
    article.save(update_fields=["status", "updated"])
    return ["now a draft" if status == ArticleStatus.DRAFT else "now published"]
