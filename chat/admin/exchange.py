"""Articles out of the admin as a zip, and back in: what would happen is shown before anything is stored."""

import io
from typing import IO, Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, reverse

from chat.admin import uploads
from chat.admin.log import note_export
from chat.admin.pages import own_page, page_context
from chat.exchange.archive import MAX_ZIP_BYTES, ArchiveError, File, read_zip, write_zip
from chat.exchange.files import files_of
from chat.exchange.imports import Outcome, PlanChangedError, Step, bring_in, digest, plan
from chat.models import Article, User
from chat.text.clean import clean

GONE = "The uploaded file is not here any more. Upload it again; nothing was changed."
CHANGED = "Somebody changed an article meanwhile. This is what the files would do now; nothing was changed yet."
NAME = "articles.zip"


class ZipForm(forms.Form):
    """Takes a zip of articles."""

    file = forms.FileField(
        label="Zip file",
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
        help_text="Markdown files with front matter, as an export has them. You see what would happen before it does.",
    )

    unpacked: list[File]

    def clean_file(self) -> UploadedFile:
        uploaded: UploadedFile = self.cleaned_data["file"]
        if (uploaded.size or 0) > MAX_ZIP_BYTES:
            raise forms.ValidationError(f"The zip is larger than {MAX_ZIP_BYTES // 1_000_000} MB. Divide it.")
        try:
            self.unpacked = read_zip(cast(IO[bytes], uploaded.file))
        except ArchiveError as error:
            raise forms.ValidationError(str(error)) from error
        if not self.unpacked:
            raise forms.ValidationError("The zip holds no files.")
        return uploaded


class WithExchange(admin.ModelAdmin):
    """Adds the export, the import, and the action `export_selected`."""

    def get_urls(self) -> list[URLPattern]:
        pages = [
            own_page(self, "export/", self.export_view, "export"),
            own_page(self, "import/", self.import_view, "import"),
            own_page(self, "import/confirm/", self.confirm_view, "import_confirm"),
        ]
        return [*pages, *super().get_urls()]

    @admin.action(description="Export selected articles as zip", permissions=["view"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Article]) -> HttpResponse:
        return _zip_of(request, queryset)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Return all articles as a zip."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return _zip_of(request, Article.objects.all())

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a zip and show what it would do."""
        self._check_may_import(request)
        form = ZipForm(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            context = page_context(self, request, "Import articles", form=form)
            return render(request, "admin/chat/article/import.html", context)
        token = uploads.keep(form.cleaned_data["file"].file, cast(User, request.user))
        return self._show_plan(request, token, plan(form.unpacked), form.cleaned_data["file"].name)

    def confirm_view(self, request: HttpRequest) -> HttpResponse:
        """Do what was shown, all or nothing."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._check_may_import(request)
        editor, token = cast(User, request.user), request.POST.get("token", "")
        path = uploads.kept(token, editor)
        if path is None:
            self.message_user(request, GONE, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:chat_article_import"))
        with path.open("rb") as file:
            files = read_zip(file)
        name = clean(request.POST.get("name", "")) or NAME
        try:
            note = f"Imported from {name}"[:200]
            steps = bring_in(files, author=editor, note=note, expected=request.POST.get("digest", ""))
        except PlanChangedError:
            self.message_user(request, CHANGED, messages.WARNING)
            return self._show_plan(request, token, plan(files), name)
        uploads.forget(token, editor)
        self._note(request, steps, note)
        return HttpResponseRedirect(reverse("admin:chat_article_changelist"))

    # Any: a template takes everything.
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Offer both beside the list."""
        more = {"may_import": self._may_import(request), "may_export": self.has_view_permission(request)}
        response: HttpResponse = super().changelist_view(request, {**more, **(extra_context or {})})
        return response

    def _may_import(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def _check_may_import(self, request: HttpRequest) -> None:
        if not self._may_import(request):
            raise PermissionDenied

    def _show_plan(self, request: HttpRequest, token: str, steps: list[Step], name: str) -> HttpResponse:
        counts = {outcome: sum(step.outcome == outcome for step in steps) for outcome in Outcome}
        context = page_context(
            self, request, "What the import would do", steps=steps, counts=counts, token=token,
            digest=digest(steps), name=name, has_errors=counts[Outcome.ERROR] > 0,
            does_something=counts[Outcome.NEW] + counts[Outcome.CHANGED] > 0,
        )  # fmt: skip
        return render(request, "admin/chat/article/import_plan.html", context)

    def _note(self, request: HttpRequest, steps: list[Step], note: str) -> None:
        """Tell the editor, and the history of each article."""
        done = [step for step in steps if step.outcome in (Outcome.NEW, Outcome.CHANGED)]
        for step in done:
            if step.outcome == Outcome.NEW:
                self.log_addition(request, step.article, f"{note}: {step.said}.")
            else:
                self.log_change(request, step.article, f"{note}: {step.said}.")
        new = sum(step.outcome == Outcome.NEW for step in done)
        text = f"Imported: {new} new, {len(done) - new} changed, {len(steps) - len(done)} unchanged."
        self.message_user(request, text, messages.SUCCESS)


def _zip_of(request: HttpRequest, articles: QuerySet[Article]) -> HttpResponse:
    target = io.BytesIO()
    write_zip(target, files_of(articles))
    note_export(request, Article, f"{articles.count()} articles", "Exported as a zip.")
    return HttpResponse(
        target.getvalue(),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{NAME}"'},
    )
