"""Which language model is asked, and how: what editors choose here; its address and key are the operator's."""

from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Field
from django.utils.text import capfirst

from chat.admin.next_version import NextVersionForm
from chat.admin.versions import VersionAdmin
from chat.models import ModelSettings

CONTENTS = ("model", "temperature", "max_tokens", "max_tokens_field", "context_chars")
ADDED = (
    "The newest version counts from the next reply on, and each reply names the version that made it. While there is "
    "none, the values of the environment count. Where the model’s server is, the key to it and the time-outs are not "
    "kept here but in the environment, by whoever runs the site. No version is changed or deleted."
)
# What an empty field means.
EMPTY = {"temperature": "none is sent", "max_tokens": "what the model’s server takes for granted"}


def default_version() -> ModelSettings:
    """Return what counts while there is no version: the values of the environment."""
    return ModelSettings(
        number=0,
        model=settings.OPENAI_MODEL,
        temperature=Decimal(str(settings.OPENAI_TEMPERATURE)),
        max_tokens=settings.MODEL_MAX_TOKENS,
        max_tokens_field=settings.MODEL_MAX_TOKENS_FIELD,
        context_chars=settings.MODEL_CONTEXT_CHARS,
        note="The values of the environment.",
    )


class ModelSettingsForm(NextVersionForm):
    """Proposes the next version of the settings."""

    class Meta:
        model = ModelSettings
        fields = (*CONTENTS, "note")
        widgets = {"model": forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false"})}

    def beginning(self) -> ModelSettings:
        return default_version()


@admin.register(ModelSettings)
class ModelSettingsAdmin(VersionAdmin[ModelSettings]):
    """All versions of the settings to read and to compare, and a form for the next one."""

    form = ModelSettingsForm
    contents = shown = CONTENTS
    added = ADDED
    list_display = ("number", "note", "author", "created", "model", "temperature", "counts")
    search_fields = ("note", "model", "author__username")
    search_help_text = "Searches notes, models and editors."

    def beginning(self) -> ModelSettings:
        return default_version()

    def differences(self, old: ModelSettings, new: ModelSettings) -> Mapping[str, object]:
        return {"fields": changed(old, new)}


def changed(old: ModelSettings, new: ModelSettings) -> list[tuple[str, str, str]]:
    """Return what differs: the name of each field, and what stood and stands in it."""
    return [
        (label_of(name), worded(old, name), worded(new, name))
        for name in CONTENTS
        if getattr(old, name) != getattr(new, name)
    ]


def label_of(name: str) -> str:
    """Return what a field is called."""
    field = cast(Field, ModelSettings._meta.get_field(name))
    return str(capfirst(field.verbose_name))


def worded(version: ModelSettings, name: str) -> str:
    """Return what stands in a field, in words where it is empty."""
    value = getattr(version, name)
    return EMPTY.get(name, "–") if value is None else f"{value:,}" if isinstance(value, int) else str(value)
