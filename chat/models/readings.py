"""Who of the staff looked at a reader's conversation: rows that are only ever added, for the reader to see."""

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from chat.models.accounts import User
from chat.models.conversations import Conversation


class ConversationReadingQuerySet(models.QuerySet["ConversationReading"]):
    """Rules about many readings."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the user's own conversations, also of ones that are gone."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def note(self, conversation: Conversation, looker: User) -> None:
        """Store that somebody looks now; once an hour is enough, and one's own conversation is nobody's concern."""
        if conversation.owner_id == looker.pk:
            return
        hour = timezone.now().replace(minute=0, second=0, microsecond=0)
        row = ConversationReading(conversation=conversation, owner_id=conversation.owner_id, looker=looker, hour=hour)
        ConversationReading.objects.bulk_create([row], ignore_conflicts=True)


class ConversationReading(models.Model):
    """One member of staff had one conversation before their eyes within one hour."""

    # The row outlives the conversation: who reads and then deletes leaves the trace.
    conversation = models.ForeignKey(Conversation, on_delete=models.SET_NULL, null=True, related_name="readings")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations_read")
    looker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    hour = models.DateTimeField(help_text="The hour in which it was, at its beginning.")
    created = models.DateTimeField(auto_now_add=True)

    objects = ConversationReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "looker", "hour"], name="one_reading_per_hour"),
        ]
        # Serves visible_to(): the owner's page, newest first.
        indexes = [models.Index(fields=["owner", "-created"], name="reading_owner_created")]

    def __str__(self) -> str:
        return f"{self.conversation or 'A conversation that is gone'} ({self.created:%Y-%m-%d %H:%M})"
