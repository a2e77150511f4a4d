"""Claims: the right to write a reply, and all that its answer source has to know. Synchronous, one hop.

Both in one transaction: what the database does not give may be asked for again, and no reply is held by nobody.
"""

import logging
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db import Error as DatabaseTrouble
from django.db import transaction

from chat.answering import ask, choose
from chat.answering.choose import Setup
from chat.answering.source import Ask, Source
from chat.models import Citation, Conversation, Message
from chat.replies.ending import LARGE

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """A reply that one writer holds by its token; whoever else tries to extend it changes nothing."""

    pk: int
    code: UUID
    token: str
    source: Source  # what answers: chosen with the claim, and with what it is asked
    asked: Ask | None  # None: it could not be read, and the reply fails
    owner: int  # whose conversation it is in
    cited: tuple[Citation, ...] = ()  # in what was written before it broke off


def new_token() -> str:
    """Return what no other writer holds."""
    return secrets.token_hex(16)


@transaction.atomic
def claim(pk: int) -> Claim | None:
    """Take a pending reply; None when another process was first."""
    token, setup = new_token(), choose.setup()
    is_ours = Message.objects.filter(pk=pk).claim(token, setup.model)
    return reread(pk, token, setup) if is_ours else None


@transaction.atomic
def take_over(pk: int) -> Claim | None:
    """Take a reply whose writer died, with what it had written; None when another process was first."""
    token, setup = new_token(), choose.setup()
    is_ours = Message.objects.filter(pk=pk).take_over(token, setup.model)
    return reread(pk, token, setup) if is_ours else None


@transaction.atomic
def try_again(held: Claim) -> Claim | None:
    """Begin another attempt at a reply that is held already; None after the last one."""
    setup = choose.setup()
    is_ours = Message.objects.filter(pk=held.pk).try_again(held.token, setup.model)
    return reread(held.pk, held.token, setup) if is_ours else None


def reread(pk: int, token: str, setup: Setup) -> Claim:
    """Return the claim of a reply that is held by token, with its conversation as it stands in the database."""
    conversation = Conversation.objects.select_related("owner").get(messages=pk)
    return claimed(next(message for message in conversation.thread() if message.pk == pk), token, setup)


def claimed(reply: Message, token: str, setup: Setup) -> Claim:
    """Return the claim of a reply that is held by token. Its conversation's rows are at hand; in the transaction."""
    try:
        asked = ask.read(reply, setup.rules)
    except DatabaseTrouble:
        raise
    except Exception:  # part of the one broad except around a reply's task: the reply has to end all the same
        logger.exception("What reply %s needs could not be read.", reply.code)
        asked = None
    cited = stored_citations(reply) if reply.text else ()
    return Claim(reply.pk, reply.code, token, setup.source, asked, reply.conversation.owner_id, cited)


def stored_citations(reply: Message) -> tuple[Citation, ...]:
    """Return what the text of a reply that broke off cites. One query."""
    return tuple(reply.citations.select_related("section", "revision__article").defer(*LARGE))
