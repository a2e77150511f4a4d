"""What readers asked and what was answered: conversations and their messages."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from chat.errors import NotFound, StillWriting
from chat.models.accounts import User
from chat.models.articles import Article, Revision
from chat.text.clean import clean

if TYPE_CHECKING:
    from chat.models.passages import Passage

# Ten silent beats of the journal (1 s each): a writer that missed them all is dead, not slow.
STALE_AFTER = timedelta(seconds=10)
TITLE_MAX_CHARS = 80
# A reply that broke off is continued once by itself; a question that kills its writers must not go round for ever.
MAX_ATTEMPTS = 2
# Longer than anyone looks at the notice with Undo, short enough to call it deleted.
UNDO_FOR = timedelta(minutes=10)


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


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Rules about many conversations."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep the user's own that are not deleted; nobody else's, whoever asks."""
        return self.filter(owner=user, deleted_at=None) if user.is_authenticated else self.none()

    def deleted_by(self, user: User) -> Self:
        """Keep what the user deleted and may have back."""
        return self.filter(owner=user, deleted_at__isnull=False)

    def expired(self) -> Self:
        """Keep what was deleted so long ago that nobody gets it back; the database's clock decides."""
        return self.filter(deleted_at__lt=Now() - UNDO_FOR)


class Conversation(models.Model):
    """Questions of one reader about one article, or about all (article empty), with their replies."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    article = models.ForeignKey(Article, on_delete=models.SET_NULL, null=True, blank=True, related_name="conversations")
    title = models.CharField(max_length=TITLE_MAX_CHARS, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    archived = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    seen = models.BigIntegerField(
        db_default=0,
        editable=False,
        help_text="Key of the newest ended reply that its owner has had before their eyes.",
    )

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-updated"]
        indexes = [
            # Serves the list of one's own conversations, newest first.
            models.Index(fields=["owner", "-updated"], name="conversation_owner_updated"),
            # Serves expired(): the few that are deleted and still there.
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="conversation_deleted"),
        ]

    def __str__(self) -> str:
        return self.title or "New conversation"

    def get_absolute_url(self) -> str:
        return reverse("chat:conversation", args=[self.code])

    def ask(
        self,
        text: str,
        key: uuid.UUID | None = None,
        parent: uuid.UUID | None = None,
        *,
        thread: "list[Message] | None" = None,
        about: "Passage | None" = None,
        writer: str = "",
        model: str = "",
    ) -> "Message":
        """Store the question and an empty reply; return the reply: pending, or claimed by a writer from the start.

        `about` is the unsaved passage that the question is about.
        The same key again returns the reply it got before. One transaction, in which the conversation's row is
        locked; a caller that holds the lock already hands in the `thread` it read. Raises StillWriting when a reply
        is unfinished, NotFound when parent is not of this conversation.
        """
        with transaction.atomic(savepoint=False):
            thread = self.locked_thread() if thread is None else thread
            if reply := reply_to(key, thread):
                return reply
            if any(message.is_unfinished for message in thread):
                raise StillWriting
            question = self._put(Message(role=Role.USER, text=clean(text), key=key, parent=found(parent, thread)))
            question.put_about(about)
            if thread or not self.title:
                self.title = self.title or shorten(question.text)
                self.save(update_fields=["title", "updated"])
            reply = Message(role=Role.ASSISTANT, parent=question, status=Status.PENDING)
            reply.revision_id = self.article.revision_id if self.article else None
            if writer:
                reply.status, reply.writer, reply.model, reply.heartbeat_at = Status.WRITING, writer, model, Now()
            return self._put(reply)

    def locked_thread(self) -> "list[Message]":
        """Lock the conversation's row and return its messages, oldest first. Inside a transaction."""
        Conversation.objects.select_for_update(of=("self",)).only("pk").get(pk=self.pk)
        return self.thread()

    def thread(self) -> "list[Message]":
        """Return all messages, oldest first, each with its parent and its passage at hand. One query."""
        messages = {message.pk: message for message in self.messages.select_related("passage").order_by("pk")}
        for message in messages.values():
            message.parent = messages.get(message.parent_id) if message.parent_id else None
        return list(messages.values())

    def _put(self, message: "Message") -> "Message":
        message.conversation = self
        message.save(force_insert=True)
        return message


def reply_to(key: uuid.UUID | None, thread: "list[Message]") -> "Message | None":
    """Return the reply that the question with this client key got, None for a new key."""
    is_wanted = (message.is_reply and message.parent and message.parent.key == key for message in thread)
    return next((message for message, is_it in zip(thread, is_wanted, strict=True) if is_it), None) if key else None


def found(code: uuid.UUID | None, thread: "list[Message]") -> "Message | None":
    """Return the message to go on from: the named one, or the newest; NotFound when it is not of this thread."""
    if code is None:
        return thread[-1] if thread else None
    if parent := next((message for message in thread if message.code == code), None):
        return parent
    raise NotFound


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

    def try_again(self, writer: str) -> bool:
        """Count another attempt by the writer that holds the one reply in this set; False after the last one."""
        held = self.filter(status=Status.WRITING, writer=writer, stop_requested_at=None, attempt__lt=MAX_ATTEMPTS)
        return held.update(attempt=F("attempt") + 1) == 1

    def release(self, writer: str) -> bool:
        """Give up the reply that writer holds: it counts as stale from now on, so that it is taken over at once."""
        held = self.filter(status=Status.WRITING, writer=writer)
        return held.update(writer="", heartbeat_at=Now() - 2 * STALE_AFTER) == 1

    def request_stop(self) -> int:
        """Ask whoever writes these replies to stop; return how many are unfinished and had not been asked yet."""
        return self.unfinished().filter(stop_requested_at=None).update(stop_requested_at=Now())


class Message(models.Model):
    """A question, or a reply. Of a reply the row is the log: its text only grows, and its status ends once."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    role = models.CharField(max_length=10, choices=Role.choices)
    text = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)
    key = models.UUIDField(null=True, blank=True, help_text="Made by the client: the same key is the same question.")

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
        return shorten(self.text) or f"({self.get_status_display()})"

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

    def reopen(self) -> bool:
        """Make a reply that broke off pending again, with its text; False when it cannot be continued (any more).

        Raises StillWriting when another reply of the conversation is unfinished. Inside a transaction.
        """
        Conversation.objects.select_for_update(of=("self",)).get(pk=self.conversation_id)
        if not self.can_be_continued:
            return False
        if self.conversation.messages.unfinished().exists():
            raise StillWriting
        broken = Message.objects.filter(pk=self.pk, status__in=BROKEN)
        fields = {"status": Status.PENDING, "error_code": "", "finish_reason": "", "writer": ""}
        # Counts as alive for STALE_AFTER: its creation may be long ago.
        return broken.update(attempt=F("attempt") + 1, heartbeat_at=Now(), stop_requested_at=None, **fields) == 1

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
