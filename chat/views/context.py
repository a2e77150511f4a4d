"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from chat.views.choices import chosen


def site(request: HttpRequest) -> dict[str, str]:
    """Return the publication's name and how the reader wants its pages to look. No query."""
    choices = chosen(request)
    return {"site_name": settings.SITE_NAME, **choices, "theme": choices["theme"] or "auto"}
