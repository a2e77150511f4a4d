"""The rules for the language model, which editors write here: a change is a new version, and all versions stay."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from chat.admin.article_form import MarkdownArea, MarkdownField
from chat.admin.content import markdown_shown
from chat.admin.rights import ReadOnly
from chat.answering.prompt import DEFAULT_RULES
from chat.models import Prompt, User
from chat.models.messages import shorten

# Rules are sent with every question, and what a model reads first it forgets last: pages of them help nobody.
MAX_CHARS = 8000
ADDED = (
    "Say who the model is, how it answers and in which tone. The site adds to every version how to quote, what to say "
    "where the passages hold no answer, and the numbered passages of the article. The newest version counts from the "
    "next reply on; each reply names the version that made it. No version is changed or deleted."
)


class PromptForm(forms.ModelForm):
    """Proposes the next version; it begins with the text that counts now."""

    text = MarkdownField(
        label="Rules",
        widget=MarkdownArea(attrs={"rows": 20, "class": "markdown", "spellcheck": "true"}),
        help_text=f"At most {MAX_CHARS:,} characters.",
    )
    based_on = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Prompt
        fields = ("text", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: passed on to Django unseen
        super().__init__(*args, **kwargs)
        self._newest = Prompt.objects.newest().select_related("author").first()
        text, number = (self._newest.text, self._newest.number) if self._newest else (DEFAULT_RULES, 0)
        self.initial = {**self.initial, "text": text, "based_on": number}

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if len(text) > MAX_CHARS:
            raise forms.ValidationError(
                f"The rules are {len(text):,} characters long; at most {MAX_CHARS:,} are sent with every question. "
                "Shorten them."
            )
        return text

    def clean(self) -> dict[str, Any]:
        """Refuse, once, a text that would replace a newer version unseen."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self._newest and data.get("based_on") != self._newest.number:
            self.data = {**dict(self.data.items()), self.add_prefix("based_on"): str(self._newest.number)}
            self.add_error(
                "text",
                f"While you were writing, {self._newest.author or 'somebody'} saved version {self._newest.number}. "
                "Compare the two (open the versions in another tab); saving again makes your text the one that counts.",
            )
        return data


@admin.register(Prompt)
class PromptAdmin(ReadOnly, admin.ModelAdmin):
    """All versions to read, and a form for the next one."""

    form = PromptForm
    list_display = ("number", "note", "author", "created", "excerpt", "counts")
    list_display_links = ("number", "note")
    list_select_related = ("author",)
    search_fields = ("note", "text", "author__username")
    search_help_text = "Searches notes, the rules and editors."
    list_per_page = 50

    class Media:
        css = {"all": ("css/admin.css",)}

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those with the permission add a version: the one thing that is done here."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prompt]:
        is_newest = ~Exists(Prompt.objects.filter(number__gt=OuterRef("number")))
        rows: QuerySet[Prompt] = super().get_queryset(request).annotate(is_newest=is_newest)
        return rows

    def get_fieldsets(self, request: HttpRequest, obj: Prompt | None = None) -> Any:  # Any: Django's nested lists
        shown = ("number", "counts", "created", "author", "note", "rules")
        return [(None, {"description": ADDED, "fields": shown if obj else ("text", "note", "based_on")})]

    def save_model(self, request: HttpRequest, obj: Prompt, form: forms.ModelForm, change: bool) -> None:
        """Store a version as the editor's own."""
        obj.author = cast(User, request.user)  # the admin lets nobody in without an account
        super().save_model(request, obj, form, change)

    @admin.display(description="text")
    def excerpt(self, prompt: Prompt) -> str:
        return shorten(prompt.text)

    @admin.display(description="counts", boolean=True)
    def counts(self, prompt: Prompt) -> bool:
        return bool(prompt.is_newest)  # type: ignore[attr-defined]  # annotated in get_queryset

    @admin.display(description="rules")
    def rules(self, prompt: Prompt) -> SafeString:
        return markdown_shown(prompt.text)
