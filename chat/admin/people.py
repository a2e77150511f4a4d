"""Who has an account, what they may do, and what they used."""

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat import quota, roles
from chat.admin.costs import WithReport
from chat.admin.links import to_list, to_row
from chat.admin.rights import Deleted, ReadOnly, may_touch
from chat.admin.suspending import WithSuspending
from chat.models import Conversation, Quota, Usage, User
from chat.models.belongings import count_belongings

# Whoever could change these could make themselves a superuser.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")
ROLES = (
    "“Staff status” opens the desk. It is ticked for whoever becomes a member of "
    f"{', '.join(roles.LET_IN[:-1])} or {roles.LET_IN[-1]} (docs/roles.md says what each role may do there); tick it "
    "yourself for somebody with permissions of their own. Only a superuser changes what stands here."
)


class PersonForm(UserChangeForm):
    """Changes an account; the tick that opens the desk goes with the roles that need it."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        let_in = [group.name for group in data.get("groups", ()) if group.name in roles.LET_IN]
        if let_in and "is_staff" in self.changed_data and not data["is_staff"]:
            text = f"Members of {let_in[0]} are let into the desk. Take the account out of it first."
            self.add_error("is_staff", text)
        return data


@admin.register(User)
class PersonAdmin(WithSuspending, UserAdmin):
    """Readers, editors and operators; only a superuser hands out powers, or touches the account of one who has any."""

    list_display = ("username", "email", "is_active", "is_staff", "conversation_count", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups", "date_joined")
    search_help_text = "Searches user names, names and e-mail addresses."
    list_per_page = 50
    ordering = ("-date_joined", "-pk")
    form = PersonForm
    actions = ("suspend", "readmit")
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "usable_password", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        asked = Coalesce(Subquery(_conversation_counts()), 0)
        rows: QuerySet[User] = super().get_queryset(request).annotate(asked=asked)
        return rows

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:  # Any: as Django declares it
        """Show those who may not change the account what they need to know of it, and no more."""
        if obj is None:
            return self.add_fieldsets
        may_change = self.has_change_permission(request, obj)
        own_quota = ("own_quota",) if request.user.has_perm("chat.view_quota") else ()
        preferences = ("Preferences", {"fields": ("name", "language", "timezone", "theme")})
        return (
            (None, {"fields": ("username", "password") if may_change else ("username",)}),
            ("Personal info", {"fields": ("first_name", "last_name", "email")}),
            ("State", {"fields": ("state", "date_joined", "last_login")}),
            ("Roles", {"fields": POWERS, "description": ROLES} if may_change else {"fields": ("groups", "is_staff")}),
            *([preferences] if may_change else []),
            ("Use", {"fields": ("stands", *own_quota)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:  # Any: as Django declares it
        powers = () if request.user.is_superuser else POWERS
        return (*super().get_readonly_fields(request, obj), *powers, "state", "stands", "own_quota")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and may_touch(request, obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # Any: Django's
        """Say who is still let in when their last role was taken from them."""
        super().save_related(request, form, formsets, change)
        person = form.instance
        is_asked = "groups" in form.changed_data and person.is_staff and not person.is_superuser
        if is_asked and not person.groups.filter(name__in=roles.LET_IN).exists():
            text = f"{person} is in no role any more, and still let into the desk until you untick “Staff status”."
            self.message_user(request, text, messages.WARNING)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Deleted:  # Any: a list or a queryset
        """Say in numbers how much goes with the accounts: what readers wrote is not shown, nor loaded to be counted."""
        counts: Counter[str] = Counter()
        for person in objs:
            counts.update(count_belongings(person))
        may_delete = all(self.has_delete_permission(request, person) for person in objs)
        forbidden = set() if may_delete else {str(User._meta.verbose_name)}
        return [to_row(person) for person in objs], dict(counts), forbidden, []

    @admin.display(description="used")
    def stands(self, user: User) -> str:
        now = quota.standing(user)
        return (
            f"{now.questions} of {now.questions_limit} questions and {now.tokens} of {now.tokens_limit} tokens today, "
            f"{now.month_tokens} of {now.month_limit} tokens this month"
        )

    @admin.display(description="own quota")
    def own_quota(self, user: User) -> SafeString | None:
        if own := Quota.objects.filter(user=user).first():
            return to_row(own)
        address = reverse("admin:chat_quota_add", query={"user": user.pk})
        return format_html('<a href="{}">Set one</a>', address)

    @admin.display(description="conversations", ordering="asked")
    def conversation_count(self, user: User) -> SafeString:
        count = user.asked  # type: ignore[attr-defined]  # annotated in get_queryset
        return to_list(Conversation, str(count), owner__id__exact=user.pk)


def _conversation_counts() -> QuerySet:
    """Return the number of conversations of the user in the outer query: counted for the rows shown only."""
    own = Conversation.objects.filter(owner=OuterRef("pk"), deleted_at=None).order_by().values("owner")
    return own.annotate(asked=Count("pk")).values("asked")


@admin.register(Usage)
class UsageAdmin(ReadOnly, WithReport):
    """What each reader used each day, against which the quotas count."""

    list_display = ("user", "day", "questions", "tokens_used", "tokens_reserved")
    list_filter = ("day",)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    search_help_text = "Searches readers by user name and e-mail address."
    ordering = ("-day", "-questions")
    date_hierarchy = "day"
    list_per_page = 50
