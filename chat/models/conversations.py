"""What readers asked and what was answered: conversations, messages and the citations in them."""

import uuid
from datetime import timedelta
from typing import Self
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from chat.errors import NotFound, StillWriting
from chat.models.accounts import User
from chat.models.articles import Article, Revision, Section
from chat.text.clean import clean

# Ten silent beats of the journal (1 s each): a writer that missed them all is dead, not slow.
STALE_AFTER = timedelta(seconds=10)
TITLE_MAX_CHARS = 80


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


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Rules about many conversations."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep the user's own; nobody else's, whoever asks."""
        return self.filter(owner=user) if user.is_authenticated else self.none()


class Conversation(models.Model):
    """Questions of one reader about one article, or about all (article empty), with their replies."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    article = models.ForeignKey(Article, on_delete=models.SET_NULL, null=True, blank=True, related_name="conversations")
    title = models.CharField(max_length=TITLE_MAX_CHARS, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    archived = models.DateTimeField(null=True, blank=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-updated"]
        # Serves the list of one's own conversations, newest first.
        indexes = [models.Index(fields=["owner", "-updated"], name="conversation_owner_updated")]

    def __str__(self) -> str:
        return self.title or "New conversation"

    def get_absolute_url(self) -> str:
        return reverse("chat:conversation", args=[self.code])

    def ask(self, text: str, key: uuid.UUID | None = None, parent: uuid.UUID | None = None) -> "Message":
        """Store the question and an empty, pending reply; return the reply.

        The same key again returns the reply it got before. One transaction, in which the conversation's row is
        locked. Raises StillWriting when a reply is unfinished, NotFound when parent is not of this conversation.
        """
        with transaction.atomic():
            locked = Conversation.objects.select_for_update(of=("self",)).select_related("article").get(pk=self.pk)
            if reply := self.reply_to(key):
                return reply
            if self.messages.unfinished().exists():
                raise StillWriting
            question = Message.objects.create(
                conversation=locked, role=Role.USER, text=clean(text), key=key, parent=self._parent(parent)
            )
            locked.title = locked.title or shorten(question.text)
            locked.save(update_fields=["title", "updated"])
            return Message.objects.create(
                conversation=locked, role=Role.ASSISTANT, parent=question, status=Status.PENDING,
                revision_id=locked.article.revision_id if locked.article else None,
            )  # fmt: skip

    def reply_to(self, key: uuid.UUID | None) -> "Message | None":
        """Return the reply that the question with this client key got, None for a new key."""
        replies = self.messages.replies().select_related("conversation", "parent")
        return replies.filter(parent__key=key).first() if key else None

    def _parent(self, code: uuid.UUID | None) -> "Message | None":
        """Return the message to go on from: the named one, or the newest."""
        if code is None:
            return self.messages.order_by("pk").last()
        if (parent := self.messages.filter(code=code).first()) is None:
            raise NotFound
        return parent


class MessageQuerySet(models.QuerySet["Message"]):
    """Rules about many messages."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep messages of the user's own conversations."""
        return self.filter(conversation__owner=user) if user.is_authenticated else self.none()

    def replies(self) -> Self:
        return self.filter(role=Role.ASSISTANT)

    def unfinished(self) -> Self:
        return self.filter(status__in=UNFINISHED)

    def stale(self) -> Self:
        """Keep unfinished replies whose writer must be dead; the database's clock decides."""
        oldest = Now() - STALE_AFTER
        return self.unfinished().filter(Q(heartbeat_at__lt=oldest) | Q(heartbeat_at=None, created__lt=oldest))

    def claim(self, writer: str, model: str) -> bool:
        """Give the one pending reply in this set to a writer; False when it is not pending any more."""
        pending = self.filter(status=Status.PENDING)
        return pending.update(status=Status.WRITING, writer=writer, model=model[:100], heartbeat_at=Now()) == 1

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
        # Serves stale(): the sweep over unfinished replies, which are few.
        indexes = [
            models.Index(fields=["heartbeat_at"], condition=Q(status__in=UNFINISHED), name="message_unfinished"),
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
    def events_url(self) -> str:
        return reverse("chat:events", args=[self.code])

    @property
    def stop_url(self) -> str:
        return reverse("chat:stop", args=[self.code])

    def history(self) -> list["Message"]:
        """Return the messages that led to this one, oldest first, without it. One query."""
        known = {message.pk: message for message in self.conversation.messages.all()}
        path, pk = [], self.parent_id
        while pk is not None:
            path.append(known[pk])
            pk = known[pk].parent_id
        return path[::-1]


class Citation(models.Model):
    """A quotation in a reply, found in the revision: W3C TextQuote (exact, prefix, suffix) and TextPosition."""

    reply = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="citations")
    ordinal = models.PositiveSmallIntegerField()
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="citations")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    exact = models.TextField()
    prefix = models.CharField(max_length=64, blank=True)
    suffix = models.CharField(max_length=64, blank=True)
    start = models.PositiveIntegerField(help_text="Offset in the revision's plain text, in code points.")
    end = models.PositiveIntegerField()
    verdict = models.CharField(max_length=12, default="verified")

    class Meta:
        ordering = ["ordinal"]
        constraints = [models.UniqueConstraint(fields=["reply", "ordinal"], name="one_citation_per_ordinal")]

    def __str__(self) -> str:
        return shorten(self.exact)

    @property
    def url(self) -> str:
        """Return the address of the very words: the cited revision, the section, a text fragment.

        Long quotations name only their first and last words (W3C text fragments: `start,end`).
        """
        words = self.exact.split()
        ends = [words] if len(words) <= 8 else [words[:4], words[-4:]]
        fragment = ",".join(quote(" ".join(part), safe="").replace("-", "%2D") for part in ends)
        anchor = self.section.anchor if self.section else ""
        return f"{self.revision.get_absolute_url()}#{anchor}:~:text={fragment}"


def shorten(text: str) -> str:
    """Return the first words of text on one line, at most TITLE_MAX_CHARS long."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_MAX_CHARS else line[: TITLE_MAX_CHARS - 1].rsplit(" ", 1)[0] + "…"
