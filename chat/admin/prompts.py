"""The rules for the language model, which editors write here: a change is a new version, and all versions stay."""

from collections.abc import Mapping

from django import forms
from django.contrib import admin
from django.utils.safestring import SafeString

from chat.admin.article_form import MarkdownArea, MarkdownField
from chat.admin.content import markdown_shown
from chat.admin.versions import NextVersionForm, VersionAdmin
from chat.answering.prompt import DEFAULT_RULES
from chat.models import Prompt
from chat.models.messages import shorten
from chat.text.differences import differences

# Rules are sent with every question, and what a model reads first it forgets last: pages of them help nobody.
MAX_CHARS = 8000
ADDED = (
    "Say who the model is, how it answers and in which tone. The site adds to every version how to quote, what to say "
    "where the passages hold no answer, and the numbered passages of the article. The newest version counts from the "
    "next reply on; each reply names the version that made it. No version is changed or deleted."
)


class RulesField(MarkdownField):
    """Rules as they are sent: not empty, and not longer than helps."""

    def __init__(self) -> None:
        super().__init__(
            label="Rules",
            widget=MarkdownArea(attrs={"rows": 20, "class": "markdown", "spellcheck": "true"}),
            help_text=f"At most {MAX_CHARS:,} characters.",
        )

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > MAX_CHARS:
            raise forms.ValidationError(
                f"The rules are {len(value):,} characters long; at most {MAX_CHARS:,} are sent with every question. "
                "Shorten them."
            )


def default_version() -> Prompt:
    """Return the rules that count while there is no version."""
    return Prompt(number=0, text=DEFAULT_RULES, note="The rules that the site comes with.")


class PromptForm(NextVersionForm):
    """Proposes the next version of the rules."""

    text = RulesField()
    refused_at = "text"

    class Meta:
        model = Prompt
        fields = ("text", "note")

    def beginning(self) -> Prompt:
        return default_version()


@admin.register(Prompt)
class PromptAdmin(VersionAdmin[Prompt]):
    """All versions of the rules to read and to compare, and a form for the next one."""

    form = PromptForm
    contents = ("text",)
    shown = ("rules",)
    added = ADDED
    list_display = ("number", "note", "author", "created", "excerpt", "counts")
    search_fields = ("note", "text", "author__username")
    search_help_text = "Searches notes, the rules and editors."

    def beginning(self) -> Prompt:
        return default_version()

    def differences(self, old: Prompt, new: Prompt) -> Mapping[str, object]:
        return {"rows": differences(old.text, new.text), "is_text": True}

    @admin.display(description="text")
    def excerpt(self, prompt: Prompt) -> str:
        return shorten(prompt.text)

    @admin.display(description="rules")
    def rules(self, prompt: Prompt) -> SafeString:
        return markdown_shown(prompt.text)
