"""Accepting a question: the conversation, the quota, the question and its empty reply in one transaction."""

import asyncio
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from chat import quota
from chat.errors import BadRequest, NotFound, TooLong
from chat.models import Article, Conversation, Message, User
from chat.replies import drain, recovery, writer
from chat.text.clean import clean

# Makes the code of a conversation that begins with a client's key; any fixed UUID would do.
KEY_NAMESPACE = uuid.UUID("6f3c1f0e-6c52-4f57-9d0c-51a0c3a4be11")


@dataclass(frozen=True)
class Question:
    """What a client sends: the text, its own key for it, and where it belongs."""

    text: str
    key: uuid.UUID | None = None
    conversation: uuid.UUID | None = None
    article: str | None = None
    parent: uuid.UUID | None = None


def submit(user: User, question: Question) -> Message:
    """Store the question of user and return its reply, pending; the same key again returns the same reply.

    Raises BadRequest, TooLong, NotFound, OverQuota, StillWriting, Draining; nothing is stored then.
    """
    drain.refuse_when_draining()
    check_text(question.text)
    with transaction.atomic():
        conversation = find_or_begin(user, question)
        if reply := conversation.reply_to(question.key):
            return reply
        recovery.interrupt_stale(conversation.messages.all())
        quota.reserve(user)
        return conversation.ask(question.text, question.key, question.parent)


def submit_and_start(user: User, question: Question, loop: asyncio.AbstractEventLoop) -> Message:
    """Submit, and have the reply written in loop, even if whoever asked has gone while the question was stored.

    The thread that stored it says so itself: the view that waits for it may be cancelled by then.
    """
    reply = submit(user, question)
    loop.call_soon_threadsafe(writer.start, reply)
    return reply


def check_text(text: str) -> None:
    """Raise BadRequest for a blank text, TooLong for one over the limit."""
    if not clean(text).strip():
        raise BadRequest("No message provided")
    if len(text) > settings.MESSAGE_MAX_CHARS:
        raise TooLong(f"The message has {len(text)} characters; at most {settings.MESSAGE_MAX_CHARS} are accepted.")


def find_or_begin(user: User, question: Question) -> Conversation:
    """Return the named conversation, or a new one about the named article."""
    if question.conversation:
        return visible(user, question.conversation)
    article = published(question.article) if question.article else None
    # The code follows from the key, so that the same first question sent twice begins one conversation.
    code = uuid.uuid5(KEY_NAMESPACE, f"{user.pk}:{question.key}") if question.key else uuid.uuid4()
    return Conversation.objects.get_or_create(code=code, defaults={"owner": user, "article": article})[0]


def visible(user: User, code: uuid.UUID) -> Conversation:
    """Return the user's conversation; NotFound when it is missing or someone else's."""
    if conversation := Conversation.objects.visible_to(user).filter(code=code).first():
        return conversation
    raise NotFound("There is no such conversation.")


def published(slug: str) -> Article:
    """Return the published article; NotFound when there is none."""
    if article := Article.objects.published().filter(slug=slug).first():
        return article
    raise NotFound("There is no such article.")
