"""A reader's account: how they like to see the site, what is kept of them, taking it away, and the end of it."""

from typing import cast

from allauth.account.decorators import reauthentication_required
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from chat import quota
from chat.models import ConversationReading, Theme, User
from chat.models.belongings import count_belongings
from chat.replies import takeout
from chat.replies.erasing import erase
from chat.views import preferences
from chat.views.context import site
from chat.views.conversations import private


class ProfileForm(forms.ModelForm):
    """What a reader may say about themselves, and how they like to see the site."""

    language = forms.ChoiceField(label="Dates and times", choices=settings.LANGUAGES)
    timezone = forms.ChoiceField(label="Time zone", required=False)
    theme = forms.ChoiceField(label="Light", choices=Theme.choices)

    class Meta:
        model = User
        fields = ("name", "language", "timezone", "theme")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        places = [(name, name.replace("_", " ")) for name in sorted(preferences.zones())]
        self.fields["timezone"].choices = [("", f"{settings.TIME_ZONE}, as the site"), *places]  # type: ignore[attr-defined]


@private
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and keep name and preferences; those count in this browser at once, in others from the next login."""
    user = cast("User", request.user)
    if request.method != "POST":
        shown = site(request)
        initial = {"theme": user.theme or shown["theme"], "language": user.language or shown["language"]}
        return render(request, "account/profile.html", {"form": ProfileForm(instance=user, initial=initial)})
    form = ProfileForm(request.POST, instance=user)
    if not form.is_valid():
        return render(request, "account/profile.html", {"form": form}, status=400)
    user.save(update_fields=form.changed_data)
    messages.success(request, "Your profile is saved.")
    response = redirect("chat:account")
    preferences.take_along(request, response, user)
    return response


@private
@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Tell what is kept of the reader, and what they asked today."""
    user = cast("User", request.user)
    context = {"belongings": count_belongings(user), "standing": quota.standing(user)}
    return render(request, "account/data.html", context)


@private
@login_required
@require_safe
def readings(request: HttpRequest) -> HttpResponse:
    """Tell when staff looked at which of the reader's conversations; who it was is the site's own matter."""
    rows = ConversationReading.objects.visible_to(cast("User", request.user)).select_related("conversation")
    return render(request, "account/readings.html", {"readings": Paginator(rows, 50).get_page(request.GET.get("p"))})


@private
@login_required
@require_GET
async def download(request: HttpRequest) -> HttpResponseBase:
    """Send everything as a zip that is made while it is sent."""
    user = cast("User", await request.auser())
    origin = f"{request.scheme}://{request.get_host()}"
    response = StreamingHttpResponse(takeout.pieces(user, origin), content_type="application/zip")
    name = f"{slugify(settings.SITE_NAME) or 'site'}-{timezone.now():%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@private
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth declares no types
def delete(request: HttpRequest) -> HttpResponse:
    """Count what would go and ask for the user name; a POST with it ends the account."""
    user = cast("User", request.user)
    typed = request.POST.get("username", "").strip()
    if request.method == "POST" and typed == user.username:
        erase(user)
        logout(request)
        response = redirect("chat:account_deleted")
        preferences.forget(response)
        return response
    is_wrong = request.method == "POST"
    context = {"belongings": count_belongings(user), "typed": typed, "is_wrong": is_wrong}
    return render(request, "account/delete.html", context, status=400 if is_wrong else 200)


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """Say that it is done; there is nobody left to say it to but whoever sits there."""
    return render(request, "account/deleted.html")
