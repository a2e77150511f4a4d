"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from chat.views.typography import chosen


def site(request: HttpRequest) -> dict[str, str]:
    """Return the publication's name, the theme ("auto" until the reader chose one) and the typography. No query."""
    theme = request.COOKIES.get("theme", "auto")
    return {
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in ("light", "dark") else "auto",
        **chosen(request),
    }
