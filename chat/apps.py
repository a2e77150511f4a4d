"""The one Django app: articles, conversations, messages and citations are one data graph."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Names the app and its checks; starts nothing (the server does that, see celebrations_site/asgi.py)."""

    name = "chat"
    verbose_name = "Publication"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from chat import checks  # noqa: F401 it registers itself
