"""The pages that tell editors what readers ask about: one over all articles, one for each."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern

from chat.admin.pages import own_page, page_context
from chat.models import Article
from chat.models.insight import Insight, overview

# By the word in the address; None: since ever.
PERIODS = {"7": 7, "30": 30, "90": 90, "all": None}
USUAL = "30"
PER_PAGE = 50


class WithInsight(admin.ModelAdmin):
    """Adds the pages about what is asked."""

    def get_urls(self) -> list[URLPattern]:
        pages = [
            own_page(self, "insight/", self.insights_view, "insights"),
            own_page(self, "<int:object_id>/insight/", self.insight_view, "insight"),
        ]
        return [*pages, *super().get_urls()]

    def insights_view(self, request: HttpRequest) -> HttpResponse:
        """Show how much was asked about each article."""
        _refuse_others(request)
        chosen = _chosen(request)
        articles = Article.objects.order_by("title", "pk").only("pk", "title")
        page = Paginator(articles, PER_PAGE).get_page(request.GET.get("p"))
        rows = overview(page.object_list, PERIODS[chosen])
        context = page_context(self, request, "What readers ask", page=page, rows=rows, chosen=chosen, periods=PERIODS)
        return render(request, "admin/insight/all.html", context)

    def insight_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show what was asked about one article."""
        _refuse_others(request)
        article = get_object_or_404(Article.objects.select_related("revision").defer(*LONG), pk=object_id)
        chosen = _chosen(request)
        insight = Insight(article, PERIODS[chosen])
        unanswered, open_count = insight.unanswered()
        context = page_context(
            self, request, f"What readers ask about “{article}”", original=article, insight=insight, chosen=chosen,
            periods=PERIODS, bars=insight.bars(), heat=insight.heat(), unanswered=unanswered, open_count=open_count,
            endings=sorted(insight.endings.items(), key=str), opinions=sorted(insight.opinions.items(), key=str),
        )  # fmt: skip
        return render(request, "admin/insight/article.html", context)


# Of a revision: up to 2 MB each; the sections' own texts are shown.
LONG = ("revision__body", "revision__body_html", "revision__plain")


def _refuse_others(request: HttpRequest) -> None:
    if not request.user.has_perm("chat.view_insight"):
        raise PermissionDenied


def _chosen(request: HttpRequest) -> str:
    chosen = request.GET.get("period", USUAL)
    return chosen if chosen in PERIODS else USUAL
