"""What readers show to others: frozen copies of conversations under addresses that nobody guesses."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse

from chat.models.accounts import User
from chat.models.conversations import Conversation
from chat.text.tokens import new_token


class ShareQuerySet(models.QuerySet["Share"]):
    """Rules about many shares."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those that the user made of conversations that are still there."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(conversation__owner=user, conversation__deleted_at=None)

    def open(self) -> Self:
        """Keep those that everyone with the address may read."""
        return self.filter(revoked_at=None, conversation__deleted_at=None, conversation__owner__is_active=True)


class Share(models.Model):
    """A conversation as it was at one moment; what is said in it later is not in here."""

    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="shares")
    created = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    snapshot = models.JSONField(help_text="Title, article and messages with citations; nothing about their owner.")

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.conversation} ({self.created:%Y-%m-%d})"

    def get_absolute_url(self) -> str:
        return reverse("chat:shared", args=[self.token])
