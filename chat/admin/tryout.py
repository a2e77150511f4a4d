"""Trying out rules and settings: a question to an article, answered as for a reader, and stored nowhere."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern
from django.utils.safestring import mark_safe

from chat import quota
from chat.admin import model_settings, rules
from chat.admin.model_settings import CONTENTS
from chat.admin.pages import own_async_page, page_context
from chat.admin.tryout_form import TriedSettingsForm, TryoutForm, carried
from chat.answering import ask, choose
from chat.answering.choose import Setup
from chat.answering.offer import text_of
from chat.answering.prompt import default_rules
from chat.answering.source import Rules
from chat.answering.versions import Newest, newest
from chat.errors import BadRequest, ChatError, OverQuota
from chat.models import Article, ModelSettings, Prompt, User
from chat.replies import drain
from chat.replies.hops import in_one_hop
from chat.replies.trial import Trial
from chat.text.clean import clean

# What stands for the number of a version in rules that are not saved.
DRAFT = "draft"


@dataclass(frozen=True)
class Forms:
    """What the page holds; without a model, or for those who may not save any, there are no settings to try."""

    question: TryoutForm
    settings: TriedSettingsForm | None

    def are_valid(self) -> bool:
        is_valid = [form.is_valid() for form in (self.question, self.settings) if form]
        return all(is_valid)


@dataclass(frozen=True)
class Begun:
    """An answer that is paid for and may be written."""

    forms: Forms
    trial: Trial
    held: quota.Held
    settings_version: int | str | None  # DRAFT, the number of the one that counts, or None: the environment's values


class WithTryout(admin.ModelAdmin):
    """Adds the page on which a question is tried out."""

    def get_urls(self) -> list[URLPattern]:
        return [own_async_page(self, "try-out/", self.tryout_view, "tryout"), *super().get_urls()]

    async def tryout_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show the form; on POST ask, wait for the whole answer, and show it. No thread is held meanwhile."""
        beginning = asyncio.ensure_future(in_one_hop(self._begin, request))
        try:
            begun = await asyncio.shield(beginning)
            if isinstance(begun, Begun):
                await begun.trial.run()
        finally:  # also for an editor who has left, at whatever moment: what was asked is paid for
            begun = await beginning
            if isinstance(begun, Begun):
                await in_one_hop(quota.settle_unstored, begun.held, *begun.trial.tokens)
        return await in_one_hop(self._answered, request, begun) if isinstance(begun, Begun) else begun

    def _begin(self, request: HttpRequest) -> HttpResponse | Begun:
        if not request.user.has_perm("chat.try_out"):
            raise PermissionDenied
        if request.method != "POST" or "_from" in request.POST:
            return self._page(request, forms_to_begin_with(request))
        forms = forms_sent(request)
        if not forms.are_valid():
            return self._page(request, forms, status=400)
        try:
            return begin(cast(User, request.user), forms, newest())
        except ChatError as refusal:
            response = self._page(request, forms, status=refusal.status, refusal=str(refusal))
            if isinstance(refusal, OverQuota):
                response["Retry-After"] = str(refusal.retry_after_secs)
            return response

    def _answered(self, request: HttpRequest, begun: Begun) -> HttpResponse:
        trial = begun.trial
        # The only HTML of an answer that is marked as safe: its blocks are sanitised.
        blocks = [mark_safe(block) for block in trial.blocks()]  # noqa: S308
        first_ms = trial.outcome.first_token_ms
        return self._page(
            request, begun.forms, status=trial.error.status if trial.error else 200, trial=trial, blocks=blocks,
            rules=trial.asked.rules, model=begun.held.model, settings_version=begun.settings_version,
            tokens=trial.tokens, first_secs=None if first_ms is None else first_ms / 1000,
        )  # fmt: skip

    # Any: a template takes everything.
    def _page(self, request: HttpRequest, forms: Forms, status: int = 200, **more: Any) -> HttpResponse:
        context = page_context(
            self, request, "Try out", forms=forms, has_model=choose.has_model(), offered=forms.question.offered(),
            standing=quota.standing(cast(User, request.user)).words, **more,
        )  # fmt: skip
        return render(request, "admin/versions/tryout.html", context, status=status)


def begin(user: User, forms: Forms, now: Newest) -> Begun:
    """Count the question, and read what it is about; raise ChatError when it is refused."""
    drain.refuse_when_draining()
    asked = forms.question.cleaned_data
    article: Article | None = asked["article"]
    settings, version = settings_of(forms, now)
    source = choose.model(choose.options(settings)) if choose.has_model() else choose.extractive()
    texts = [text_of(article)] if article else ask.published()
    title = article.title if article else ""
    question = ask.first(asked["question"], texts, title, user.opaque_id, rules_of(asked["text"], now))
    if not question.passages:
        raise BadRequest("There is no text to answer from: publish an article first, or choose another one.")
    held = quota.reserve_unstored(user, Setup(source).model, article.pk if article else 0)
    return Begun(forms, Trial(source, question), held, version)


def settings_of(forms: Forms, now: Newest) -> tuple[ModelSettings | None, int | str | None]:
    """Return the settings to ask with, and their version; a draft that is what counts is no draft."""
    counting = now.settings or model_settings.default_version()
    if forms.settings and not _is_same(forms.settings.instance, counting):
        return forms.settings.instance, DRAFT
    return now.settings, now.settings.number if now.settings else None


def rules_of(text: str, now: Newest) -> Rules:
    """Return the rules with their version; a draft that is what counts is no draft."""
    counting = now.rules or default_rules()
    return counting if text == counting.text else Rules(text, DRAFT)


def forms_to_begin_with(request: HttpRequest) -> Forms:
    """Return the forms with what counts, with the versions that the address names, or with a draft that was sent."""
    prompt = _named(Prompt, request) or rules.default_version()
    settings = _named(ModelSettings, request) or model_settings.default_version()
    values = {name: getattr(settings, name) for name in CONTENTS}
    initial = {"article": request.GET.get("article", ""), "text": prompt.text}
    if came_from := request.POST.get("_from"):
        drafts = {name: clean(str(value)) for name, value in request.POST.items()}
        initial |= {name: drafts[name] for name in ("text",) if name in drafts} | carried(drafts, came_from)
        values |= {name: drafts[name] for name in CONTENTS if name in drafts}
    tried = TriedSettingsForm(initial=values) if _tries_settings(request) else None
    return Forms(TryoutForm(request, initial=initial), tried)


def forms_sent(request: HttpRequest) -> Forms:
    """Return the forms with what was sent: without settings from a page that was opened while there were none."""
    has_settings = _tries_settings(request) and "model" in request.POST
    settings = TriedSettingsForm(request.POST) if has_settings else None
    return Forms(TryoutForm(request, request.POST), settings)


def _tries_settings(request: HttpRequest) -> bool:
    """Return whether the user may try other settings: those who may save some, since a model costs money."""
    return choose.has_model() and request.user.has_perm("chat.add_modelsettings")


def _named(model: type[Any], request: HttpRequest) -> Any:  # Any: a version of that model
    """Return the version that the address names, else the newest; None for 0, and while there is none."""
    number = request.GET.get(model._meta.model_name, "")
    if number == "0":
        return None
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    rows = model.objects.filter(number=number) if is_number else model.objects.newest()
    return rows.first()


def _is_same(one: ModelSettings, other: ModelSettings) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in CONTENTS)
