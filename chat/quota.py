"""How much one user may ask: counted before a question is accepted, settled when its reply has ended."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from chat.errors import OverQuota
from chat.models import Message, Usage, User

# Held back for one reply until its real use is known: a long article in the prompt and a page of answer.
RESERVED_TOKENS = 4_000
# English text runs at about four characters a token; used only where the model's server does not tell.
CHARS_PER_TOKEN = 4
# A reply takes some seconds to minutes: soon enough to try again when too many are being written.
ACTIVE_RETRY_SECS = 10


def reserve(user: User) -> None:
    """Count one question of today for user; raise OverQuota when a limit is reached. Inside a transaction."""
    today = timezone.now().date()
    Usage.objects.get_or_create(user=user, day=today)
    usage = Usage.objects.select_for_update().get(user=user, day=today)
    check_active_replies(user)
    if usage.questions >= settings.QUOTA_QUESTIONS_PER_DAY:
        raise OverQuota(f"You have asked {usage.questions} questions today, the limit for one day.", secs_to_midnight())
    if usage.tokens_used + usage.tokens_reserved >= settings.QUOTA_TOKENS_PER_DAY:
        raise OverQuota("Your answers have reached today's limit of length.", secs_to_midnight())
    usage.questions += 1
    usage.tokens_reserved += RESERVED_TOKENS
    usage.save(update_fields=["questions", "tokens_reserved"])


def check_active_replies(user: User) -> None:
    """Raise OverQuota when as many replies as allowed are being written for user. One query."""
    if Message.objects.visible_to(user).unfinished().count() >= settings.ACTIVE_REPLIES_PER_USER:
        raise OverQuota("Several answers are being written for you. Wait for one to end.", ACTIVE_RETRY_SECS)


def settle(reply: Message) -> None:
    """Replace what was reserved for an ended reply by what it used, estimated where unknown. Inside its transaction."""
    usage = Usage.objects.filter(user_id=reply.conversation.owner_id, day=reply.created.date())
    usage.update(
        tokens_reserved=Greatest(F("tokens_reserved") - RESERVED_TOKENS, 0),
        tokens_used=F("tokens_used") + tokens_of(reply),
    )


def tokens_of(reply: Message) -> int:
    """Return the tokens of prompt and answer; those that the model's server did not count are estimated."""
    completion = reply.completion_tokens
    if completion is None:
        completion = len(reply.text) // CHARS_PER_TOKEN
    return (reply.prompt_tokens or 0) + completion


def secs_to_midnight() -> int:
    """Return the seconds until the next day in UTC begins, at least 1."""
    now = timezone.now()
    midnight = datetime.combine(now.date() + timedelta(days=1), time.min, tzinfo=now.tzinfo)
    return max(1, int((midnight - now).total_seconds()))
