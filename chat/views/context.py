"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from chat.views.typography import chosen


def site(request: HttpRequest) -> dict[str, object]:
    """Return what settings say, the language, and the theme and typography that the reader chose. No query."""
    theme = request.COOKIES.get("theme", "auto")
    return {
        "site_name": settings.SITE_NAME,
        "signup": settings.SIGNUP,
        "signup_domains": settings.SIGNUP_DOMAINS,
        "staff_second_factor": settings.STAFF_SECOND_FACTOR,
        "theme": theme if theme in ("light", "dark") else "auto",
        "language": get_language() or settings.LANGUAGE_CODE,
        **chosen(request),
    }
