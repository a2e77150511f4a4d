"""The texts that an article had: their list, what changed from one to another, and having an old one back."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, reverse

from chat.admin.pages import own_page, page_context
from chat.models import Article, Revision, User
from chat.text.clean import clean
from chat.text.differences import differences

# Up to 2 MB each: a list of revisions leaves them in the database.
LONG_TEXTS = ("body", "body_html", "plain")
PER_PAGE = 50
# What Revision.note holds.
MAX_NOTE_LENGTH = 200


class WithRevisions(admin.ModelAdmin):
    """Adds the pages about an article's revisions."""

    def get_urls(self) -> list[URLPattern]:
        pages = [
            own_page(self, "<path:object_id>/revisions/", self.revisions_view, "revisions"),
            own_page(self, "<path:object_id>/changes/", self.changes_view, "changes"),
            own_page(self, "<path:object_id>/restore/", self.restore_view, "restore"),
        ]
        return [*pages, *super().get_urls()]

    def revisions_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show all revisions of an article, the newest first, and let two be chosen."""
        article = self._article(request, object_id)
        rows = article.revisions.defer(*LONG_TEXTS).select_related("author")
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
        return self._show(request, "revisions", article, f"Revisions of “{article}”", page=page)

    def changes_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what changed to revision `to` (the current one if not given) from revision `from` (the one before)."""
        article = self._article(request, object_id)
        new = _numbered(article, request.GET["to"]) if request.GET.get("to") else article.revision
        if new is None:
            raise Http404
        old = _numbered(article, request.GET["from"]) if request.GET.get("from", "0") != "0" else _before(new)
        title = f"Changes from revision {old.number} to {new.number}" if old else f"Revision {new.number}, the first"
        return self._show(
            request, "changes", article, title, old=old, new=new, last=_last_number(article),
            rows=differences(old.body if old else "", new.body),
        )  # fmt: skip

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether the text of a revision shall be the article's again, and then make it a new revision."""
        with transaction.atomic():
            article = self._article(request, object_id)  # locked, if this is a POST
            if not self.has_change_permission(request, article):
                raise PermissionDenied
            old = _numbered(article, request.POST.get("revision") or request.GET.get("revision", ""))
            current = cast(Revision, article.revision)  # who has an old revision has a current one
            if request.method == "POST" and request.POST.get("current") == str(current.number):
                return self._restored(request, article, old)
        if request.method == "POST":
            who = current.author or "somebody"
            text = f"While you were looking, {who} saved revision {current.number}. This is what would change now."
            self.message_user(request, text, messages.WARNING)
        return self._show(
            request, "restore", article, f"Restore revision {old.number}", old=old,
            reason=request.POST.get("reason", ""), max_length=MAX_NOTE_LENGTH - len(_note(old, ": ")),
            rows=differences(current.body, old.body),
        )  # fmt: skip

    def _restored(self, request: HttpRequest, article: Article, old: Revision) -> HttpResponse:
        note = _note(old, request.POST.get("reason", ""))
        revision = article.publish(old.body, author=cast(User, request.user), note=note)
        if revision is None:
            self.message_user(request, f"Revision {old.number} has the current text: nothing was changed.")
        else:
            self.log_change(request, article, f"{note} as revision {revision.number}.")
            text = f"The text of revision {old.number} is back, as revision {revision.number}."
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:chat_article_revisions", args=[article.pk]))

    def _article(self, request: HttpRequest, object_id: str) -> Article:
        """Return the article; raise what Django answers with 403 or 404."""
        article: Article | None = self.get_object(request, object_id)
        may_read = self.has_view_or_change_permission(request, article) and request.user.has_perm("chat.view_revision")
        if not may_read:
            raise PermissionDenied
        if article is None:
            raise Http404
        return article

    # Any: a template takes everything.
    def _show(self, request: HttpRequest, name: str, article: Article, title: str, **more: Any) -> HttpResponse:
        may_restore = self.has_change_permission(request, article)
        context = page_context(self, request, title, original=article, may_restore=may_restore, **more)
        return render(request, f"admin/chat/article/{name}.html", context)


def _numbered(article: Article, number: str) -> Revision:
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Http404
    revision: Revision = get_object_or_404(article.revisions.select_related("author"), number=int(number))
    return revision


def _before(revision: Revision) -> Revision | None:
    older = Revision.objects.filter(article=revision.article_id, number__lt=revision.number)
    return older.select_related("author").order_by("-number").first()


def _last_number(article: Article) -> int:
    return article.revisions.aggregate(last=Max("number"))["last"] or 0


def _note(old: Revision, reason: str) -> str:
    reason = " ".join(clean(reason).split())
    return f"Restored from revision {old.number}{': ' if reason else ''}{reason}"[:MAX_NOTE_LENGTH]
