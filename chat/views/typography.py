"""How large a reader wants the text and how wide its lines: kept in cookies, told to the style sheets by <html>."""

from django.http import HttpRequest, HttpResponse

# Each has a usual value besides, which holds without a cookie.
CHOICES = {"size": ("small", "large"), "measure": ("narrow", "wide")}
# The conversation's hundredths of the window's width; static/js/panes.js keeps the divider within the same bounds.
SHARES = tuple(str(share) for share in range(25, 61))
ONE_YEAR_SECS = 365 * 24 * 60 * 60


def chosen(request: HttpRequest) -> dict[str, str]:
    """Return what the reader chose of CHOICES, and where the divider was left as `pane`; "" for the usual."""
    allowed = {**CHOICES, "pane": SHARES}
    cookies = {name: request.COOKIES.get(name, "") for name in allowed}
    return {name: value if value in allowed[name] else "" for name, value in cookies.items()}


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Keep what the form chose; a choice set to anything but an unusual value is forgotten."""
    for name in CHOICES.keys() & request.POST.keys():
        value, secure = request.POST[name], request.is_secure()
        if value in CHOICES[name]:
            response.set_cookie(name, value, max_age=ONE_YEAR_SECS, secure=secure, httponly=True, samesite="Lax")
        else:
            response.delete_cookie(name, samesite="Lax")
