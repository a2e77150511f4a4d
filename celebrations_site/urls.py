"""The site's addresses: the publication, accounts, the admin."""

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.urls import include, path

from chat.admin.people import FactorAdmin

# allauth's own pages would show the secrets of second factors, and delete a session's row without ending the session.
admin.site.unregister([Authenticator, UserSession])
admin.site.register(Authenticator, FactorAdmin)
# The admin's login is the site's, so that the same limits and second factors hold there.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "chat.views.ops.broken"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("chat.urls")),
]
