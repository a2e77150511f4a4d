"""Accepting a question, or the wish that an answer goes on: one transaction, and the reply is claimed at once."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from chat import measures, quota
from chat.answering import choose
from chat.errors import BadRequest, NotFound, OverQuota, TooLong, Withdrawn
from chat.models import Article, Conversation, Message, State, User
from chat.models.conversations import reply_to
from chat.models.messages import shorten
from chat.replies import drain, news, writer
from chat.replies.claim import Claim, claim, claimed, new_token
from chat.replies.quoted import Quote, find_passage
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
    edit: uuid.UUID | None = None  # the question in whose place this one is asked
    quote: Quote | None = None  # what it is about


@contextmanager
def refusals_counted() -> Iterator[None]:
    """Count what is refused for a limit."""
    try:
        yield
    except OverQuota as refusal:
        measures.REFUSALS.labels(refusal.limit).inc()
        raise


@refusals_counted()
def submit(user: User, question: Question) -> tuple[Message, Claim | None]:
    """Store the question of user; return its reply with a claim on it, or without one the reply it got before.

    Raises BadRequest, TooLong, NotFound, OverQuota, StillWriting, Draining; nothing is stored then.
    """
    drain.refuse_when_draining()
    check_text(question.text)
    token = new_token()
    with transaction.atomic():
        conversation, thread = find_or_begin(user, question)
        if reply := reply_to(question.key, thread):
            return reply, None
        about = find_passage(question.quote, conversation) if question.quote else None
        setup = choose.setup()
        quota.reserve(user, setup.model)
        held = {"writer": token, "model": setup.model}
        reply = conversation.ask(
            question.text, question.key, question.parent, edit=question.edit, thread=thread, about=about, **held
        )
        return reply, claimed(reply, token, setup)


def submit_and_start(user: User, question: Question, loop: asyncio.AbstractEventLoop) -> Message:
    """Submit, and have the reply written in loop, even if whoever asked has gone while the question was stored.

    The thread that stored it says so itself: the view that waits for it may be cancelled by then.
    """
    with drain.storing(loop):
        reply, held = submit(user, question)
        if held:
            loop.call_soon_threadsafe(writer.start, held)
            news.announce(user.pk)
    return reply


@refusals_counted()
def continue_and_start(user: User, reply: Message, loop: asyncio.AbstractEventLoop) -> None:
    """Have a reply that broke off written to its end; it counts as one question. Nothing happens to any other reply.

    Raises OverQuota, StillWriting, Draining.
    """
    with drain.storing(loop):
        drain.refuse_when_draining()
        if not reply.can_be_continued:
            return
        with transaction.atomic():
            quota.reserve(user, choose.setup().model)
            if not reply.conversation.reopen(reply):  # another tab was first
                transaction.set_rollback(True)
                return
        if held := claim(reply.pk):
            loop.call_soon_threadsafe(writer.start, held)
            news.announce(user.pk)


@refusals_counted()
def answer_again_and_start(user: User, reply: Message, loop: asyncio.AbstractEventLoop) -> Message:
    """Have the question of a reply answered once more, and return the new reply; it counts as one question.

    Raises NotFound, OverQuota, StillWriting, Draining.
    """
    with drain.storing(loop):
        drain.refuse_when_draining()
        token = new_token()
        with transaction.atomic():
            conversation = visible(user, reply.conversation.code)
            setup = choose.setup()
            quota.reserve(user, setup.model)
            held_by = {"writer": token, "model": setup.model}
            again = conversation.answer_again(reply.code, thread=conversation.thread(), **held_by)
            held = claimed(again, token, setup)
        loop.call_soon_threadsafe(writer.start, held)
        news.announce(user.pk)
    return again


def check_text(text: str) -> None:
    """Raise BadRequest for a blank text, TooLong for one over the limit."""
    if not clean(text).strip():
        raise BadRequest("No message provided")
    if len(text) > settings.MESSAGE_MAX_CHARS:
        raise TooLong(f"The message has {len(text)} characters; at most {settings.MESSAGE_MAX_CHARS} are accepted.")


def find_or_begin(user: User, question: Question) -> tuple[Conversation, list[Message]]:
    """Return the named conversation, or a new one about the named article, locked, and its messages."""
    if question.conversation:
        conversation = visible(user, question.conversation)
        return conversation, conversation.thread()
    # The code follows from the key, so that the same first question sent twice begins one conversation.
    code = uuid.uuid5(KEY_NAMESPACE, f"{user.pk}:{question.key}") if question.key else uuid.uuid4()
    article = published(question.article) if question.article else None
    conversation = Conversation(code=code, owner=user, article=article, title=shorten(clean(question.text)))
    if begin(conversation):
        return conversation, []
    earlier = Conversation.objects.visible_to(user).filter(code=code).first()
    if earlier is None:  # any more: it was deleted
        raise NotFound("There is no such conversation.")
    return earlier, earlier.locked_thread()


def begin(conversation: Conversation) -> bool:
    """Store a new conversation; False when there is one with its code. Inside a transaction.

    Written out: get_or_create() takes four statements, of which two are a savepoint.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chat_conversation (code, owner_id, article_id, title, created, updated)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (code) DO NOTHING RETURNING id",
            [conversation.code.hex, conversation.owner_id, conversation.article_id, conversation.title, now, now],
        )
        stored = cursor.fetchone()
    if stored:
        (conversation.pk,), conversation._state.adding = stored, False
    return stored is not None


def visible(user: User, code: uuid.UUID) -> Conversation:
    """Return the user's conversation, locked.

    Raises NotFound when it is missing or someone else's, Withdrawn when its article is.
    """
    own = Conversation.objects.visible_to(user).select_for_update(of=("self",)).select_related("article__revision")
    texts = [f"article__revision__{name}" for name in ("body", "body_html", "plain")]
    if conversation := own.defer(*texts).filter(code=code).first():
        conversation.owner = user
        if conversation.article and conversation.article.state == State.WITHDRAWN:
            raise Withdrawn
        return conversation
    raise NotFound("There is no such conversation.")


def published(slug: str) -> Article:
    """Return the published article; NotFound when there is none."""
    if article := Article.objects.to_ask(slug):
        return article
    raise NotFound("There is no such article.")
