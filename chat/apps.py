"""The one Django app: articles, conversations, messages and citations are one data graph."""

from django.apps import AppConfig
from django.contrib.auth import get_user_model
from django.db.models.signals import m2m_changed, post_migrate

from chat import roles


class ChatConfig(AppConfig):
    """Names the app and its checks; starts nothing (the server does that, see celebrations_site/asgi.py)."""

    name = "chat"
    verbose_name = "Publication"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, and keep the groups of the roles what they are to be, whoever changes tables or rows.

        The two signals of this site: what is true of every member of a role has to hold in a shell, too.
        """
        from chat import checks  # noqa: F401 it registers itself

        post_migrate.connect(roles.bring_up, dispatch_uid="roles")
        m2m_changed.connect(roles.let_in, sender=get_user_model().groups.through, dispatch_uid="roles")
