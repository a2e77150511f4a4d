"""Addresses of the admin's pages, what they say, and rows to show on them."""

from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.urls import reverse

from chat.models import Citation, Conversation, Message, Status

SCRIPT = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"
MODELS = (
    "feedback",
    "article",
    "revision",
    "conversation",
    "message",
    "conversationreading",
    "user",
    "invitation",
    "usage",
    "prompt",
    "modelsettings",
    "quota",
    "budget",
    "modelprice",
)


def to(page, *args):
    """Return the address of a page of the admin, such as article_change."""
    return reverse(f"admin:chat_{page}", args=args)


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def asked(user, article, text="When is Independence Day?"):
    """Store a conversation of one question and one reply that quotes; return the reply."""
    reply = Conversation.objects.create(owner=user, article=article).ask(text)
    Message.objects.filter(pk=reply.pk).update(status=Status.COMPLETE, text=f"In July. {SCRIPT}", model="gpt-4o-mini")
    section = article.revision.sections.get(heading="National days")
    Citation.objects.create(
        reply=reply, ordinal=1, revision=article.revision, section=section, exact="Bastille Day", start=31, end=43
    )
    return reply


def allow(user, *codenames):
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user
