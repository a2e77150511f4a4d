"""What an article is now, in lists and for the editor who saved it; and the actions that change it."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format

from chat.models import Article, ArticleStatus, FormerSlug, Revision, State, User
from chat.models.articles import ArticleQuerySet
from chat.text.proofreading import remarks

# As many as one reads; the others are there when these are gone.
REMARKS_SHOWN = 10


class StateFilter(admin.SimpleListFilter):
    """Keeps the articles in one state: a scheduled one is published from its moment on, without anybody's doing."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Iterable[tuple[Any, str]]:
        return State.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        rows = cast(ArticleQuerySet, queryset)  # the admin begins with the model's own manager
        return rows.in_state(str(self.value())) if self.value() in State.values else rows


class WithStates(admin.ModelAdmin):
    """Adds the column, and the actions `publish`, `withdraw` and `back_to_draft`."""

    @admin.display(description="state", ordering="status")
    def state_now(self, article: Article) -> str:
        return article.state.label

    @admin.action(description="Publish the selected articles", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        without = queryset.filter(revision=None).count()
        self._put(request, queryset.exclude(revision=None), ArticleStatus.PUBLISHED)
        if without:
            self.message_user(request, f"{without} without a text stayed as they were.", messages.WARNING)

    @admin.action(description="Withdraw the selected articles", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._put(request, queryset, ArticleStatus.WITHDRAWN)

    @admin.action(description="Make the selected articles drafts", permissions=["change"])
    def back_to_draft(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._put(request, queryset, ArticleStatus.DRAFT)

    def _put(self, request: HttpRequest, queryset: QuerySet[Article], status: ArticleStatus) -> None:
        articles = list(queryset.exclude(status=status))
        for article in articles:
            article.status = status
            article.save(update_fields=["status", "updated"])
        editor = cast(User, request.user)  # the admin lets nobody in without an account
        LogEntry.objects.log_actions(editor.pk, articles, CHANGE, f"Put to: {status.label}.")
        self.message_user(request, f"{len(articles)} put to: {status.label}.", messages.SUCCESS)


def outcome(article: Article, revision: Revision | None) -> str:
    """Return what became of the text, for the editor who saved it."""
    if revision is None:
        return "The text is unchanged: no new revision was made."
    saved = f"Revision {revision.number} of “{article}” is"
    match article.state:
        case State.PUBLISHED:
            return f"{saved} published: readers see it now."
        case State.SCHEDULED:
            moment = date_format(article.published_at, "j F Y, H:i") if article.published_at else ""
            return f"{saved} saved: readers see it from {moment} (UTC) on."
        case State.WITHDRAWN:
            return f"{saved} saved. It is withdrawn: readers are told that it was taken off the site."
        case _:
            return f"{saved} saved. It is a draft: readers do not see it yet."


def warn(request: HttpRequest, body: str) -> None:
    """Tell the editor what readers would stumble over in the text that was stored."""
    found = remarks(body, is_address)
    for remark in found[:REMARKS_SHOWN]:
        messages.warning(request, remark)
    if len(found) > REMARKS_SHOWN:
        messages.warning(request, f"And {len(found) - REMARKS_SHOWN} more of this kind.")


def is_address(slug: str) -> bool:
    """Return whether there is an article at this address, or one that has moved from it. Two queries at most."""
    return Article.objects.filter(slug=slug).exists() or FormerSlug.objects.filter(slug=slug).exists()
