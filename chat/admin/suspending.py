"""Suspending accounts and readmitting them: on the page of one, and for several that were chosen in the list."""

from typing import Any, NamedTuple, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.admin.pages import own_page, page_context
from chat.admin.rights import may_touch
from chat.models import Suspension, User
from chat.models.suspensions import REASON_MAX_CHARS
from chat.replies import suspending
from chat.text.clean import clean

# More than anyone looks through before it is done to them; a list shows 50.
MOST = 100


class ReasonForm(forms.Form):
    """Asks why."""

    reason = forms.CharField(
        label="Why",
        max_length=REASON_MAX_CHARS,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Kept with the account and in its history, for the desk. The reader does not see it.",
        error_messages={"required": "Say why: whoever has to decide about it later knows nothing else."},
    )

    def clean_reason(self) -> str:
        return " ".join(clean(self.cleaned_data["reason"]).split())


class Doing(NamedTuple):
    """What is done to accounts, in the words of its page."""

    name: str
    verb: str
    done: str
    finds_active: bool
    what: str


SUSPEND = Doing(
    "suspend", "Suspend", "suspended", True,
    "Nobody can log in with such an account any more. Its sessions end, its answers that are being written stop, its "
    "open pages are cut off, and its shared copies are not to be seen for as long. Nothing is deleted.",
)  # fmt: skip
READMIT = Doing(
    "readmit", "Readmit", "readmitted", False,
    "Its reader can log in again and finds everything as it was. What was stopped stays stopped.",
)  # fmt: skip


class WithSuspending(admin.ModelAdmin):
    """Adds the pages and the actions `suspend` and `readmit`, and says in what state an account is."""

    def get_urls(self) -> list[URLPattern]:
        pages = [
            own_page(self, "<int:object_id>/suspend/", self.suspend_view, "suspend"),
            own_page(self, "<int:object_id>/readmit/", self.readmit_view, "readmit"),
        ]
        return [*pages, *super().get_urls()]

    def has_suspend_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return whether the one who asks may suspend and readmit this account; nobody does it to their own."""
        may = request.user.has_perm("chat.suspend_user")
        return may and (obj is None or (obj.pk != request.user.pk and may_touch(request, obj)))

    @admin.display(description="state")
    def state(self, user: User) -> SafeString | str:
        if user.is_active:
            return "Open"
        row = Suspension.objects.select_related("by").filter(user=user).first()
        if row is None:
            return "Closed"
        when = date_format(row.created, "j F Y, H:i")
        return format_html("Suspended on {} (UTC) by {}: {}", when, row.by or "somebody who is gone", row.reason)

    @admin.action(description="Suspend the selected accounts", permissions=["suspend"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self._chosen(request, queryset, SUSPEND)

    @admin.action(description="Readmit the selected accounts", permissions=["suspend"])
    def readmit(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self._chosen(request, queryset, READMIT)

    # Any: as Django declares it, and passes it on.
    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Offer both on the page of an account."""
        person = context.get("original")
        context["may_suspend"] = person is not None and self.has_suspend_permission(request, person)
        return super().render_change_form(request, context, *args, **kwargs)

    def suspend_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why one account is to be suspended, and do it."""
        return self._one(request, object_id, SUSPEND)

    def readmit_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why one account is to be readmitted, and do it."""
        return self._one(request, object_id, READMIT)

    def _one(self, request: HttpRequest, object_id: int, doing: Doing) -> HttpResponse:
        if not self.has_suspend_permission(request):
            raise PermissionDenied
        person = get_object_or_404(User, pk=object_id)
        if not self.has_suspend_permission(request, person):
            raise PermissionDenied
        back = reverse("admin:chat_user_change", args=[person.pk])
        if person.is_active != doing.finds_active:
            state = "open" if person.is_active else "suspended already"
            self.message_user(request, f"The account of {person} is {state}.", messages.INFO)
            return HttpResponseRedirect(back)
        answer = self._decide(request, doing, [person], is_sent=request.method == "POST", original=person, back=back)
        return answer or HttpResponseRedirect(back)

    def _chosen(self, request: HttpRequest, queryset: QuerySet[User], doing: Doing) -> HttpResponse | None:
        people = list(queryset.filter(is_active=doing.finds_active).order_by("username")[: MOST + 1])
        if len(people) > MOST:
            self.message_user(request, f"Choose at most {MOST} accounts at once.", messages.WARNING)
            return None
        mine = [person for person in people if self.has_suspend_permission(request, person)]
        left_out = [person for person in people if person not in mine]
        if not mine:
            text = (
                f"None of the chosen accounts can be {doing.done} by you: they are that already, yours, or the desk's."
            )
            self.message_user(request, text, messages.WARNING)
            return None
        back = reverse("admin:chat_user_changelist")
        chosen = {"action": doing.name, "keys": [person.pk for person in mine]}
        return self._decide(
            request, doing, mine, is_sent="confirmed" in request.POST, left_out=left_out, chosen=chosen, back=back
        )

    # Any: a template takes everything.
    def _decide(
        self, request: HttpRequest, doing: Doing, people: list[User], is_sent: bool, **more: Any
    ) -> HttpResponse | None:
        """Return the page that asks why; None when it has been answered, and the thing is done."""
        form = ReasonForm(request.POST if is_sent else None)
        if is_sent and form.is_valid():
            self._do(request, doing, people, form.cleaned_data["reason"])
            return None
        whose = people[0] if len(people) == 1 else f"{len(people)} accounts"
        title = f"{doing.verb} {whose}"
        context = page_context(self, request, title, form=form, doing=doing, people=people, **more)
        return render(request, "admin/chat/user/suspend.html", context, status=400 if form.errors else 200)

    def _do(self, request: HttpRequest, doing: Doing, people: list[User], reason: str) -> None:
        who = cast(User, request.user)  # the admin lets nobody in without an account
        done = suspending.suspend(people, who, reason) if doing is SUSPEND else suspending.readmit(people)
        LogEntry.objects.log_actions(who.pk, done, CHANGE, f"{doing.done.capitalize()}: {reason}")
        names = ", ".join(str(person) for person in done) or "nobody any more"
        self.message_user(request, f"{doing.done.capitalize()}: {names}.", messages.SUCCESS)
