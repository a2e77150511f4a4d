"""Pages for everyone: the front page, the articles, and the choice of how they look."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from chat.views.choices import remember
from chat.views.front import front_context
from chat.views.reading import visible_articles
from chat.views.room import show_room


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Show the front article with its cover, and the others as an index."""
    return render(request, "chat/front.html", front_context())


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an article beside an empty conversation; `?revision=N` an older text, `&quote=` words of that."""
    found = get_object_or_404(visible_articles(request.user).select_related("revision"), slug=slug)
    return show_room(request, found, revision=request.GET.get("revision"), quote=request.GET.get("quote", ""))


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember day, night or neither."""
    return remember(request)


@require_POST
def typography(request: HttpRequest) -> HttpResponse:
    """Remember how large the text and how long its lines shall be."""
    return remember(request)
