"""What has been kept as long as the settings want, counted and removed; the site may run and stream meanwhile."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from chat.models import Article, Conversation, ConversationReading, Invitation, Revision, Share, Usage, User
from chat.replies.erasing import erase

# SQLite has one writer: with so little in one transaction the journal waits for milliseconds, not for seconds.
BATCH = 500
# A conversation brings its messages, citations and index entries along: as many as the purge takes.
BATCH_OF_CONVERSATIONS = 5
# Between two batches, so that whoever waits for the database has a turn: SQLite wakes nobody, they ask again.
PAUSE_SECS = 0.02


@dataclass(frozen=True)
class Kind:
    """One kind of rows that are kept for a time only."""

    name: str
    setting: str  # "": not for the operator to say
    due: Callable[[int], QuerySet[Any]]  # Any: rows of any model; given the days
    batch: int = BATCH
    remove: Callable[[QuerySet[Any]], object] = QuerySet.delete  # Any: as above; called in a transaction

    @property
    def days(self) -> int | None:
        """For how long these are kept; None: for ever."""
        days: int | None = getattr(settings, self.setting) if self.setting else 0
        return days

    def rows(self) -> QuerySet[Any]:  # Any: as above
        """Return what would go now."""
        return self.due(self.days or 0)

    def prune(self) -> int:
        """Remove what is due, batch after batch; return how many rows went."""
        gone = 0
        keys = self.next_keys(self.rows())
        while keys:
            gone += self.remove_batch(keys)
            time.sleep(PAUSE_SECS)
            # Goes on behind the last key: what somebody began to use meanwhile is passed over, not tried for ever.
            keys = self.next_keys(self.rows().filter(pk__gt=keys[-1]))
        return gone

    def next_keys(self, rows: QuerySet[Any]) -> list[Any]:  # Any: rows and primary keys of any model
        """Return the first keys of the rows, as many as make a batch."""
        return list(rows.order_by("pk").values_list("pk", flat=True)[: self.batch])

    def remove_batch(self, keys: list[Any]) -> int:  # Any: primary keys of any model
        """Remove those of the rows that are still due, in one transaction; return how many."""
        with transaction.atomic():
            # Locked and looked at once more: of a conversation that somebody just asked in, nothing goes.
            held = list(locked(self.rows().filter(pk__in=keys)))
            self.remove(self.rows().model._default_manager.filter(pk__in=held))
            return len(held)


def locked(rows: QuerySet[Any]) -> Iterable[Any]:  # Any: rows and keys of any model
    """Return the keys of the rows, held until the end of the transaction, but for what somebody else holds."""
    return rows.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)


def ago(days: int) -> Any:  # Any: a database expression, for which Django has no narrower type
    return Now() - timedelta(days=days)


def old_conversations(days: int) -> QuerySet[Conversation]:
    """Return those in which nothing was asked, renamed or filed for so long, but for those with a live reply."""
    return Conversation.objects.at_rest().filter(updated__lt=ago(days), deleted_at=None)


def deleted_conversations(days: int) -> QuerySet[Conversation]:
    """Return what readers deleted and cannot have back any more; every running site removes it, too."""
    return Conversation.objects.at_rest().expired()


def ended_sessions(days: int) -> QuerySet[UserSession]:
    """Return the entries in people's lists of sessions whose session is no more, with browser and address."""
    going_on = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gte=Now())
    ended: QuerySet[UserSession] = UserSession.objects.exclude(Exists(going_on))
    return ended


def unconfirmed_accounts(days: int) -> QuerySet[User]:
    """Return accounts that never confirmed an address and were never used: no question, no article, no rights."""
    users = User.objects.filter(date_joined__lt=ago(days), is_staff=False, is_superuser=False)
    users = users.filter(Q(last_login=None) | Q(last_login__lt=ago(days)))
    has_used_it: tuple[QuerySet[Model], ...] = (
        EmailAddress.objects.filter(user=OuterRef("pk"), verified=True),
        Conversation.objects.filter(owner=OuterRef("pk")),
        Article.objects.filter(author=OuterRef("pk")),
        Revision.objects.filter(author=OuterRef("pk")),
    )
    for rows in has_used_it:
        users = users.exclude(Exists(rows))
    # An account without any address was made by hand: nobody was ever asked to confirm anything.
    return users.filter(Exists(EmailAddress.objects.filter(user=OuterRef("pk"))))


def erase_all(users: QuerySet[User]) -> None:
    for user in users:
        erase(user)


def day(days: int) -> Any:  # Any: a date
    return timezone.now().date() - timedelta(days=days)


KINDS = (
    Kind("Conversations", "KEEP_CONVERSATIONS_DAYS", old_conversations, BATCH_OF_CONVERSATIONS),
    Kind("Deleted conversations", "", deleted_conversations, BATCH_OF_CONVERSATIONS),
    Kind("Shared copies", "KEEP_SHARES_DAYS", lambda days: Share.objects.filter(created__lt=ago(days))),
    Kind("Counts of questions", "KEEP_USAGE_DAYS", lambda days: Usage.objects.filter(day__lt=day(days))),
    Kind("Log of the admin", "KEEP_LOG_DAYS", lambda days: LogEntry.objects.filter(action_time__lt=ago(days))),
    Kind("Readings by staff", "KEEP_LOG_DAYS", lambda days: ConversationReading.objects.filter(created__lt=ago(days))),
    Kind("Closed invitations", "KEEP_LOG_DAYS", lambda days: Invitation.objects.closed_before(ago(days))),
    Kind("Unconfirmed accounts", "KEEP_UNCONFIRMED_DAYS", unconfirmed_accounts, BATCH_OF_CONVERSATIONS, erase_all),
    Kind("Expired sessions", "", lambda days: Session.objects.filter(expire_date__lt=Now())),
    Kind("Entries of ended sessions", "", ended_sessions),
)
