"""The form in which an editor writes an article: the row's own fields, and its text, which becomes a revision."""

import re
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from chat.admin.cover_form import CoverForm
from chat.admin.meanwhile import MeanwhileForm
from chat.models import Article, ArticleStatus, FormerSlug, State
from chat.text.clean import clean
from chat.text.documents import MAX_BYTES
from chat.text.questions import MAX_QUESTION_LENGTH, question_lines, too_long

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


class MarkdownArea(forms.Textarea):
    """A box for a whole article; sent as multipart, which does not make letters beyond ASCII three times as long."""

    needs_multipart_form = True


class Editor(MarkdownArea):
    """The same with what readers will see beside it."""

    class Media:
        js = (
            forms.Script("js/editing/preview.js", type="module"),
            forms.Script("js/editing/guard.js", type="module"),
        )

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:  # Any: Django's
        area = super().render(name, value, attrs, renderer)
        return render_to_string("admin/chat/article/_editor.html", {"area": area})


class MarkdownField(forms.CharField):
    """A text exactly as written; a browser sends CRLF line ends, stored are LF."""

    widget = MarkdownArea

    def to_python(self, value: Any) -> str:  # Any: whatever a form was given
        return clean(super().to_python(value) or "")


class ArticleForm(CoverForm, MeanwhileForm):
    """Edits the article's row and proposes a text; the admin publishes it."""

    body = MarkdownField(
        label="Text",
        required=False,
        strip=False,
        widget=Editor(attrs={"rows": 30, "class": "markdown", "spellcheck": "true"}),
        help_text=(
            "Markdown. Start headings with ## (the title above is the page's first heading); readers find them in the "
            "contents list. Saving a changed text makes a new revision; older ones stay, and quotations lead to them."
        ),
    )
    note = forms.CharField(
        label="What changed",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="A few words for other editors, kept with the revision. Readers do not see them.",
    )

    # What somebody typed who comes back from the preview; set on the class that is made for one request.
    typed: ClassVar[dict[str, Any]] = {}

    class Meta:
        model = Article
        fields = (
            *("title", "slug", "summary", "questions", "language"),
            *("status", "published_at", "front_position", "author"),
        )
        widgets = {
            "summary": AdminTextareaWidget(attrs={"rows": 3}),
            "questions": AdminTextareaWidget(attrs={"rows": 4}),
        }
        help_texts = {
            "slug": "The last part of the address: /articles/…/. When it changes, the old one leads to the new one.",
            "language": "A language tag such as en, fr or pt-BR: screen readers choose the voice by it.",
            "status": "Readers see published articles only. Withdrawn: its address says that it was taken off "
            "the site. Conversations about it stay.",
            "author": "Whose article it is. Empty: yours, when you add it.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: passed on to Django unseen
        super().__init__(*args, **kwargs)
        self.initial = {**self.initial, **self.typed}

    def clean_language(self) -> str:
        language: str = self.cleaned_data["language"]
        if not _LANGUAGE_TAG.fullmatch(language):
            raise forms.ValidationError("Enter a language tag such as en, fr or pt-BR.")
        return language

    def clean_questions(self) -> str:
        questions: str = self.cleaned_data["questions"]
        if line := too_long(questions):
            raise forms.ValidationError(f"A question has at most {MAX_QUESTION_LENGTH} characters. Too long: “{line}”")
        return "\n".join(question_lines(questions))

    def clean_slug(self) -> str:
        """Refuse an address that leads to another article, because that had it before."""
        slug: str = self.cleaned_data["slug"]
        taken = FormerSlug.objects.filter(slug=slug).exclude(article_id=self.instance.pk).select_related("article")
        if former := taken.first():
            raise forms.ValidationError(f"This address leads to “{former.article}”, which had it before. Take another.")
        return slug

    def clean_body(self) -> str:
        return checked_body(self.cleaned_data["body"])

    def clean(self) -> dict[str, Any]:
        """Refuse a published article without a text."""
        data = super().clean()
        published = data.get("status") == ArticleStatus.PUBLISHED
        if published and not data.get("body", "x").strip():
            self.add_error("body", "A published article needs a text. Write one, or keep the article as a draft.")
        if published and not data.get("published_at") and self.instance.state == State.PUBLISHED:
            data["published_at"] = self.instance.published_at
        return data


def checked_body(body: str) -> str:
    """Return the text; raise ValidationError if it is too long."""
    if (size_bytes := len(body.encode())) > MAX_BYTES:
        raise forms.ValidationError(
            f"The text is {size_bytes:,} bytes long; an article holds at most {MAX_BYTES:,}. Divide it in two."
        )
    return body
