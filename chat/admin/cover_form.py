"""The part of the article's form that is about its picture."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import Article, Cover
from chat.models.covers import ALT_MAX_CHARS
from chat.text.clean import clean
from chat.text.pictures import MAX_BYTES, Picture, PictureError, read_picture

FIELDS = ("cover_shown", "cover_file", "cover_alt", "cover_removed")


class CoverForm(forms.ModelForm):
    """Takes a picture and the words for those who do not see it; one is not kept without the other."""

    cover_file = forms.FileField(
        label="Picture",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/avif"}),
        help_text=(
            f"JPEG, PNG, WebP or AVIF, at most {MAX_BYTES // 1_000_000} MB. It is made smaller and written anew, "
            "without the place and the time that cameras put in. Empty: the site draws a cover."
        ),
    )
    cover_alt = forms.CharField(
        label="What it shows",
        required=False,
        max_length=ALT_MAX_CHARS,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="For those who do not see it, in the language of the article. A picture needs it.",
    )
    cover_removed = forms.BooleanField(label="Remove the picture", required=False)

    instance: Article
    picture: Picture | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: passed on to Django unseen
        super().__init__(*args, **kwargs)
        self.cover = cover_of(self.instance)
        if self.cover:
            self.initial = {"cover_alt": self.cover.alt, **self.initial}

    def clean_cover_file(self) -> None:
        uploaded = cast("UploadedFile | None", self.cleaned_data["cover_file"])
        if uploaded is None:
            return
        if (uploaded.size or 0) > MAX_BYTES:
            raise forms.ValidationError(f"The picture is larger than {MAX_BYTES // 1_000_000} MB. Save it smaller.")
        try:
            self.picture = read_picture(uploaded.read())
        except PictureError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_cover_alt(self) -> str:
        return clean(self.cleaned_data["cover_alt"]).strip()

    def clean(self) -> dict[str, Any]:
        """Refuse a picture without words."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        stays = self.picture or (self.cover and not data.get("cover_removed"))
        if stays and "cover_alt" in data and not data["cover_alt"]:
            self.add_error("cover_alt", "Say in a few words what the picture shows.")
        return data

    def save_cover(self, article: Article) -> None:
        """Store what the form says of the picture. The article must be stored already."""
        if self.picture or (self.cover and not self.cleaned_data["cover_removed"]):
            Cover.put(article, self.picture, self.cleaned_data["cover_alt"])
        elif self.cover:
            self.cover.delete()


class WithCover(admin.ModelAdmin):
    """Shows the picture that an article has."""

    @admin.display(description="Picture now")
    def cover_shown(self, article: Article) -> SafeString | None:
        cover = cover_of(article)
        if cover is None:
            return None
        size = (cover.width // 4, cover.height // 4)
        return format_html('<img src="{}" alt="{}" width="{}" height="{}">', cover.get_absolute_url(), cover.alt, *size)


def cover_of(article: Article) -> Cover | None:
    """Return the picture of an article without its bytes. One query."""
    return Cover.objects.filter(article=article).defer("webp").first() if article.pk else None
