"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    """Return the publication's name and the theme that the reader chose ("auto" until then). No query."""
    theme = request.COOKIES.get("theme", "auto")
    return {"site_name": settings.SITE_NAME, "theme": theme if theme in ("light", "dark") else "auto"}
