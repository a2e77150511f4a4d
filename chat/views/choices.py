"""How a reader wants the pages to look: chosen by forms, kept in cookies, told to the style sheets by <html>."""

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

# Each has a usual value besides, which is what holds without a cookie.
CHOICES = {"theme": ("light", "dark"), "size": ("small", "large"), "measure": ("narrow", "wide")}
# The conversation's hundredths of the window's width; static/js/panes.js keeps the divider within the same bounds.
SHARES = frozenset(str(share) for share in range(25, 61))
ONE_YEAR_SECS = 365 * 24 * 60 * 60


def chosen(request: HttpRequest) -> dict[str, str]:
    """Return what the reader chose of CHOICES, and where the divider was left as `share`; "" for the usual."""
    allowed = {**CHOICES, "share": SHARES}
    cookies = {name: request.COOKIES.get(name, "") for name in allowed}
    return {name: value if value in allowed[name] else "" for name, value in cookies.items()}


def remember(request: HttpRequest) -> HttpResponseRedirect:
    """Keep what the form chose, forget what it set to the usual, and go back to the page the reader came from."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = reverse("chat:front")
    response = HttpResponseRedirect(target)
    for name in CHOICES.keys() & request.POST.keys():
        keep(response, name, request.POST[name], request.is_secure())
    return response


def keep(response: HttpResponseRedirect, name: str, value: str, is_secure: bool) -> None:
    """Put a choice into its cookie; anything but an unusual value takes the cookie away."""
    if value in CHOICES[name]:
        response.set_cookie(name, value, max_age=ONE_YEAR_SECS, secure=is_secure, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(name, samesite="Lax")
