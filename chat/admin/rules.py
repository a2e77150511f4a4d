"""The rules for the language model as forms take them, and those that the site comes with."""

from django import forms

from chat.admin.article_form import MarkdownArea, MarkdownField
from chat.answering.prompt import DEFAULT_RULES
from chat.models import Prompt

# Rules are sent with every question, and what a model reads first it forgets last: pages of them help nobody.
MAX_CHARS = 8000


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
