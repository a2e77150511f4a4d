"""Articles in and out of the admin: what would happen is shown first, and then all of it happens or nothing."""

import io
import zipfile

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.models import Article, Revision
from tests.admin.pages import ESCAPED, SCRIPT, allow, said, to
from tests.test_exchange import exported, zipped

pytestmark = pytest.mark.django_db
WRITES = ("add_article", "change_article", "view_article")
OWN = {"day.md": "# The day\n\nIt *began*.\n"}


def upload(client, files, name="mine.zip"):
    data = files if isinstance(files, bytes) else zipped(files).getvalue()
    return client.post(to("article_import"), {"file": SimpleUploadedFile(name, data)})


def confirm(client, shown, **changes):
    names = ("token", "digest", "name")
    return client.post(to("article_import_confirm"), {name: shown.context[name] for name in names} | changes)


def test_what_would_happen_is_shown_and_nothing_stored(admin, article):
    files = OWN | {"feasts.md": "# Feasts\n\nAnew, *all* of it.\n", "bad.md": b"\xff"}
    page = upload(admin, files).content.decode()
    assert "new, draft" in page
    assert "new text" in page
    assert "bad.md is not UTF-8 text" in page
    assert 'value="Import"' not in page
    assert (Article.objects.count(), Revision.objects.count()) == (1, 1)


def test_what_was_shown_is_then_done(admin, eve):
    response = confirm(admin, upload(admin, OWN))
    article = Article.objects.get()
    assert (article.title, article.author, article.revision.author) == ("The day", eve, eve)
    assert article.revision.note == "Imported from mine.zip"
    assert "1 new, 0 changed" in said(response)
    assert "Imported from mine.zip" in LogEntry.objects.get().get_change_message()


def test_an_export_comes_back_unchanged(admin, article):
    data = admin.get(to("article_export")).content
    assert data == exported()
    page = upload(admin, data)
    assert "nothing to import" in page.content.decode()
    confirm(admin, page)
    assert Revision.objects.count() == 1


def test_selected_articles_are_exported(admin, article):
    Article.objects.create(slug="other", title="Other")
    form = {"action": "export_selected", "_selected_action": [article.pk]}
    response = admin.post(to("article_changelist"), form)
    assert response["Content-Disposition"] == 'attachment; filename="articles.zip"'
    assert zipfile.ZipFile(io.BytesIO(response.content)).namelist() == ["feasts.md"]


def test_what_changed_meanwhile_is_shown_again(admin, article):
    shown = upload(admin, {"feasts.md": "# Feasts\n\nAnew, *all* of it.\n"})
    article.publish("Theirs")
    again = confirm(admin, shown)
    assert "changed an article meanwhile" in said(again)
    assert Article.objects.get().revision.body == "Theirs"
    confirm(admin, again)
    assert Article.objects.get().revision.number == 3


def test_a_file_is_imported_once_and_by_its_own_editor(admin, client, bob):
    shown = upload(admin, OWN)
    client.force_login(allow(bob, *WRITES))
    bob.is_staff = True
    bob.save()
    assert "not here any more" in said(confirm(client, shown))
    for token in ("x", "../../etc/passwd", "x" * 30):
        assert "not here any more" in said(confirm(client, shown, token=token))
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"no zip", "not a zip file"), ({}, "holds no files"), ({"../x.md": "x"}, "leads out of it"), (b"", "empty")],
)
def test_a_zip_that_cannot_be_read_is_told(admin, data, sentence):
    assert sentence in upload(admin, data).content.decode()


def test_names_of_files_are_escaped(admin):
    page = upload(admin, {"<script>alert(1)<": "x"}, name=f"{SCRIPT}.zip").content.decode()
    assert SCRIPT not in page
    assert ESCAPED.partition("alert")[0] in page


@pytest.mark.parametrize("permissions", [(), ("view_article",), ("change_article",), ("add_article", "view_article")])
def test_who_may_not_write_imports_nothing(client, stan, permissions):
    client.force_login(allow(stan, *permissions))
    assert client.get(to("article_import")).status_code == 403
    assert upload(client, OWN).status_code == 403
    assert client.post(to("article_import_confirm")).status_code == 403


def test_who_may_not_look_exports_nothing(client, stan, article):
    client.force_login(allow(stan, "view_revision"))
    assert client.get(to("article_export")).status_code == 403
    form = {"action": "export_selected", "_selected_action": [article.pk]}
    assert client.post(to("article_changelist"), form).status_code == 403


def test_the_list_offers_both(admin, client, stan, article):
    page = admin.get(to("article_changelist")).content.decode()
    assert to("article_export") in page
    assert to("article_import") in page
    client.force_login(allow(stan, "view_article"))
    assert to("article_import") not in client.get(to("article_changelist")).content.decode()
