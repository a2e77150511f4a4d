"""Two editors at once: the second to save is told what the first one did, and nothing is overwritten unseen."""

import json
from hashlib import sha256
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import Article, Revision
from chat.models.messages import shorten
from chat.text.differences import Row, differences


class OneAtATime(admin.ModelAdmin):
    """Has one save of a row wait for the other, so that the second sees what the first one stored."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:  # Any: Django's
        found = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST" or not transaction.get_connection().in_atomic_block:
            return found
        self.model._default_manager.select_for_update().filter(pk=found.pk).values_list("pk").first()
        return super().get_object(request, object_id, from_field)


class MeanwhileForm(forms.ModelForm):
    """Knows which text and which details it began with, and refuses once to replace newer ones."""

    based_on = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    instance: Article

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: passed on to Django unseen
        super().__init__(*args, **kwargs)
        self.text_changes: list[Row] = []  # from the other editor's text to this one, where they met
        self._stored = _details(self.instance)
        if self.instance.pk:
            self.initial = {"seen": _digest(self._stored), **self.initial}
        if current := self.instance.revision:
            self.initial = {"body": current.body, "based_on": current.number, **self.initial}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        current = self.instance.revision
        if current and "body" in data and "body" in self.changed_data and data.get("based_on") != current.number:
            if self._has_own_text(data):
                self._refuse_text(current, data)
            else:
                data["body"] = current.body
        if self.instance.pk and data.get("seen") and data["seen"] != _digest(self._stored):
            self._refuse_details()
        return data

    def _has_own_text(self, data: dict[str, Any]) -> bool:
        """Tell whether the text was edited; who only edited details does not put the older text back."""
        sha256_of_own = sha256(data["body"].encode()).hexdigest()
        return not self.instance.revisions.filter(number=data.get("based_on") or 0, sha256=sha256_of_own).exists()

    def _refuse_text(self, current: Revision, data: dict[str, Any]) -> None:
        """Say who was faster; the form shown again is based on their revision, so that saving it once more counts."""
        self._begin_with("based_on", str(current.number))
        self.text_changes = differences(current.body, data["body"])
        self.add_error("body", _who_saved(current, data.get("based_on")))

    def _refuse_details(self) -> None:
        """Say what the details are by now, where saving would replace them."""
        names = [name for name in self.changed_data if name in self._stored]
        if not names:
            return
        self._begin_with("seen", _digest(self._stored))
        now = "; ".join(f"{self.fields[name].label}: “{shorten(str(self.initial.get(name) or ''))}”" for name in names)
        self.add_error(
            None,
            f"While you were writing, somebody changed this article. It says now — {now}. "
            "Yours stands in the form below; saving again puts it in the place of theirs.",
        )

    def _begin_with(self, name: str, value: str) -> None:
        data = cast(QueryDict, self.data).copy()
        data[self.add_prefix(name)] = value
        self.data = data


def _who_saved(current: Revision, based_on: int | None) -> SafeString:
    changes = reverse("admin:chat_article_changes", args=[current.article_id])
    return format_html(
        "While you were writing, {} saved revision {}: <a href=\"{}?from={}&amp;to={}\">see what they changed</a>, or "
        "<a href=\"#meanwhile\">what saving yours would change in theirs</a>. Saving again puts yours in its place.",
        current.author or "somebody", current.number, changes, based_on or 0, current.number,
    )  # fmt: skip


def _details(article: Article) -> dict[str, str]:
    """Return what the row holds apart from the text and from what the site itself keeps in it."""
    fields = [field for field in article._meta.concrete_fields if field.editable and not field.primary_key]
    return {field.name: str(field.value_from_object(article)) for field in fields}


def _digest(details: dict[str, str]) -> str:
    return sha256(json.dumps(details, sort_keys=True).encode()).hexdigest()
