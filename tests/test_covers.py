"""Pictures of articles: what is taken, how it is kept, who gets it."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from chat.models import Article, ArticleStatus, Cover
from chat.text.pictures import MAX_PIXELS, PictureError, read_picture
from tests.admin.pages import to
from tests.admin.test_articles import errors, sent


def picture(kind="PNG", size=(400, 300), **options) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "orange").save(out, kind, **options)
    return out.getvalue()


def upload(data=None, name="bread.png"):
    return SimpleUploadedFile(name, picture() if data is None else data, "image/png")


@pytest.fixture
def admin(client, eve):
    """Eve's browser."""
    client.force_login(eve)
    return client


@pytest.fixture
def covered(article):
    """The article with a picture."""
    Cover.put(article, read_picture(picture()), "Bread on a table")
    return article


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_pictures_of_each_kind_are_written_anew(kind):
    kept = read_picture(picture(kind))
    with Image.open(BytesIO(kept.webp)) as image:
        assert (image.format, image.size) == ("WEBP", (400, 300))


def test_a_picture_that_was_written_here_stays_as_it_is():
    once = read_picture(picture("JPEG"))
    assert read_picture(once.webp) == once


def test_a_large_picture_is_made_smaller():
    kept = read_picture(picture("JPEG", (4000, 2000)))
    assert (kept.width, kept.height) == (1600, 800)


def test_what_a_camera_put_in_is_left_out_and_the_picture_is_upright():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"
    kept = read_picture(picture("JPEG", (400, 300), exif=exif))
    assert (kept.width, kept.height) == (300, 400)
    assert b"camera" not in kept.webp


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (picture()[:200], "damaged"),
        (picture(size=(100, 100)), "too small"),
        (picture(size=(10_000, MAX_PIXELS // 10_000 + 1)), "megapixels"),
        (b"0" * 10_000_001, "larger than 10 MB"),
    ],
)
def test_other_files_are_refused_with_a_reason(data, told):
    with pytest.raises(PictureError, match=told):
        read_picture(data)


def test_an_editor_gives_an_article_a_picture(admin, article):
    form = sent(article, cover_file=upload(), cover_alt="Bread on a table")
    assert admin.post(to("article_change", article.pk), form).status_code == 302
    cover = Cover.objects.get()
    page = admin.get("/").content.decode()
    assert f'src="{cover.get_absolute_url()}" alt="Bread on a table" width="400" height="300"' in page
    assert cover.get_absolute_url() in admin.get(article.get_absolute_url()).content.decode()


def test_a_picture_without_words_is_refused(admin, article):
    answer = admin.post(to("article_change", article.pk), sent(article, cover_file=upload()))
    assert "Say in a few words what the picture shows" in errors(answer)
    assert not Cover.objects.exists()


def test_the_words_of_a_picture_are_changed_alone(admin, covered):
    admin.post(to("article_change", covered.pk), sent(covered, cover_alt="Cake"))
    assert (Cover.objects.get().alt, Cover.objects.get().width) == ("Cake", 400)


def test_a_picture_is_removed(admin, covered):
    admin.post(to("article_change", covered.pk), sent(covered, cover_alt="Bread", cover_removed="on"))
    assert not Cover.objects.exists()


def test_a_bad_picture_is_told_at_its_box(admin, article):
    answer = admin.post(to("article_change", article.pk), sent(article, cover_file=upload(b"no"), cover_alt="Bread"))
    assert "This is not a picture" in errors(answer)


def test_everyone_gets_the_picture_of_a_published_article(client, covered):
    answer = client.get(covered.cover.get_absolute_url())
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert "immutable" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content == bytes(covered.cover.webp)


def test_the_picture_of_a_draft_is_for_editors(client, eve, covered):
    Article.objects.update(status=ArticleStatus.DRAFT)
    assert client.get(covered.cover.get_absolute_url()).status_code == 404
    client.force_login(eve)
    answer = client.get(covered.cover.get_absolute_url())
    assert answer.status_code == 200
    assert "public" not in answer.get("Cache-Control", "")
