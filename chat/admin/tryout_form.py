"""What an editor tries out: a question about an article, the rules, and the settings of the model."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminTextareaWidget
from django.http import HttpRequest

from chat.admin.model_settings import CONTENTS
from chat.admin.rules import RulesField
from chat.models import Article, ModelSettings
from chat.text.clean import clean

# As many as a browser offers without getting slow; others are found by their words.
OFFERED = 200
NAMED = 5
# Of a revision, up to 2 MB each: none of them is needed to know which text it is.
LONG_TEXTS = ("revision__body", "revision__body_html", "revision__plain")
# What goes along from the form for a next version, and back to it.
CARRIED = ("prompt_note", "prompt_based_on", "modelsettings_note", "modelsettings_based_on")


class QuestionField(forms.CharField):
    """A question as readers may ask it."""

    def __init__(self) -> None:
        super().__init__(widget=AdminTextareaWidget(attrs={"rows": 3}))

    def to_python(self, value: Any) -> str:  # Any: whatever a form was given
        return clean(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        most = settings.MESSAGE_MAX_CHARS
        if len(value) > most:
            raise forms.ValidationError(f"The question has {len(value):,} characters; at most {most:,} are accepted.")


class TryoutForm(forms.Form):
    """The question and the rules; needs to know whose it is, for the articles that they may see."""

    article = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField", "list": "articles", "autocomplete": "off"}),
        help_text="Words of its title, or the last part of its address. Empty: all published articles.",
    )
    question = QuestionField()
    text = RulesField()

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:  # Any: passed on to Django unseen
        super().__init__(*args, **kwargs)
        self._articles = articles_for(request)
        for name in CARRIED:
            self.fields[name] = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_article(self) -> Article | None:
        """Return the article with this address or title, or the only one with these words in its title."""
        words: str = self.cleaned_data["article"]
        if not words:
            return None
        for lookup in ("slug", "title__iexact", "title__icontains"):
            found: list[Article] = list(self._articles.filter(**{lookup: words})[: NAMED + 1])
            if len(found) > 1:
                raise forms.ValidationError(_which(found))
            if found and found[0].revision is None:
                raise forms.ValidationError(f"“{found[0]}” has no text yet.")
            if found:
                return found[0]
        raise forms.ValidationError("There is no article with these words in its title, or at this address.")

    def offered(self) -> list[tuple[str, str]]:
        """Return addresses and titles of articles to choose from."""
        return list(self._articles.order_by("-updated", "-pk").values_list("slug", "title")[:OFFERED])


class TriedSettingsForm(forms.ModelForm):
    """Settings to try, refused as the form for a next version refuses them; never saved."""

    class Meta:
        model = ModelSettings
        fields = CONTENTS
        widgets = {"model": forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false"})}


def articles_for(request: HttpRequest) -> Any:  # Any: a queryset of articles, with its own methods
    """Return the articles that somebody of the staff may ask about: what readers see, or all that they may look at."""
    may_look = request.user.has_perm("chat.view_article") or request.user.has_perm("chat.change_article")
    rows = Article.objects.all() if may_look else Article.objects.published()
    return rows.select_related("revision").defer(*LONG_TEXTS)


def carried(posted: Mapping[str, str], model_name: str) -> dict[str, str]:
    """Return what the form for a next version holds beside its contents, by the names under which it goes along."""
    return {f"{model_name}_{name}": posted[name] for name in ("note", "based_on") if name in posted}


def _which(found: list[Article]) -> str:
    named = ", ".join(f"“{article}” ({article.slug})" for article in found[:NAMED])
    more = " and others" if len(found) > NAMED else ""
    return f"Several articles have these words in their titles: {named}{more}. Give the last part of the address."
