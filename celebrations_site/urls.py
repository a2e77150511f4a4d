"""The site's addresses: the publication, accounts, the admin."""

from django.contrib import admin
from django.urls import include, path

handler500 = "chat.views.ops.broken"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("chat.urls")),
]
