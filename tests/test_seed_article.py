"""`manage.py seed_article`: files become articles, all or none, and an unchanged file changes nothing."""

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from chat.models import Article, ArticleStatus, Revision
from tests.site import ROOT

pytestmark = pytest.mark.django_db

TEXT = "# The day\n\nIt began.\n\n## Part\n\n- one\n- two\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A Markdown file with one article."""
    path = tmp_path / "day.md"
    path.write_text(TEXT)
    return path


def seed(*arguments: object) -> str:
    out = io.StringIO()
    call_command("seed_article", *map(str, arguments), stdout=out)
    return out.getvalue()


def refusal(*arguments: object) -> str:
    """Return the sentence with which the command refuses, having changed nothing."""
    before = list(Article.objects.values()), list(Revision.objects.values())
    with pytest.raises(CommandError) as error:
        seed(*arguments)
    assert (list(Article.objects.values()), list(Revision.objects.values())) == before
    assert error.value.returncode == 1
    return str(error.value)


def test_a_file_becomes_a_published_article(file: Path) -> None:
    assert seed(file) == "The day (/articles/the-day/): added and published.\n"
    article = Article.objects.published().get(slug="the-day")
    assert (article.title, article.language, article.revision.number) == ("The day", "en", 1)
    assert article.revision.body == "It began.\n\n## Part\n\n- one\n- two\n"
    assert article.revision.note == "Imported from day.md"
    assert [section.text for section in article.revision.sections.all()] == ["It began.", "one\ntwo"]


def test_an_unchanged_file_changes_nothing(file: Path) -> None:
    seed(file)
    before = Article.objects.values().get()
    assert seed(file) == "The day (/articles/the-day/): unchanged.\n"
    assert Article.objects.values().get() == before
    assert Revision.objects.count() == 1


def test_a_changed_file_is_a_new_revision(file: Path) -> None:
    seed(file)
    file.write_text(TEXT + "\nMore.\n")
    assert seed(file) == "The day (/articles/the-day/): revision 2.\n"
    assert Article.objects.get().revision.body.endswith("More.\n")
    assert Revision.objects.count() == 2


def test_new_front_matter_needs_no_new_revision(file: Path) -> None:
    seed(file)
    file.write_text(TEXT.replace("# The day", "---\ntitle: A day\nslug: the-day\nsummary: S.\nlanguage: fr\n---"))
    assert seed(file) == "A day (/articles/the-day/): new title, new summary, new language.\n"
    article = Article.objects.get()
    assert (article.title, article.summary, article.language, article.revision.number) == ("A day", "S.", "fr", 1)


def test_questions_of_a_file_are_offered(file: Path) -> None:
    file.write_text(f"---\nquestions:\n  - When is it?\n  - Why is it?\n---\n{TEXT}")
    seed(file)
    assert Article.objects.get().own_questions == ["When is it?", "Why is it?"]
    file.write_text(f"---\nquestions: Where is it?\n---\n{TEXT}")
    assert seed(file) == "The day (/articles/the-day/): new questions.\n"
    assert Article.objects.get().own_questions == ["Where is it?"]


def test_the_shipped_articles_are_loaded_once() -> None:
    first = seed()
    assert "Celebration (/articles/celebration/): added and published." in first
    assert first.count("\n") == len(list((ROOT / "chat/content").glob("*.md")))
    count = Revision.objects.count()
    assert all(line.endswith(": unchanged.") for line in seed().splitlines())
    assert Revision.objects.count() == count
    assert Article.objects.published().first().slug == "celebration"


def test_what_an_editor_made_of_a_shipped_article_stays() -> None:
    seed()
    article = Article.objects.get(slug="celebration")
    article.publish("## Better\n\nWords.\n")
    Article.objects.filter(pk=article.pk).update(title="Feast", status=ArticleStatus.DRAFT)
    assert "Feast (/articles/celebration/): unchanged.\n" in seed()
    article.refresh_from_db()
    assert (article.title, article.status, article.revision.number) == ("Feast", "draft", 2)


