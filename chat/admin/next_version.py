"""The form for a next version: of two editors at once the second is told, and nothing newer is replaced unseen."""

from typing import Any, ClassVar, cast

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models.versions import Version


class NextVersionForm(forms.ModelForm):
    """Proposes the next version; it begins with what counts now, and refuses once to replace a newer one unseen."""

    based_on = forms.IntegerField(required=False, widget=forms.HiddenInput)

    # At which field the refusal stands; None: above the form.
    refused_at: ClassVar[str | None] = None
    # What somebody typed who comes back from trying it out; set on the class that is made for one request.
    typed: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: passed on to Django unseen
        super().__init__(*args, **kwargs)
        self._newest = self._meta.model.objects.newest().select_related("author").first()
        counting = self._newest or self.beginning()
        given = {name: getattr(counting, name) for name in self.fields if name not in ("note", "based_on")}
        self.initial = {**self.initial, **given, "based_on": counting.number, **self.typed}

    def beginning(self) -> Version:
        """Return what counts while there is no version, as one that is not stored."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self._newest and data.get("based_on") != self._newest.number:
            self.data = {**dict(self.data.items()), self.add_prefix("based_on"): str(self._newest.number)}
            self.add_error(self.refused_at, self._who_saved(data.get("based_on") or 0))
        return data

    def _who_saved(self, based_on: int) -> SafeString:
        newest = cast(Version, self._newest)
        compare = reverse(f"admin:chat_{newest._meta.model_name}_compare")
        return format_html(
            "While you were writing, {} saved version {}. <a href=\"{}?from={}&amp;to={}\">See what they changed</a> "
            "(in another tab); saving again makes yours the one that counts.",
            newest.author or "somebody", newest.number, compare, based_on, newest.number,
        )  # fmt: skip
