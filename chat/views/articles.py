"""Pages for everyone: the front page, the articles, and the choice of how they look."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from chat.models import Theme
from chat.views import preferences
from chat.views.front import front_context
from chat.views.reading import visible_articles
from chat.views.room import show_room
from chat.views.typography import remember


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
    """Remember day, night or neither, here and with the account, and go back to the page the reader came from."""
    response = HttpResponseRedirect(came_from(request))
    choice = request.POST.get("theme", "")
    if choice in Theme.values:
        preferences.keep_theme(request, response, choice)
    return response


@require_POST
def typography(request: HttpRequest) -> HttpResponse:
    """Remember how large the text and how long its lines shall be, and go back to the page the reader came from."""
    response = HttpResponseRedirect(came_from(request))
    remember(request, response)
    return response


def came_from(request: HttpRequest) -> str:
    """Return the page of this site that the form stood on; the front page where it does not say."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if is_ours else reverse("chat:front")
