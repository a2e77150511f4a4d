"""The one Django app: articles, conversations, messages and citations are one data graph."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.contrib.auth import get_user_model
from django.db.models.signals import m2m_changed, post_migrate

from chat import roles


class ChatConfig(AppConfig):
    """Names the app; starts nothing (the server does that, see celebrations_site/asgi.py)."""

    name = "chat"
    verbose_name = "Publication"
    default_auto_field = "django.db.models.BigAutoField"
    default = True

    def ready(self) -> None:
        """Keep the groups of the roles what they are to be, whoever changes the tables or their rows.

        The two signals of this site: what is true of every member of a role has to hold in a shell, too.
        """
        post_migrate.connect(roles.bring_up, dispatch_uid="roles")
        m2m_changed.connect(roles.let_in, sender=get_user_model().groups.through, dispatch_uid="roles")


class DeskConfig(admin.AdminConfig):
    """Django's admin with the site's own addresses that lead out of it."""

    default = False
    default_site = "chat.desk.Desk"  # imports none of the pages: they register with it
