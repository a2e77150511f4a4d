"""What was asked and answered: questions and replies. Of a reply the row is the log."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from chat.models.accounts import User
from chat.models.revisions import Revision

if TYPE_CHECKING:
    from chat.models.passages import Passage

# Ten silent beats of the journal (1 s each): a writer that missed them all is dead, not slow.
STALE_AFTER = timedelta(seconds=10)
TITLE_MAX_CHARS = 80
# A reply that broke off is continued once by itself; a question that kills its writers must not go round for ever.
MAX_ATTEMPTS = 2


class Role(models.TextChoices):
    """Who wrote a message."""

    USER = "user", "Question"
    ASSISTANT = "assistant", "Reply"


class Status(models.TextChoices):
    """How far a reply is, or how it ended."""

    PENDING = "pending", "Pending"
    WRITING = "writing", "Being written"
    COMPLETE = "complete", "Complete"
    STOPPED = "stopped", "Stopped"
    INTERRUPTED = "interrupted", "Interrupted"
    FAILED = "failed", "Failed"


UNFINISHED = (Status.PENDING, Status.WRITING)
BROKEN = (Status.INTERRUPTED, Status.FAILED)


class MessageQuerySet(models.QuerySet["Message"]):
    """Rules about many messages."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep messages of the user's own conversations that are not deleted."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(conversation__owner=user, conversation__deleted_at=None)

    def replies(self) -> Self:
        return self.filter(role=Role.ASSISTANT)

    def unfinished(self) -> Self:
        return self.filter(status__in=UNFINISHED)

    def stale(self) -> Self:
        """Keep unfinished replies whose writer must be dead; the database's clock decides.

        A heartbeat from the future is no sign of life either: the clock has been set back since.
        """
        oldest, newest = Now() - STALE_AFTER, Now() + STALE_AFTER
        is_silent = Q(heartbeat_at__lt=oldest) | Q(heartbeat_at__gt=newest)
        return self.unfinished().filter(is_silent | Q(heartbeat_at=None, created__lt=oldest))

    def claim(self, writer: str, model: str) -> bool:
        """Give the one pending reply in this set to a writer; False when it is not pending any more."""
        pending = self.filter(status=Status.PENDING)
        return pending.update(status=Status.WRITING, writer=writer, model=model, heartbeat_at=Now()) == 1

    def take_over(self, writer: str, model: str) -> bool:
        """Give the one stale reply in this set to another writer for another attempt; False when someone was first."""
        lost = self.stale().filter(stop_requested_at=None, attempt__lt=MAX_ATTEMPTS)
        fields = {"status": Status.WRITING, "writer": writer, "model": model, "heartbeat_at": Now()}
        return lost.update(attempt=F("attempt") + 1, **fields) == 1

    def try_again(self, writer: str, model: str) -> bool:
        """Count another attempt by the writer that holds the one reply in this set; False after the last one."""
        held = self.filter(status=Status.WRITING, writer=writer, stop_requested_at=None, attempt__lt=MAX_ATTEMPTS)
        return held.update(attempt=F("attempt") + 1, model=model) == 1

    def release(self, writer: str) -> bool:
        """Give up the reply that writer holds: it counts as stale from now on, so that it is taken over at once."""
        held = self.filter(status=Status.WRITING, writer=writer)
        return held.update(writer="", heartbeat_at=Now() - 2 * STALE_AFTER) == 1

    def release_all(self) -> int:
        """Have whatever of these is unfinished taken over by the next process that looks; return how many they are.

        Only where nobody writes them: in a copy of a database, whose replies have their writers elsewhere.
        """
        return self.unfinished().update(writer="", heartbeat_at=Now() - 2 * STALE_AFTER)

    def request_stop(self) -> int:
        """Ask whoever writes these replies to stop; return how many are unfinished and had not been asked yet."""
        return self.unfinished().filter(stop_requested_at=None).update(stop_requested_at=Now())


class Message(models.Model):
    """A question, or a reply. Of a reply the row is the log: its text only grows, and its status ends once."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    role = models.CharField(max_length=10, choices=Role.choices)
    text = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)
    key = models.UUIDField(null=True, blank=True, help_text="Made by the client: the same key is the same question.")

    counted_on = models.DateField(null=True, blank=True, help_text="The day of the quota, where it is a later one.")
    status = models.CharField(max_length=12, choices=Status.choices, blank=True)
    writer = models.CharField(max_length=32, blank=True, help_text="Token of the task that may extend the text.")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, blank=True, related_name="replies")
    model = models.CharField(max_length=100, blank=True)
    finish_reason = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    prompt_version = models.CharField(max_length=40, blank=True, help_text="Of the rules that the model was given.")
    settings_version = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of the model’s settings; none: those of the environment."
    )
    passages_given = models.PositiveIntegerField(null=True, blank=True, help_text="How many the model could read.")
    passages_total = models.PositiveIntegerField(null=True, blank=True, help_text="How many there were.")
    is_unanswered = models.BooleanField(default=False, help_text="It says itself that the article has no answer.")

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(status__in=UNFINISHED), name="one_unfinished_reply"
            ),
            models.UniqueConstraint(fields=["conversation", "key"], name="one_question_per_key"),
            models.CheckConstraint(
                condition=Q(role=Role.USER, status="") | Q(role=Role.ASSISTANT, status__in=Status.values),
                name="message_status_fits_role",
            ),
        ]
        # Serves stale(): the sweep over unfinished replies, which are few. Not over heartbeat_at, which changes with
        # each flush: every one would then write to the index, too.
        indexes = [
            models.Index(fields=["created"], condition=Q(status__in=UNFINISHED), name="unfinished_reply"),
        ]

    def __str__(self) -> str:
        """Return none of its words: the admin shows and logs this where one may not read them."""
        return f"{self.get_role_display()} {self.code.hex[:8]}"

    @property
    def is_reply(self) -> bool:
        return self.role == Role.ASSISTANT

    @property
    def is_unfinished(self) -> bool:
        return self.status in UNFINISHED

    @property
    def can_be_continued(self) -> bool:
        """Whether a reader may have it written to its end: it broke off, and nothing was asked after it."""
        return self.status in BROKEN and not self.children.exists()

    @property
    def about(self) -> "Passage | None":
        """The passage that a question is about. No query for a message of a thread."""
        return getattr(self, "passage", None)

    def put_about(self, passage: "Passage | None") -> None:
        """Store what a question that was stored just now is about; for None only know that it has no passage."""
        if passage is None:
            self._state.fields_cache["passage"] = None
        else:
            passage.question = self
            passage.save(force_insert=True)

    @property
    def events_url(self) -> str:
        return reverse("chat:events", args=[self.code])

    @property
    def stop_url(self) -> str:
        return reverse("chat:stop", args=[self.code])

    @property
    def continue_url(self) -> str:
        return reverse("chat:continue_reply", args=[self.code])

    def history(self) -> list["Message"]:
        """Return the messages that led to this one, oldest first, without it. No query for a message of a thread."""
        path, message = [], self.parent
        while message is not None:
            path.append(message)
            message = message.parent
        return path[::-1]


def shorten(text: str) -> str:
    """Return the first words of text on one line, at most TITLE_MAX_CHARS long."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_MAX_CHARS else line[: TITLE_MAX_CHARS - 1].rsplit(" ", 1)[0] + "…"
