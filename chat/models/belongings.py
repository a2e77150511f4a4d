"""Everything that belongs to one account, counted, and as its owner may take it away."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Count, Q

from chat.models.accounts import User
from chat.models.citations import Citation
from chat.models.conversations import Conversation
from chat.models.feedback import Feedback, Opinion
from chat.models.invitations import Invitation
from chat.models.messages import Message, Role
from chat.models.readings import ConversationReading
from chat.models.shares import Share
from chat.models.suspensions import Suspension


def count_belongings(user: User) -> dict[str, int]:
    """Return how many rows of each kind go with the account, by the name that readers know. Eight queries."""
    messages = Message.objects.visible_to(user)
    said = messages.aggregate(
        questions=Count("pk", filter=Q(role=Role.USER)), answers=Count("pk", filter=Q(role=Role.ASSISTANT))
    )
    kinds = {
        "addresses": "emailaddress",
        "factors": "authenticator",
        "sessions": "usersession",
        "invitations": "invitations_used",
    }
    counts = {name: Count(rows, distinct=True) for name, rows in kinds.items()}
    logins = User.objects.filter(pk=user.pk).aggregate(**counts)
    return {
        "Conversations": Conversation.objects.visible_to(user).count(),
        "Questions": said["questions"],
        "Answers": said["answers"],
        "Quotations": Citation.objects.filter(reply__in=messages).count(),
        "Opinions on answers": Feedback.objects.filter(reply__in=messages).count(),
        "Shared copies": Share.objects.visible_to(user).count(),
        "Days with a count of your questions": user.usage.count(),
        "Times that staff read a conversation": ConversationReading.objects.visible_to(user).count(),
        "E-mail addresses": logins["addresses"],
        "Ways to prove that it is you": logins["factors"],
        "Sessions": logins["sessions"],
        "Invitations that you came by": logins["invitations"],
    }


def account_as_dict(user: User) -> dict[str, Any]:  # Any: nested values of JSON
    """Return the account as JSON takes it: who it is, what was counted, where it is logged in. No secrets."""
    return {
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "joined": user.date_joined.isoformat(),
        "last_login": user.last_login.isoformat() if user.last_login else None,
        "suspended": suspended(user),
        "preferences": {"language": user.language, "timezone": user.timezone, "theme": user.theme},
        "email_addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "second_factors": [
            {"type": row.type, "created": row.created_at.isoformat()} for row in Authenticator.objects.filter(user=user)
        ],
        "sessions": [
            {
                "browser": row.user_agent,
                "ip": row.ip,
                "began": row.created_at.isoformat(),
                "last_seen": row.last_seen_at.isoformat(),
            }
            for row in UserSession.objects.filter(user=user)
        ],
        "opinions": [
            {
                "reply": str(row.reply.code),
                "helpful": row.value == Opinion.HELPFUL,
                "words": row.words,
                "created": row.created.isoformat(),
            }
            for row in Feedback.objects.filter(reply__in=Message.objects.visible_to(user)).select_related("reply")
        ],
        "shared_copies": [
            {
                "url": row.get_absolute_url(),
                "created": row.created.isoformat(),
                "revoked": row.revoked_at.isoformat() if row.revoked_at else None,
            }
            for row in Share.objects.visible_to(user).defer("snapshot")
        ],
        "conversations_read_by_staff": [
            {"conversation": str(row.conversation.code) if row.conversation else None, "at": row.created.isoformat()}
            for row in ConversationReading.objects.visible_to(user).select_related("conversation")
        ],
        "invitations": [
            {"email": row.email, "note": row.note, "used": row.used_at.isoformat() if row.used_at else None}
            for row in Invitation.objects.filter(used_by=user)
        ],
        "usage": [
            {"day": row.day.isoformat(), "questions": row.questions, "tokens": row.tokens_used}
            for row in user.usage.order_by("day")
        ],
    }


def suspended(user: User) -> dict[str, str] | None:
    """Return since when and why the account is closed; None when it is not."""
    row = Suspension.objects.filter(user=user).first()
    return {"since": row.created.isoformat(), "reason": row.reason} if row else None
