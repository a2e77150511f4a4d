"""The list of a reader's conversations: as a page, and as the list beside every page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID
from zlib import crc32

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from chat.models import Article, Conversation, Message, Status, User
from chat.replies import news

PAGE_SIZE = 30
# What scripts of the site accept.
SCRIPT = "application/json"
WEEK = 7
# How long lists show that something was deleted, with Undo beside it.
NOTICE_FOR = timedelta(minutes=1)
# What a list needs of an article is its title.
SHOWN = ("code", "title", "updated", "archived", "article__title")


@dataclass(frozen=True)
class Row:
    """A conversation in a list, and how it stands there: what differs here looks different."""

    conversation: Conversation
    is_writing: bool
    is_unread: bool

    @property
    def version(self) -> str:
        """Return what changes with everything that the list shows of it."""
        row = self.conversation
        told = (row.title, row.updated.timestamp(), row.archived is None, self.is_writing, self.is_unread)
        return f"{crc32(repr(told).encode()):x}"


@dataclass(frozen=True)
class Group:
    """The conversations of one time, newest first."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Listing:
    """What the templates of lists show."""

    groups: tuple[Group, ...]
    open: Conversation | None = None  # the one that is shown beside
    deleted: Conversation | None = None  # the one that was deleted just now
    older: UUID | None = None  # the last one of this page, when there are others behind it

    @property
    def version(self) -> str:
        """Return what changes with everything in the list."""
        told = [(group.name, row.conversation.code, row.version) for group in self.groups for row in group.rows]
        codes = (self.open and self.open.code, self.deleted and self.deleted.code)
        return f"{crc32(repr((told, codes)).encode()):x}"


def with_states(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Have each conversation say whether it `is_writing` and `is_unread`."""
    own = Message.objects.filter(conversation=OuterRef("pk"))
    ended = own.replies().filter(pk__gt=OuterRef("seen")).exclude(status__in=(Status.PENDING, Status.WRITING))
    return conversations.annotate(is_writing=Exists(own.unfinished()), is_unread=Exists(ended))


def see(conversations: QuerySet[Conversation]) -> Conversation | None:
    """Return the one conversation of the set, None for none, and note that its owner has it before their eyes."""
    conversation = with_states(conversations).first()
    if conversation and conversation.is_unread:  # type: ignore[attr-defined]  # annotated
        ended = conversation.messages.replies().exclude(status__in=(Status.PENDING, Status.WRITING))
        newest = ended.order_by("-pk").values_list("pk", flat=True).first() or 0
        Conversation.objects.filter(pk=conversation.pk, seen__lt=newest).update(seen=newest)
        news.announce(conversation.owner_id)
    return conversation


def listed(user: User | AnonymousUser) -> QuerySet[Conversation]:
    """Return the user's conversations, newest first, with their states and the titles of their articles."""
    mine = with_states(Conversation.objects.visible_to(user)).order_by("-updated", "-pk")
    return mine.select_related("article").only(*SHOWN)


def behind(conversations: QuerySet[Conversation], last: Conversation | None) -> QuerySet[Conversation]:
    """Keep what comes after the last one of a page. No counting: the hundredth page costs what the first does."""
    if last is None:
        return conversations
    is_same = Q(updated=last.updated, pk__lt=last.pk)
    return conversations.filter(Q(updated__lte=last.updated), Q(updated__lt=last.updated) | is_same)


def grouped(conversations: Iterable[Conversation]) -> tuple[Group, ...]:
    """Return conversations, which come newest first, by the time of their last question."""
    today = timezone.localdate()
    groups: dict[str, list[Row]] = {}
    for row in conversations:
        name = period(timezone.localdate(row.updated), today)
        states = row.is_writing, row.is_unread  # type: ignore[attr-defined]  # annotated
        groups.setdefault(name, []).append(Row(row, *states))
    return tuple(Group(name, tuple(rows)) for name, rows in groups.items())


def period(day: date, today: date) -> str:
    """Return what the time of a day is called."""
    if day >= today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    if day >= today - timedelta(days=WEEK):
        return f"Previous {WEEK} days"
    return date_format(day, "F Y")


def desk(user: User | AnonymousUser, open_code: str | UUID = "") -> Listing:
    """Return the newest conversations and the open one, for the list beside a page. Two queries, or three."""
    rows = list(listed(user).filter(archived=None)[:PAGE_SIZE])
    code = code_of(open_code)
    opened = next((row for row in rows if row.code == code), None)
    if code and opened is None and (opened := listed(user).filter(code=code).first()):
        rows.append(opened)
        rows.sort(key=lambda row: row.updated, reverse=True)
    return Listing(grouped(rows), opened, deleted_just_now(user))


def deleted_just_now(user: User | AnonymousUser) -> Conversation | None:
    """Return the conversation that the user deleted last, as long as they are likely to be looking for it."""
    if not user.is_authenticated:
        return None
    since = Now() - NOTICE_FOR
    return Conversation.objects.deleted_by(user).filter(deleted_at__gte=since).order_by("-deleted_at").first()


def changed(request: HttpRequest, address: str) -> HttpResponse:
    """Tell the reader's open pages that their list changed; lead on, or tell a script that it is done."""
    news.announce(cast("User", request.user).pk)
    return HttpResponse(status=204) if request.headers.get("Accept") == SCRIPT else redirect(address)


def code_of(value: str | UUID) -> UUID | None:
    """Return the code that an address names, None for anything else."""
    try:
        return UUID(str(value))
    except ValueError:
        return None


def desk_context(request: HttpRequest, article: Article | None, conversation: Conversation | None) -> dict[str, Any]:
    """Return the list beside a page that is all conversation; other pages fetch it when it is wanted."""
    if not request.user.is_authenticated or (article and not conversation):
        return {}
    return {"desk": desk(request.user, conversation.code if conversation else "")}


@cache_control(private=True, no_cache=True)
@require_safe
def beside(request: HttpRequest) -> HttpResponse:
    """Answer with the list beside a page as it is now; 204 to a page whose reader has logged out.

    `?open=` is the conversation on the page, which `&seen=1` says is before its reader's eyes.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    code = code_of(request.GET.get("open", ""))
    if code and request.GET.get("seen") == "1":
        see(Conversation.objects.visible_to(request.user).filter(code=code))
    return render(request, "chat/_list.html", {"desk": desk(request.user, code or "")})


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """Show a page of the list; `?archived=1` of the archive, `?before=` what comes after a conversation."""
    is_archive = request.GET.get("archived") == "1"
    mine = listed(request.user).filter(archived__isnull=not is_archive)
    last = code_of(request.GET.get("before", ""))
    start = Conversation.objects.visible_to(request.user).filter(code=last).first() if last else None
    rows = list(behind(mine, start)[: PAGE_SIZE + 1])
    older = rows[PAGE_SIZE - 1].code if len(rows) > PAGE_SIZE else None
    shown = Listing(grouped(rows[:PAGE_SIZE]), deleted=deleted_just_now(request.user), older=older)
    context = {"listing": shown, "is_archive": is_archive, "is_first": start is None}
    return render(request, "chat/conversations.html", context)
