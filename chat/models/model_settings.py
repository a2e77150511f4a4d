"""Which language model is asked, and how: every version that editors have saved.

Where the model's server is, the key to it and how much patience it gets are the operator's, in the environment: a key
has no place in a table that editors and backups read, and an address that an editor could change would send that key,
and what readers ask, elsewhere.
"""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from chat.models.versions import Version

# What answers without a model are recorded as, and cost nothing: a model of that name would be paid for unnoticed.
NO_MODEL = "extractive"
# What the APIs of all models in use take.
MAX_TEMPERATURE = 2
# Below this the rules and one section of an article do not fit; above it, no model reads as much, and it is a slip.
MIN_CONTEXT_CHARS, MAX_CONTEXT_CHARS = 4_000, 10_000_000
MAX_ANSWER_TOKENS = 1_000_000

BAD_NAME = "Give the model’s name as its server knows it: letters, digits and signs, without spaces."
BAD_TEMPERATURE = f"The temperature is from 0 to {MAX_TEMPERATURE}, or left empty."
BAD_MAX_TOKENS = f"The longest answer is from 1 to {MAX_ANSWER_TOKENS:,} tokens, or left empty."
BAD_CONTEXT = f"What is sent with a question is from {MIN_CONTEXT_CHARS:,} to {MAX_CONTEXT_CHARS:,} characters."
OWN_NAME = f"“{NO_MODEL}” is what answers without a model are recorded as. Give the name of a model."


class MaxTokensField(models.TextChoices):
    """What a server calls the limit of an answer's length."""

    USUAL = "max_tokens", "max_tokens"
    NEWER = "max_completion_tokens", "max_completion_tokens"


class ModelSettings(Version):
    """One version of the settings of the language model; while there is none the environment's values count."""

    model = models.CharField(
        max_length=100,
        validators=[RegexValidator(r"\A[^\s\x00-\x1f\x7f]+\Z", BAD_NAME)],
        help_text="As the model’s server knows it, such as gpt-4o-mini. What it costs stands under Prices of models.",
    )
    temperature = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0, BAD_TEMPERATURE), MaxValueValidator(MAX_TEMPERATURE, BAD_TEMPERATURE)],
        help_text="From 0 (the likeliest words) to 2. Empty: none is sent, as some models want.",
    )
    max_tokens = models.PositiveIntegerField(
        "longest answer",
        null=True,
        blank=True,
        validators=[MinValueValidator(1, BAD_MAX_TOKENS), MaxValueValidator(MAX_ANSWER_TOKENS, BAD_MAX_TOKENS)],
        help_text="In tokens. Empty: what the model’s server takes for granted.",
    )
    max_tokens_field = models.CharField(
        "name of that limit",
        max_length=30,
        choices=MaxTokensField.choices,
        default=MaxTokensField.USUAL,
        help_text="What the model’s server calls it: newer models of OpenAI want max_completion_tokens.",
    )
    context_chars = models.PositiveIntegerField(
        "text sent with a question",
        validators=[
            MinValueValidator(MIN_CONTEXT_CHARS, BAD_CONTEXT),
            MaxValueValidator(MAX_CONTEXT_CHARS, BAD_CONTEXT),
        ],
        help_text="In characters, at most. Passages of the article take up to half of it, the conversation the rest.",
    )

    class Meta(Version.Meta):
        verbose_name = verbose_name_plural = "model settings"
        constraints = [
            models.CheckConstraint(
                condition=~Q(model__in=["", NO_MODEL]), name="model_has_a_name", violation_error_message=OWN_NAME
            ),
            models.CheckConstraint(
                condition=Q(temperature=None) | Q(temperature__gte=0, temperature__lte=MAX_TEMPERATURE),
                name="temperature_in_range",
                violation_error_message=BAD_TEMPERATURE,
            ),
            models.CheckConstraint(
                condition=Q(max_tokens=None) | Q(max_tokens__gte=1, max_tokens__lte=MAX_ANSWER_TOKENS),
                name="longest_answer_in_range",
                violation_error_message=BAD_MAX_TOKENS,
            ),
            models.CheckConstraint(
                condition=Q(max_tokens_field__in=MaxTokensField.values), name="max_tokens_field_known"
            ),
            models.CheckConstraint(
                condition=Q(context_chars__gte=MIN_CONTEXT_CHARS, context_chars__lte=MAX_CONTEXT_CHARS),
                name="context_in_range",
                violation_error_message=BAD_CONTEXT,
            ),
        ]
