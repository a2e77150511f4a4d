"""Quotas, the site's budget, prices of models, and the pages that tell what answers used and cost."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern
from django.utils import timezone

from chat.admin.log import note_export
from chat.admin.pages import own_page, page_context
from chat.models import Budget, Cost, ModelPrice, Quota
from chat.models.spending import GROUPINGS, LINES_SHOWN, Line, entries, lines, total

USUAL_DAYS = 30
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
HEADINGS = ("day", "article", "model", "reader", "answers", "prompt tokens", "answer tokens", "without a price", "cost")


@admin.register(Quota)
class QuotaAdmin(admin.ModelAdmin):
    """What a group or one user may use; where nothing is said the settings count."""

    list_display = ("__str__", "questions_per_day", "tokens_per_day", "tokens_per_month")
    list_select_related = ("user", "group")
    autocomplete_fields = ("user", "group")
    search_fields = ("user__username", "user__email", "group__name")
    search_help_text = "Searches user names, e-mail addresses and groups."
    ordering = ("group__name", "user__username", "pk")
    list_per_page = 50


@admin.register(Budget)
class BudgetAdmin(admin.ModelAdmin):
    """What all answers together may cost; the newest record counts, so what was agreed before can stay."""

    list_display = ("__str__", "per_day", "per_month")
    ordering = ("-pk",)
    list_per_page = 50
    fieldsets = (
        (None, {
            "description": f"In {settings.CURRENCY}, by UTC. Empty: no limit. 0: nobody can ask any more; answers "
            "that are being written go on. The newest record counts.",
            "fields": ("per_day", "per_month"),
        }),
    )  # fmt: skip


@admin.register(ModelPrice)
class ModelPriceAdmin(admin.ModelAdmin):
    """What a million tokens cost from a day on; what was used before keeps the price of its day."""

    list_display = ("model", "valid_from", "per_million_prompt", "per_million_completion")
    search_fields = ("model",)
    search_help_text = "Searches names of models."
    list_per_page = 50


class Period(forms.Form):
    """From which day to which, and by what the sums are."""

    begin = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}))
    by = forms.ChoiceField(label="By", choices=[(name, name) for name in GROUPINGS])

    def clean(self) -> dict[str, object]:
        chosen = super().clean() or {}
        begin, end = chosen.get("begin"), chosen.get("end")
        if begin and end and begin > end:
            raise forms.ValidationError("The first day is after the last one.")
        return chosen


class WithReport(admin.ModelAdmin):
    """Adds the pages about what was used and what it cost."""

    def get_urls(self) -> list[URLPattern]:
        pages = [
            own_page(self, "report/", self.report_view, "report"),
            own_page(self, "report.csv", self.csv_view, "report_csv"),
        ]
        return [*pages, *super().get_urls()]

    def report_view(self, request: HttpRequest) -> HttpResponse:
        """Show what was used in a period, as bars and as a table."""
        _refuse_others(request)
        form = _period(request)
        is_valid = form.is_valid()
        begin, end, by = _chosen(form)
        rows = lines(begin, end, by, LINES_SHOWN)
        context = page_context(
            self, request, "Usage and costs", form=form, by=by, begin=begin, end=end, rows=rows, bars=bars(rows),
            total=total(begin, end), currency=settings.CURRENCY, is_cut=len(rows) == LINES_SHOWN,
        )  # fmt: skip
        return render(request, "admin/costs/report.html", context, status=200 if is_valid else 400)

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send the ledger of a period, line by line."""
        _refuse_others(request)
        form = _period(request)
        if not form.is_valid():
            return HttpResponse("The period is not one: give begin and end as 2026-11-25.\n", "text/plain", status=400)
        begin, end, _ = _chosen(form)
        note_export(request, Cost, f"Costs from {begin} to {end}", "Downloaded as CSV.")
        headings = (*HEADINGS[:-1], f"cost in {settings.CURRENCY}")
        pieces = written(chain([headings], entries(begin, end)))
        response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="costs-{begin}-{end}.csv"'
        return response


def bars(rows: list[Line]) -> list[tuple[int, int]]:
    """Return for each line where its bar begins and how high it is, of 100: by money, or by tokens where none cost."""
    sizes = [row.micros for row in rows]
    if not any(sizes):
        sizes = [row.prompt_tokens + row.completion_tokens for row in rows]
    highest = max(sizes, default=0) or 1
    return [(10 * at, round(100 * size / highest)) for at, size in enumerate(sizes)]


class _Echo:
    """What csv writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def written(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield the rows as lines of CSV; words that a spreadsheet would run are quoted for it."""
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def _refuse_others(request: HttpRequest) -> None:
    if not request.user.has_perm("chat.view_costs"):
        raise PermissionDenied


def _period(request: HttpRequest) -> Period:
    return Period({**_usual(), **{name: value for name, value in request.GET.items() if value}})


def _usual() -> dict[str, Any]:  # Any: what the fields of a form hold
    today = timezone.now().date()
    return {"begin": today - timedelta(days=USUAL_DAYS - 1), "end": today, "by": "day"}


def _chosen(form: Period) -> tuple[date, date, str]:
    """Return the period of a form; where that is not valid the usual one."""
    chosen = form.cleaned_data if form.is_valid() else _usual()
    return chosen["begin"], chosen["end"], chosen["by"]
