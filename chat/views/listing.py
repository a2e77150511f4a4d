"""The list of a reader's conversations."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from chat.models import Conversation, Message, User


def listed_conversations(user: User | AnonymousUser) -> QuerySet[Conversation]:
    """Return the user's conversations, newest first, each with its article's title and `is_writing`. One query."""
    writing = Message.objects.unfinished().filter(conversation=OuterRef("pk"))
    mine = Conversation.objects.visible_to(user).filter(archived=None).annotate(is_writing=Exists(writing))
    return mine.select_related("article").only("code", "title", "updated", "article__title")
