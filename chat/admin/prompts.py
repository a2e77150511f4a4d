"""The rules for the language model, which editors write here: a change is a new version, and all versions stay."""

from collections.abc import Mapping

from django.contrib import admin
from django.utils.safestring import SafeString

from chat.admin.content import markdown_shown
from chat.admin.next_version import NextVersionForm
from chat.admin.rules import RulesField, default_version
from chat.admin.tryout import WithTryout
from chat.admin.versions import VersionAdmin
from chat.models import Prompt
from chat.models.messages import shorten
from chat.text.differences import differences

ADDED = (
    "Say who the model is, how it answers and in which tone. The site adds to every version how to quote, what to say "
    "where the passages hold no answer, and the numbered passages of the article. The newest version counts from the "
    "next reply on; each reply names the version that made it. No version is changed or deleted."
)


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
class PromptAdmin(WithTryout, VersionAdmin[Prompt]):
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
