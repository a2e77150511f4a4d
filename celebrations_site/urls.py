"""The site's addresses: the publication, accounts, the admin."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path

from chat.admin.access import AddressAdmin, RoleAdmin
from chat.admin.people import FactorAdmin

# allauth's own pages would show the secrets of second factors, delete a session's row without ending the session, and
# give anybody's account another address; Django's would let whoever changes groups give themselves every permission.
admin.site.unregister([Authenticator, UserSession, EmailAddress, Group])
admin.site.register(Authenticator, FactorAdmin)
admin.site.register(EmailAddress, AddressAdmin)
admin.site.register(Group, RoleAdmin)
# The admin's login is the site's, so that the same limits and second factors hold there.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("chat.urls")),
]
