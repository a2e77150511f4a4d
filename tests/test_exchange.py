"""Articles as zips and folders: the same bytes out, in and out again, and no harm from what others packed."""

import io
import struct
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from chat.exchange import archive
from chat.exchange.archive import ArchiveError, File, read_zip, write_zip
from chat.exchange.files import file_of, files_of, read_file
from chat.exchange.imports import Outcome, PlanChangedError, bring_in, digest, plan
from chat.models import Article, ArticleStatus, Cover, Revision
from chat.text.documents import DocumentError
from chat.text.pictures import read_picture
from tests.conftest import BODY
from tests.text.strategies import markdown

HEAD = "---\nexact: true\ntitle: A\nslug: a\n"


def picture(colour="teal", form="PNG"):
    """Return the bytes of a picture."""
    target = io.BytesIO()
    Image.new("RGB", (300, 240), colour).save(target, form)
    return target.getvalue()


def zipped(files, **options):
    """Return a zip of names and contents, as somebody else's program would write it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data, **options)
    target.seek(0)
    return target


def exported():
    target = io.BytesIO()
    write_zip(target, files_of(Article.objects.all()))
    return target.getvalue()


def empty_site():
    Article.objects.update(revision=None)
    Revision.objects.all().delete()
    Cover.objects.all().delete()
    Article.objects.all().delete()


def brought_in(data, **options):
    return bring_in(read_zip(io.BytesIO(data)), author=None, note="Imported", **options)


@pytest.fixture
def several(db, eve, article):
    """Articles of every kind."""
    article.summary, article.questions = "Of “bread”: and\r\ncake # not a comment", "When?\nWhy: “so”?"
    article.author, article.language = eve, "pt-BR"
    article.save()
    plain = Article.objects.create(slug="plain", title="Plain: words", status=ArticleStatus.PUBLISHED)
    plain.publish("\n\nNo sign of markup\n  \n\n")
    Article.objects.create(slug="empty", title="'Empty'")
    later = Article(slug="later", title="Later", status=ArticleStatus.PUBLISHED, front_position=2)
    later.published_at = datetime(2126, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    later.save()
    later.publish("Not yet.")
    Article.objects.create(slug="gone", title="Gone", status=ArticleStatus.WITHDRAWN).publish("No more.")
    Cover.put(later, read_picture(picture()), "A lantern: “lit”")
    Article.objects.create(slug="北京", title="# 北京", status=ArticleStatus.PUBLISHED).publish("# # 北京\n---\nNo end")
    return list(Article.objects.all())


def test_the_round_trip_through_an_empty_site_is_byte_identical(several):
    first = exported()
    empty_site()
    assert {step.outcome for step in brought_in(first)} == {Outcome.NEW}
    assert exported() == first
    assert Article.objects.get(slug="empty").revision is None
    assert Article.objects.get(slug="plain").published_at is not None


def test_the_same_articles_at_another_time_are_the_same_bytes(several, monkeypatch):
    first = exported()
    Article.objects.update(updated=timezone.now())
    assert exported() == first


def test_bringing_in_what_is_there_makes_no_revision(several):
    before = list(Revision.objects.values()), list(Article.objects.values())
    assert {step.outcome for step in brought_in(exported())} == {Outcome.UNCHANGED}
    assert (list(Revision.objects.values()), list(Article.objects.values())) == before


@given(markdown())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_every_text_is_the_same_after_the_round_trip(db, body):
    article = Article(slug="a", title="A", status=ArticleStatus.DRAFT)
    article.revision = Revision(body=body)
    assert read_file(file_of(article)).body == body


def test_a_changed_text_becomes_a_revision_and_is_told_before(article):
    data = (
        read_zip(io.BytesIO(exported()))[0].data.replace(b"bread", b"soup").replace(b"title: Feasts", b"title: Feast")
    )
    (step,) = plan([File("feasts.md", data)])
    assert (step.outcome, step.said) == (Outcome.CHANGED, "new text, new title")
    assert Article.objects.get().title == "Feasts"
    bring_in([File("feasts.md", data)], author=None, note="Imported from x.zip")
    article.refresh_from_db()
    assert (article.title, article.revision.number, article.revision.note) == ("Feast", 2, "Imported from x.zip")


def test_an_author_whom_the_site_does_not_know_is_ignored(article, bob):
    article.author = bob
    article.save()
    data = exported()
    bob.delete()
    assert [step.said for step in brought_in(data)] == ["unchanged"]


def test_a_file_of_one_s_own_is_new_as_a_draft_unless_it_says_more(db):
    file = File("day.md", b"# The day\n\nIt *began*.\n")
    (step,) = plan([file])
    assert (step.outcome, step.said) == (Outcome.NEW, "new, draft")
    bring_in([file], author=None, note="")
    assert (Article.objects.get().slug, Article.objects.get().status) == ("the-day", "draft")


def with_cover(data, name="covers/a.webp", **more):
    text = "".join(f"{key}: {value}\n" for key, value in more.items())
    article = File("a.md", f"{HEAD}cover: {name}\n{text}---\nA".encode())
    return [article, File("covers/a.webp", data)]


def test_a_cover_comes_with_its_words_and_goes_again(db):
    bring_in(with_cover(picture(), cover_alt="A lamp"), author=None, note="")
    cover = Cover.objects.get()
    assert (cover.alt, cover.width, bytes(cover.webp)[8:12]) == ("A lamp", 300, b"WEBP")
    (step,) = plan(with_cover(bytes(cover.webp), cover_alt="A lantern"))
    assert step.said == "new words for the cover"
    (step,) = plan(with_cover(picture("red"), cover_alt="A lamp"))
    assert step.said == "new cover"
    bring_in([File("a.md", f"{HEAD}---\nA".encode())], author=None, note="")
    assert not Cover.objects.exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (with_cover(b"x", name="covers/b.webp", cover_alt="A"), "a.md, line 5: the picture covers/b.webp is missing"),
        (with_cover(picture()), "a.md, line 5: a cover needs a cover_alt"),
        (with_cover(b"RIFFx", cover_alt="A"), "a.md, line 5: This is not a picture"),
        (with_cover(picture(form="WEBP")[:-2], cover_alt="A"), "a.md, line 5: The picture is damaged"),
    ],
)
def test_a_cover_that_cannot_be_taken_is_told(db, files, said):
    (step,) = plan(files)
    assert step.said.startswith(said)


def test_what_a_camera_put_into_a_picture_is_left_out(db):
    target = io.BytesIO()
    Image.new("RGB", (300, 240)).save(target, "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0where it was taken")
    assert b"where" in target.getvalue()
    bring_in(with_cover(target.getvalue(), cover_alt="A"), author=None, note="")
    assert b"where" not in bytes(Cover.objects.get().webp)


def test_two_files_with_one_address_are_an_error(db):
    steps = plan([File("a.md", b"# A\n\n- x\n"), File("b.md", b"# A\n\n- y\n")])
    assert [step.outcome for step in steps] == [Outcome.NEW, Outcome.ERROR]
    assert "b.md has the same address as a.md" in steps[1].said


def test_an_address_that_leads_to_another_article_is_an_error(article):
    article.slug = "banquets"
    article.save()
    (step,) = plan([File("feasts.md", b"# Feasts\n\n- x\n")])
    assert "leads to “Feasts”, which had it before" in step.said


def test_with_an_error_nothing_is_stored(db):
    with pytest.raises(PlanChangedError):
        bring_in([File("a.md", b"# A\n\n- x\n"), File("b.md", b"\xff")], author=None, note="")
    assert not Article.objects.exists()


def test_another_plan_than_the_one_shown_is_not_carried_out(article):
    files = read_zip(io.BytesIO(exported()))
    shown = digest(plan(files))
    article.title = "Meanwhile"
    article.save()
    with pytest.raises(PlanChangedError):
        bring_in(files, author=None, note="", expected=shown)
    assert Article.objects.get().title == "Meanwhile"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"# A\n\n\xff", "a.md is not UTF-8 text"),
        ((HEAD + "---\nA\n").encode() + b"B\xff", "a.md, line 7: not UTF-8"),
        ((HEAD + "?\n---\nA").encode(), "a.md, line 5: the front matter cannot be read"),
        ((HEAD + "status: gone\n---\nA").encode(), "a.md, line 5: the status is not valid"),
        ((HEAD + "published_at: soon\n---\nA").encode(), "a.md, line 5: the published at is not valid"),
        ((HEAD + f"title: {'x' * 201}\n---\nA").encode(), "a.md, line 5: the title is not valid"),
        ((HEAD + "status: published\n---\n \n").encode(), "a.md, line 5: only a draft may be without a text"),
        ((HEAD + f"questions:\n  - {'x' * 201}\n---\nA").encode(), "a.md, line 5: a question is too long"),
        (b"---\nexact: true\ntitle: A\nslug: a/b\n---\nA", "a.md, line 4: the slug"),
        (b"---\nexact: true\nslug: a\n---\nA", "a.md: the title is not valid"),
        ((HEAD + "---\n" + "x" * 2_000_001).encode(), "a.md is larger than 2 MB"),
        (b"", "a.md is empty"),
    ],
)
def test_what_is_no_article_is_told_with_its_line(data, said):
    with pytest.raises(DocumentError, match=r"a\.md") as error:
        read_file(File("a.md", data))
    assert str(error.value).startswith(said)


def test_a_moment_without_a_zone_is_one_of_the_site(db):
    written = read_file(File("a.md", (HEAD + "published_at: 2026-11-25 10:00\n---\nA").encode()))
    assert timezone.is_aware(written.details["published_at"])


# --- zips -----------------------------------------------------------------------------------------------------


def test_litter_is_left_out():
    files = {"b.md": "B", "a.md": "A", "__MACOSX/._a.md": "x", ".DS_Store": "x", "folder/": ""}
    assert [file.name for file in read_zip(zipped(files))] == ["a.md", "b.md"]


@pytest.mark.parametrize("name", ["../a.md", "/etc/a.md", "x/../../a.md", "..\\a.md", "C:a.md"])
def test_a_path_that_leads_outside_is_refused(name):
    with pytest.raises(ArchiveError, match="leads out of it"):
        read_zip(zipped({name: "A"}))


def test_what_is_unpacked_is_limited_whatever_the_zip_says(monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 1000)
    bomb = zipped({"a.md": "x" * 1_000_000}).getvalue()
    size = struct.pack("<L", 1_000_000)
    with pytest.raises(ArchiveError, match=r"larger than|damaged"):
        read_zip(io.BytesIO(bomb.replace(size, struct.pack("<L", 10))))
    with pytest.raises(ArchiveError, match=r"a\.md is larger than 2 MB"):
        read_zip(io.BytesIO(bomb))


def test_what_all_files_hold_is_limited(monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 1000)
    with pytest.raises(ArchiveError, match="Divide it"):
        read_zip(zipped({"a.md": "x" * 600, "b.md": "x" * 600}))


def test_the_number_of_files_is_limited(monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILES", 1)
    with pytest.raises(ArchiveError, match="holds 2 files"):
        read_zip(zipped({"a.md": "A", "b.md": "B"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused():
    target = zipped({"a.md": "A"})
    with zipfile.ZipFile(target, "a") as made:
        made.writestr("a.md", "B")
    with pytest.raises(ArchiveError, match=r"holds a\.md twice"):
        read_zip(target)


def test_an_encrypted_file_is_refused():
    data = bytearray(zipped({"a.md": "A"}).getvalue())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ArchiveError, match=r"a\.md is encrypted"):
        read_zip(io.BytesIO(bytes(data)))


@pytest.mark.parametrize("cut", [0, 10, 60])
def test_a_cut_zip_is_refused(cut):
    data = zipped({"a.md": "A lantern" * 50}).getvalue()
    with pytest.raises(ArchiveError, match="damaged"):
        read_zip(io.BytesIO(data[:cut]))


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_damaged_zip_is_read_or_refused_in_a_sentence(place, change):
    data = bytearray(zipped({"a.md": "A lantern, a drum and bread" * 9, "b.md": "B"}).getvalue())
    data[place % len(data)] ^= change
    with suppress(ArchiveError):
        read_zip(io.BytesIO(bytes(data)))


# --- commands -------------------------------------------------------------------------------------------------


def run(*arguments):
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("target", ["articles.zip", "articles"])
def test_the_commands_take_articles_out_and_bring_them_back(several, tmp_path: Path, target):
    first = exported()
    assert "Exported 6 articles" in run("export_articles", tmp_path / target)
    empty_site()
    assert "Feasts (/articles/feasts/): new, published." in run("seed_article", tmp_path / target)
    assert exported() == first
    assert run("seed_article", tmp_path / target).count("unchanged") == 6


def test_a_single_exported_file_is_taken_as_it_stands_too(several, tmp_path: Path):
    first = exported()
    run("export_articles", tmp_path)
    empty_site()
    for path in tmp_path.glob("*.md"):
        run("seed_article", path)
    assert exported() == first


def test_some_articles_are_exported_by_their_addresses(several, tmp_path: Path):
    run("export_articles", tmp_path, "plain")
    assert [path.name for path in tmp_path.iterdir()] == ["plain.md"]
    with pytest.raises(CommandError, match="no article with the address missing"):
        run("export_articles", tmp_path, "missing")


def test_a_target_that_cannot_be_written_is_told(several, tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(CommandError, match="cannot be written"):
        run("export_articles", tmp_path / "file" / "a.zip")


def test_a_dry_run_and_a_status_hold_for_archives_too(several, tmp_path: Path):
    run("export_articles", tmp_path / "a.zip")
    assert "new status" in run("seed_article", "--draft", "--dry-run", tmp_path / "a.zip")
    assert Article.objects.published().count() == 3
    run("seed_article", "--draft", tmp_path / "a.zip")
    assert not Article.objects.published().exists()


def test_an_archive_with_an_error_changes_nothing(several, tmp_path: Path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a.md": f"{HEAD}---\nA", "b.md": b"\xff"}).getvalue())
    with pytest.raises(CommandError, match=r"b\.md"):
        run("seed_article", path)
    path.write_bytes(b"no zip")
    with pytest.raises(CommandError, match="not a zip"):
        run("seed_article", path)
    assert Article.objects.count() == 6


def test_the_file_of_an_article_reads_like_one(article):
    (file,) = files_of(Article.objects.all())
    head = file.data.decode().split("published_at")[0]
    assert file.name == "feasts.md"
    assert head == "---\nexact: true\ntitle: Feasts\nslug: feasts\nlanguage: en\nstatus: published\n"
    assert file.data.decode().endswith(f"\n---\n{BODY}")
