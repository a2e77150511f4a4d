"""Who asks, and how much they asked today."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac


class User(AbstractUser):
    """A reader, an editor or the operator; our own class so that it can grow without a change of tables."""

    class Meta(AbstractUser.Meta):
        pass

    @property
    def opaque_id(self) -> str:
        """Return a stable id for the model's provider that tells nothing about the person: 32 hex digits."""
        return salted_hmac("chat.asker", str(self.pk), algorithm="sha256").hexdigest()[:32]


class Usage(models.Model):
    """What one user asked on one day (UTC): the row that quotas are counted on."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="usage")
    day = models.DateField()
    questions = models.PositiveIntegerField(default=0)
    tokens_reserved = models.PositiveIntegerField(default=0, help_text="Held back for replies being written.")
    tokens_used = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "usage"
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_usage_per_user_and_day")]

    def __str__(self) -> str:
        return f"{self.user} on {self.day}: {self.questions} questions"