def test_a_shipped_article_that_changed_since_is_a_new_revision(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.management.commands.seed_article.SHIPPED", file.parent)
    seed()
    file.write_text(TEXT + "\nMore.\n")
    assert seed() == "The day (/articles/the-day/): revision 2.\n"


def test_a_file_named_on_the_command_line_replaces_what_an_editor_wrote(file: Path) -> None:
    seed(file)
    Article.objects.get().publish("Other words.\n")
    assert seed(file) == "The day (/articles/the-day/): revision 3.\n"


def test_a_draft_is_hidden_until_it_is_published(file: Path) -> None:
    assert seed(file, "--draft") == "The day (/articles/the-day/): added as a draft.\n"
    assert not Article.objects.published()
    assert seed(file) == "The day (/articles/the-day/): unchanged.\n"
    assert Article.objects.get().status == ArticleStatus.DRAFT
    assert seed(file, "--publish") == "The day (/articles/the-day/): now published.\n"
    assert Article.objects.published().get().published_at
    assert seed(file, "--draft") == "The day (/articles/the-day/): now a draft.\n"


def test_the_command_line_goes_before_the_file(file: Path) -> None:
    assert seed(file, "--slug", "one", "--title", "Another") == "Another (/articles/one/): added and published.\n"
    assert "# The day" in Article.objects.get().revision.body


def test_a_dry_run_says_what_would_happen(file: Path) -> None:
    said = seed(file, "--dry-run")
    assert said == ("The day (/articles/the-day/): added and published.\nThis was a dry run: nothing was changed.\n")
    assert not Article.objects.exists()
    assert not Revision.objects.exists()


def test_plain_text_is_imported_word_for_word(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(
        "\ufeffMy notes\r\n\r\nReasons\r\n- 2 * 3 * 4\r\n- <b> & _c_\r\n\r\n1. All is said.\r\n", newline=""
    )
    seed(path)
    revision = Revision.objects.get()
    assert revision.plain == "Reasons\n\n2 * 3 * 4\n<b> & _c_\n\n1. All is said."
    assert [section.heading for section in revision.sections.all()] == ["Reasons"]
    assert Article.objects.get().title == "My notes"


def test_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(TEXT.encode())))
    assert seed("-") == "The day (/articles/the-day/): added and published.\n"
    assert Revision.objects.get().note == "Imported from standard input"


@pytest.mark.parametrize("title", ["北京", "???"])
def test_every_article_can_be_opened(title: str, tmp_path: Path, client: object) -> None:
    (tmp_path / "a.md").write_text(f"# {title}\n\nWords.\n")
    seed(tmp_path / "a.md")
    assert client.get(Article.objects.get().get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty."),
        (b"\x89PNG\0", "is a binary file, not a text."),
        (b"# \xe9t\xe9\n\ntext", "is not UTF-8 text (byte 3). Save it as UTF-8."),
        (b"# A\n\n" + b"a" * 2_000_000, "is larger than 2 MB."),
        (b"No title here.", "has no title: begin it with a heading, or give one with --title."),
    ],
)
def test_what_is_no_article_is_refused(data: bytes, reason: str, file: Path, tmp_path: Path) -> None:
    seed(file)
    bad = tmp_path / "bad"
    bad.write_bytes(data)
    assert refusal(bad) == f"{bad} {reason}"


def test_a_missing_file_and_an_empty_directory_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.md") == f"{tmp_path}/none.md does not exist."
    assert refusal(tmp_path) == f"{tmp_path}: The folder holds no Markdown files."
    assert refusal(tmp_path / ("n" * 300)).endswith("cannot be read: File name too long.")


def test_of_several_files_all_are_imported_or_none(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "night.md"
    other.write_text("# The night\n\nIt ended.\n")
    assert refusal(file, tmp_path / "none.md", other).endswith("none.md does not exist.")
    assert seed(file, other).count("added and published") == 2


def test_two_files_cannot_be_the_same_article(file: Path) -> None:
    assert refusal(file, file) == "Two of the files have the address the-day: name it in their front matter."


def test_options_that_make_no_sense_are_refused(file: Path, tmp_path: Path) -> None:
    assert "exactly one PATH" in refusal(file, tmp_path, "--title", "T")
    assert "exactly one PATH" in refusal("--slug", "s")
    assert "--slug may hold only letters" in refusal(file, "--slug", "a b")
    assert "not allowed with" in refusal_of_options(file, "--draft", "--publish")


def refusal_of_options(*arguments: object) -> str:
    with pytest.raises(CommandError) as error:
        seed(*arguments)
    return str(error.value)


def manage(tmp_path: Path, *arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run manage.py as an operator does, on a database of its own."""
    environment = {**os.environ, "DEBUG": "true", "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    environment["DJANGO_SETTINGS_MODULE"] = "celebrations_site.settings"
    command = [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, env=environment, timeout=60)


def test_on_a_terminal_a_refusal_is_one_sentence_and_exit_1(tmp_path: Path) -> None:
    run = manage(tmp_path, "seed_article", "-", stdin=b"\xff\xfe")
    assert run.returncode == 1
    assert run.stdout == b""
    assert run.stderr == b"CommandError: Standard input is UTF-16 text. Save it as UTF-8.\n"


def test_on_a_terminal_an_import_is_said_on_standard_output(tmp_path: Path, file: Path) -> None:
    without_tables = manage(tmp_path, "seed_article", file)
    assert without_tables.returncode == 1
    assert without_tables.stderr.endswith(b"Has manage.py migrate been run?\n")
    assert b"Traceback" not in without_tables.stderr
    assert manage(tmp_path, "migrate", "--verbosity", 0).returncode == 0
    run = manage(tmp_path, "seed_article", file)
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout == b"The day (/articles/the-day/): added and published.\n"
