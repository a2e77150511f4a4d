"""How a reader likes to see the site: kept with the account, and in cookies so that showing a page needs no query."""

from functools import cache
from zoneinfo import available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from chat.models import Theme, User

TIMEZONE, LANGUAGE, THEME = "timezone", "language", "theme"
ONE_YEAR_SECS = 365 * 24 * 60 * 60
# The other names are abbreviations, offsets, and old spellings of these.
CONTINENTS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip


@cache
def zones() -> frozenset[str]:
    """Return the names of the places whose time one can choose, such as Europe/Paris."""
    return frozenset(name for name in available_timezones() if name.split("/")[0] in CONTINENTS)


def activate(request: HttpRequest) -> None:
    """Have this request's dates written as its cookies say; what they say wrongly counts as not said."""
    zone, language = request.COOKIES.get(TIMEZONE), request.COOKIES.get(LANGUAGE)
    if zone and zone in zones():
        timezone.activate(zone)
    if language and language in dict(settings.LANGUAGES):
        translation.activate(language)


def deactivate() -> None:
    """Write dates as the site does."""
    timezone.deactivate()
    translation.deactivate()


def take_along(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Bring to this browser what the account prefers; a theme that was chosen here stays where it has none."""
    keep(request, response, TIMEZONE, user.timezone)
    keep(request, response, LANGUAGE, user.language)
    if user.theme:
        keep(request, response, THEME, "" if user.theme == Theme.AUTO else user.theme)


def keep_theme(request: HttpRequest, response: HttpResponse, theme: str) -> None:
    """Remember the theme here, and with the account of a reader who is logged in."""
    keep(request, response, THEME, "" if theme == Theme.AUTO else theme)
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(theme=theme)


def forget(response: HttpResponse) -> None:
    """Leave no trace in the browser of what an account preferred, except for the theme."""
    for name in (TIMEZONE, LANGUAGE):
        response.delete_cookie(name, samesite="Lax")


def keep(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    """Set a cookie for a year, or delete it where there is no value."""
    if value:
        secure = request.is_secure()
        response.set_cookie(name, value, max_age=ONE_YEAR_SECS, secure=secure, httponly=True, samesite="Lax")
    elif name in request.COOKIES:
        response.delete_cookie(name, samesite="Lax")
