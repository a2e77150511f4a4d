"""Pages for everyone: the front page, the articles, and the choice of how they look."""

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from chat.models import Article, Cover, State, Theme
from chat.views import preferences
from chat.views.front import front_context
from chat.views.reading import visible_articles, with_texts
from chat.views.room import show_room
from chat.views.typography import remember


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Show the front article with its cover, and the others as an index."""
    return render(request, "chat/front.html", front_context())


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an article beside an empty conversation; `?revision=N` an older text, `&quote=` words of that.

    An address that it had before leads to it; 410 where the article was withdrawn.
    """
    visible = visible_articles(request.user)
    found = with_texts(visible).filter(slug=slug).first()
    if found is None:
        return elsewhere(request, slug, visible)
    return show_room(request, found, revision=request.GET.get("revision"), quote=request.GET.get("quote", ""))


def elsewhere(request: HttpRequest, slug: str, visible: QuerySet[Article]) -> HttpResponse:
    """Lead on to the address that an article has now, or say that it is gone; Http404 where there never was one."""
    moved = visible.filter(former_slugs__slug=slug).first()
    if moved is not None:
        query = request.META["QUERY_STRING"]
        return HttpResponsePermanentRedirect(moved.get_absolute_url() + (f"?{query}" if query else ""))
    if Article.objects.in_state(State.WITHDRAWN).filter(Q(slug=slug) | Q(former_slugs__slug=slug)).exists():
        return render(request, "410.html", status=410)
    raise Http404


@require_safe
def cover(request: HttpRequest, digest: str) -> HttpResponse:
    """Answer with an article's picture to those who may read the article; its address changes with the picture."""
    found = get_object_or_404(Cover.objects.filter(article__in=visible_articles(request.user), digest=digest)[:1])
    response = HttpResponse(bytes(found.webp), content_type="image/webp")
    if found.article.state == State.PUBLISHED:
        response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


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
