"""Records of which every version stays: reading and comparing them, adding the next one, and taking one back."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from chat.admin.pages import own_page, page_context
from chat.admin.rights import ReadOnly
from chat.models import User
from chat.models.versions import Version
from chat.text.clean import clean

# What Version.note holds.
MAX_NOTE_LENGTH = 200

V = TypeVar("V", bound=Version)


class VersionAdmin(ReadOnly, admin.ModelAdmin, Generic[V]):
    """All versions to read and to compare, a form for the next one, and no way to change or delete one."""

    contents: tuple[str, ...] = ()  # the fields that make a version
    shown: tuple[str, ...] = ()  # those, as they stand on the page of one
    added = ""  # what editors have to know of the form
    list_display_links = ("number", "note")
    list_select_related = ("author",)
    list_per_page = 50
    change_list_template = "admin/versions/change_list.html"
    change_form_template = "admin/versions/change_form.html"

    class Media:
        css = {"all": ("css/admin.css",)}

    def beginning(self) -> V:
        """Return what counts while there is no version, as version 0, which is not stored."""
        raise NotImplementedError

    def differences(self, old: V, new: V) -> Mapping[str, object]:
        """Return what templates/admin/versions/_changes.html shows of two versions."""
        raise NotImplementedError

    # --- Django's own pages -----------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those with the permission add a version: the one thing that is done here."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[V]:
        is_newest = ~Exists(self.model._default_manager.filter(number__gt=OuterRef("number")))
        rows: QuerySet[V] = super().get_queryset(request).annotate(is_newest=is_newest)
        return rows

    def get_fieldsets(self, request: HttpRequest, obj: V | None = None) -> Any:  # Any: Django's nested lists
        stored = ("number", "counts", "created", "author", "note", *self.shown)
        proposed = (*self.contents, "note", "based_on")
        return [(None, {"description": self.added, "fields": stored if obj else proposed})]

    def get_list_display(self, request: HttpRequest) -> Any:  # Any: Django's
        back = ("back",) if self.has_add_permission(request) else ()
        return (*self.list_display, "changes", *back)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # Django's
        form = super().get_form(request, obj, change, **kwargs)
        if "_back" in request.POST:  # Made for this request only, as Django's admin does.
            form.typed = self._typed(request)  # type: ignore[attr-defined]
        return form

    # Any: as Django declares it, and passes it on.
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form as it was typed to those who come back from trying it out; they have not saved it."""
        if request.method == "POST" and "_back" in request.POST:
            request.method = "GET"
        response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        return response

    def _changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # Any: Django's
        if request.method == "POST":
            self._wait_for_others()
        response: HttpResponse = super()._changeform_view(request, *args, **kwargs)  # type: ignore[misc]  # not in stubs
        return response

    def save_model(self, request: HttpRequest, obj: V, form: forms.ModelForm, change: bool) -> None:
        """Store a version as the editor's own."""
        obj.author = cast(User, request.user)  # the admin lets nobody in without an account
        super().save_model(request, obj, form, change)

    @admin.display(description="counts", boolean=True)
    def counts(self, version: V) -> bool:
        return bool(version.is_newest)  # type: ignore[attr-defined]  # annotated in get_queryset

    @admin.display(description="what changed")
    def changes(self, version: V) -> SafeString:
        said = format_html('<span class="visually-hidden"> in version {}</span>', version.number)
        return format_html('<a href="{}?to={}">Compare{}</a>', self.address("compare"), version.number, said)

    @admin.display(description="have it again")
    def back(self, version: V) -> SafeString | None:
        if self.counts(version):
            return None
        said = format_html('<span class="visually-hidden"> version {}</span>', version.number)
        return format_html('<a href="{}?version={}">Take back{}</a>', self.address("take_back"), version.number, said)

    def _typed(self, request: HttpRequest) -> dict[str, str]:
        """Return what the form held, by the names under which it went along."""
        name = self.opts.model_name
        fields = {field: field for field in self.contents} | {"note": f"{name}_note", "based_on": f"{name}_based_on"}
        return {field: clean(request.POST[sent]) for field, sent in fields.items() if sent in request.POST}

    # --- comparing and taking back ----------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        pages = [
            own_page(self, "compare/", self.compare_view, "compare"),
            own_page(self, "take-back/", self.take_back_view, "take_back"),
        ]
        return [*pages, *super().get_urls()]

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """Show what changed to version `to` (the newest if not given) from version `from` (the one before)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        newest = self._newest()
        new = self._numbered(request.GET.get("to") or str(newest.number))
        old = self._numbered(request.GET.get("from") or str(max(0, new.number - 1)))
        title = f"Changes from version {old.number} to {new.number}"
        return self._show(request, "compare", title, old=old, new=new, newest=newest, **self.differences(old, new))

    def take_back_view(self, request: HttpRequest) -> HttpResponse:
        """Ask whether what a version holds shall count again, and then make it the next version."""
        if not (self.has_view_permission(request) and self.has_add_permission(request)):
            raise PermissionDenied
        with transaction.atomic():
            if request.method == "POST":
                self._wait_for_others()
            newest = self._newest()
            old = self._numbered(request.POST.get("version") or request.GET.get("version", ""))
            if request.method == "POST" and request.POST.get("counting") == str(newest.number):
                return self._taken_back(request, old, newest)
        if request.method == "POST":
            who = newest.author or "somebody"
            text = f"While you were looking, {who} saved version {newest.number}. This is what would change now."
            self.message_user(request, text, messages.WARNING)
        return self._show(
            request, "take_back", f"Take back {_words(old)}", old=old, new=newest, newest=newest,
            reason=request.POST.get("reason", ""), max_length=MAX_NOTE_LENGTH - len(_note(old, ": ")),
            is_same=self._is_same(old, newest), **self.differences(newest, old),
        )  # fmt: skip

    def _taken_back(self, request: HttpRequest, old: V, newest: V) -> HttpResponse:
        if self._is_same(old, newest):
            self.message_user(request, f"{capfirst(_words(old))} is what counts already: nothing was changed.")
            return HttpResponseRedirect(self.address("changelist"))
        note = _note(old, request.POST.get("reason", ""))
        values = {name: getattr(old, name) for name in self.contents}
        version = cast(V, self.model(**values, note=note, author=request.user))
        try:
            version.full_clean(exclude=["number"])
        except ValidationError as refusal:  # the environment may say what no version may
            self.message_user(request, " ".join(refusal.messages), messages.ERROR)
            return HttpResponseRedirect(self.address("changelist"))
        version.save()
        self.log_addition(request, version, f"{note}.")
        text = f"{capfirst(_words(old))} is back, as version {version.number}: it counts from the next reply on."
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(self.address("changelist"))

    def _is_same(self, one: V, other: V) -> bool:
        return all(getattr(one, name) == getattr(other, name) for name in self.contents)

    def _wait_for_others(self) -> None:
        """Have one save wait for the other, so that the second sees what the first one stored. In a transaction.

        There may be no version to lock yet; the row that stands for the table is always there.
        """
        kind = ContentType.objects.get_for_model(self.model)
        ContentType.objects.select_for_update(no_key=True).filter(pk=kind.pk).values_list("pk").first()

    def _newest(self) -> V:
        """Return the version that counts, version 0 while there is none."""
        newest = self.model._default_manager.order_by("-number").select_related("author").first()
        return cast(V, newest) if newest else self.beginning()

    def _numbered(self, number: str) -> V:
        """Return a version; raise Http404."""
        if not (number.isascii() and number.isdecimal() and len(number) < 10):
            raise Http404
        if int(number) == 0:
            return self.beginning()
        return cast(V, get_object_or_404(self.model.objects.select_related("author"), number=int(number)))

    def address(self, page: str) -> str:
        return reverse(f"admin:chat_{self.opts.model_name}_{page}")

    # Any: a template takes everything.
    def _show(self, request: HttpRequest, name: str, title: str, **more: Any) -> HttpResponse:
        context = page_context(self, request, title, may_add=self.has_add_permission(request), **more)
        doors = {page: self.address(page) for page in ("changelist", "compare", "take_back")}
        return render(request, f"admin/versions/{name}.html", {**context, "doors": doors})


def _words(version: Version) -> str:
    return f"version {version.number}" if version.number else "the beginning"


def _note(old: Version, reason: str) -> str:
    reason = " ".join(clean(reason).split())
    return f"Taken back from {_words(old)}{': ' if reason else ''}{reason}"[:MAX_NOTE_LENGTH]
