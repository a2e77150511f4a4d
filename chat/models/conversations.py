"""Conversations: the tree of questions and replies, and the one branch of it that is shown."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from chat.errors import NotFound, StillWriting
from chat.models.accounts import User
from chat.models.articles import Article
from chat.models.messages import BROKEN, TITLE_MAX_CHARS, Message, Role, Status, shorten
from chat.text.clean import clean

if TYPE_CHECKING:
    from chat.models.passages import Passage

# Longer than anyone looks at the notice with Undo, short enough to call it deleted.
UNDO_FOR = timedelta(minutes=10)


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

    def at_rest(self) -> Self:
        """Keep those in which no reply is unfinished."""
        return self.exclude(Exists(Message.objects.unfinished().filter(conversation=OuterRef("pk"))))


class Conversation(models.Model):
    """Questions of one reader about one article, or about all (article empty), with their replies.

    They are a tree: a question that was edited and a reply that was made again stand beside the older one. `head` is
    the end of the branch that is shown; empty means the newest message.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    article = models.ForeignKey(Article, on_delete=models.SET_NULL, null=True, blank=True, related_name="conversations")
    title = models.CharField(max_length=TITLE_MAX_CHARS, blank=True)
    head = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
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
        permissions = [("read_conversation", "Can read the words of single conversations")]
        indexes = [
            # Serves the list of one's own conversations, newest first.
            models.Index(fields=["owner", "-updated"], name="conversation_owner_updated"),
            # Serves expired(): the few that are deleted and still there.
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="conversation_deleted"),
        ]

    def __str__(self) -> str:
        """Return no word of the reader's: the admin shows and logs this where one may not read the conversation."""
        return f"Conversation {self.code.hex[:8]}"

    def get_absolute_url(self) -> str:
        return reverse("chat:conversation", args=[self.code])

    @property
    def name(self) -> str:
        """Return what its owner knows it by: made from their first question, or given by them."""
        return self.title or "New conversation"

    def ask(
        self,
        text: str,
        key: uuid.UUID | None = None,
        parent: uuid.UUID | None = None,
        *,
        edit: uuid.UUID | None = None,
        thread: list[Message] | None = None,
        about: "Passage | None" = None,
        writer: str = "",
        model: str = "",
    ) -> Message:
        """Store the question and an empty reply; return the reply: pending, or claimed by a writer from the start.

        It goes on from the parent, else from the head; `edit` names an older question, in whose place it is asked.
        `about` is the unsaved passage that the question is about.
        The same key again returns the reply it got before. One transaction, in which the conversation's row is
        locked; a caller that holds the lock already hands in the `thread` it read. Raises StillWriting when a reply
        is unfinished, NotFound when parent or edit is not of this conversation.
        """
        with transaction.atomic(savepoint=False):
            thread = self.locked_thread() if thread is None else thread
            if reply := reply_to(key, thread):
                return reply
            refuse_unfinished(thread)
            before = found(edit, thread).parent if edit else self._asked_from(parent, thread)
            question = self._put(Message(role=Role.USER, text=clean(text), key=key, parent=before))
            question.put_about(about)
            # Of a conversation that begins here the title is there, and the newest message is the head.
            return self._answer(question, writer, model, is_noted=bool(thread) or not self.title)

    def answer_again(
        self, reply: uuid.UUID, *, thread: list[Message] | None = None, writer: str = "", model: str = ""
    ) -> Message:
        """Store another empty reply to the question that this one answers, and show that from now on; return it.

        Locks and raises as `ask` does.
        """
        with transaction.atomic(savepoint=False):
            thread = self.locked_thread() if thread is None else thread
            question = found(reply, thread).parent
            if question is None:
                raise NotFound
            refuse_unfinished(thread)
            return self._answer(question, writer, model)

    def reopen(self, reply: Message) -> bool:
        """Make a reply that broke off pending again, with its text; False when it cannot be continued (any more).

        Raises StillWriting when another reply of the conversation is unfinished. Inside a transaction.
        """
        self._lock()
        if not reply.can_be_continued:
            return False
        if self.messages.unfinished().exists():
            raise StillWriting
        broken = Message.objects.filter(pk=reply.pk, status__in=BROKEN)
        fields = {"status": Status.PENDING, "error_code": "", "finish_reason": "", "writer": ""}
        # Counts as alive for STALE_AFTER: its creation may be long ago.
        fresh = {"heartbeat_at": Now(), "stop_requested_at": None, "counted_on": timezone.now().date()}
        return broken.update(attempt=F("attempt") + 1, **fields, **fresh) == 1

    def show(self, message: Message) -> None:
        """Choose the branch that holds the message, its newest one where it has several, for this and later visits."""
        with transaction.atomic():
            self.head = newest_below(message, self.locked_thread())
            self.save(update_fields=["head"])

    def locked_thread(self) -> list[Message]:
        """Lock the conversation's row and return its messages, oldest first. Inside a transaction."""
        self._lock()
        return self.thread()

    def thread(self) -> list[Message]:
        """Return all messages of all branches, oldest first, each with its parent and passage at hand. One query."""
        messages = {message.pk: message for message in self.messages.select_related("passage").order_by("pk")}
        for message in messages.values():
            message.parent = messages.get(message.parent_id) if message.parent_id else None
        return list(messages.values())

    def branch(self, thread: list[Message], wanted: uuid.UUID | None = None) -> list[Message]:
        """Return the messages of a thread that are shown: the branch with the wanted one, else the one chosen."""
        head = self._head(thread)
        chosen = [*head.history(), head] if head else []
        other = next((message for message in thread if message.code == wanted), None)
        if other is None or other in chosen:
            return chosen
        newest = newest_below(other, thread)
        return [*newest.history(), newest]

    def _head(self, thread: list[Message]) -> Message | None:
        newest = thread[-1] if thread else None
        return next((message for message in thread if message.pk == self.head_id), newest)

    def _asked_from(self, parent: uuid.UUID | None, thread: list[Message]) -> Message | None:
        return found(parent, thread) if parent else self._head(thread)

    def _answer(self, question: Message, writer: str, model: str, is_noted: bool = True) -> Message:
        reply = Message(role=Role.ASSISTANT, parent=question, status=Status.PENDING)
        reply.revision_id = self.article.revision_id if self.article else None
        if writer:
            reply.status, reply.writer, reply.model, reply.heartbeat_at = Status.WRITING, writer, model, Now()
        self._put(reply)
        if is_noted:
            self.title, self.head = self.title or shorten(question.text), reply
            self.save(update_fields=["title", "head", "updated"])
        return reply

    def _put(self, message: Message) -> Message:
        message.conversation = self
        message.save(force_insert=True)
        return message

    def _lock(self) -> None:
        Conversation.objects.select_for_update(of=("self",)).only("pk").get(pk=self.pk)


def reply_to(key: uuid.UUID | None, thread: list[Message]) -> Message | None:
    """Return the reply that the question with this client key got, None for a new key."""
    is_wanted = (message.is_reply and message.parent and message.parent.key == key for message in thread)
    return next((message for message, is_it in zip(thread, is_wanted, strict=True) if is_it), None) if key else None


def found(code: uuid.UUID, thread: list[Message]) -> Message:
    """Return the message with this code; NotFound when it is not of this thread."""
    if message := next((message for message in thread if message.code == code), None):
        return message
    raise NotFound


def newest_below(message: Message, thread: list[Message]) -> Message:
    """Return the end of the newest branch that holds the message: the newest of all that go on from it."""
    newest, below = message, {message.pk}
    for later in thread:
        if later.parent_id in below:
            below.add(later.pk)
            newest = later
    return newest


def refuse_unfinished(thread: list[Message]) -> None:
    """Raise StillWriting when a reply of the thread is unfinished, in whatever branch."""
    if any(message.is_unfinished for message in thread):
        raise StillWriting
