"""What language models are told to be: every version that editors have written."""

from django.db import models

from chat.models.versions import Version


class Prompt(Version):
    """One version of the rules for the language model."""

    text = models.TextField(
        help_text="Who the model is, how it answers, in which tone. How it quotes, and the article itself, are added."
    )

    class Meta(Version.Meta):
        permissions = [("try_out", "Can try out rules of the language model")]
