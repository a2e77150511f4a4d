"""What readers will see of a text that is being written: beside the form, or on a page of its own and back."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import URLPattern, reverse
from django.utils.safestring import mark_safe

from chat.admin.article_form import MarkdownArea, checked_body
from chat.admin.pages import own_page, page_context
from chat.text.clean import clean
from chat.text.directions import is_rtl
from chat.text.markdown import article_html

# Of the form that comes to the preview page and goes back; its buttons and its token are made anew.
NOT_TAKEN_BACK = {"csrfmiddlewaretoken", "fragment", "_back", "_preview_of", "_save", "_continue", "_addanother"}


class WithPreview(admin.ModelAdmin):
    """Adds the preview of a text, and the way back from it to the form, on which nothing is stored."""

    def get_urls(self) -> list[URLPattern]:
        return [own_page(self, "preview/", self.preview_view, "preview"), *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Return the HTML of a posted text as publication makes it: as a `fragment` for the script, or in a page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        try:
            html = article_html(checked_body(clean(request.POST.get("body", ""))))
        except ValidationError as error:
            return HttpResponse(error.message, status=413, content_type="text/plain; charset=utf-8")
        if "fragment" in request.POST:
            return HttpResponse(html)
        language = request.POST.get("language", "")
        context = page_context(
            self, request, "Preview", typed=_typed(request), back=_form_of(request.POST.get("_preview_of", "")),
            # Sanitised by article_html, as it is when it is saved.
            prose=mark_safe(html), language=language, is_rtl=is_rtl(language),  # noqa: S308
        )  # fmt: skip
        return render(request, "admin/chat/article/preview.html", context)

    # Any: as Django declares it, and passes it on.
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form as it was typed to those who come back from the preview page; they have not saved it."""
        if request.method == "POST" and "_back" in request.POST:
            request.method = "GET"
        response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        return response

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        form: type[ModelForm] = super().get_form(request, obj, change, **kwargs)
        if "_back" in request.POST:  # Made for this request only, as Django's admin does.
            form.typed = {  # type: ignore[attr-defined]
                name: field.widget.value_from_datadict(request.POST, {}, name)
                for name, field in form.base_fields.items()
                if not field.widget.needs_multipart_form or isinstance(field.widget, MarkdownArea)
            }
        return form


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name not in NOT_TAKEN_BACK
        for value in map(clean, values)
    ]


def _form_of(primary_key: str) -> str:
    if primary_key.isascii() and primary_key.isdecimal():
        return reverse("admin:chat_article_change", args=[primary_key])
    return reverse("admin:chat_article_add")
