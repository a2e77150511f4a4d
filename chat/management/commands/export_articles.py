"""`export_articles`: write articles into a zip or a folder, from which `seed_article` and the admin bring them back."""

import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from chat.exchange.archive import File, write_zip
from chat.exchange.files import files_of
from chat.models import Article


class Command(BaseCommand):
    """Write all articles, or those with the given addresses."""

    help = "Write articles as Markdown with front matter, drafts too: into a zip, or into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", metavar="FILE.zip|FOLDER", help="where to; files of the same names are replaced")
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help="only the articles with these addresses")

    def handle(self, *, target: str, slugs: list[str], **options: object) -> None:
        articles = chosen(slugs)
        files = list(files_of(articles))
        try:
            if target.lower().endswith(".zip"):
                into_zip(Path(target), files)
            else:
                into_folder(Path(target), files)
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        count = articles.count()
        self.stdout.write(f"Exported {count} article{'' if count == 1 else 's'} to {target}.")


def chosen(slugs: list[str]) -> QuerySet[Article]:
    """Return the articles; raise CommandError if one does not exist."""
    if not slugs:
        return Article.objects.all()
    articles = Article.objects.filter(slug__in=slugs)
    if missing := sorted(set(slugs) - set(articles.values_list("slug", flat=True))):
        raise CommandError(f"There is no article with the address {missing[0]}.")
    return articles


def into_zip(path: Path, files: list[File]) -> None:
    """Write beside the file and then take its place: whoever reads it never finds half of one."""
    half = path.with_name(f"{path.name}.part")
    with half.open("wb") as target:
        write_zip(target, files)
    os.replace(half, path)


def into_folder(folder: Path, files: list[File]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        path = folder / file.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(file.data)
