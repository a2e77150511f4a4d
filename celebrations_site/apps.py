"""The admin as this site has it."""

from django.apps import apps
from django.contrib.admin import site
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import import_string

# allauth's own pages would show the secrets of second factors, give anybody's account another address, and delete a
# session's row without ending the session; Django's would let whoever changes groups give themselves every permission.
# By name: pages need models, which are not there yet when this file is read.
IN_PLACE_OF_OTHERS = {
    "mfa.Authenticator": "chat.admin.factors.FactorAdmin",
    "account.EmailAddress": "chat.admin.access.AddressAdmin",
    "auth.Group": "chat.admin.access.RoleAdmin",
    "usersessions.UserSession": None,
}


class DeskConfig(AdminConfig):
    """Puts the site's own desk in the place of Django's admin."""

    default_site = "celebrations_site.desk.DeskSite"

    def ready(self) -> None:
        """Find the pages of all apps; then put the site's own in the place of others'."""
        super().ready()
        for model, page in IN_PLACE_OF_OTHERS.items():
            site.unregister(apps.get_model(model))
            if page:
                site.register(apps.get_model(model), import_string(page))
