"""Who asks, and how much they asked today."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac

NAME_MAX_CHARS = 60


class Theme(models.TextChoices):
    """By day, by night, or as the device has it."""

    AUTO = "auto", "As the device has it"
    LIGHT = "light", "Day"
    DARK = "dark", "Night"


class User(AbstractUser):
    """A reader, an editor or the operator, and how they like to see the site: "" where they have not chosen."""

    name = models.CharField(
        max_length=NAME_MAX_CHARS,
        blank=True,
        default="",
        help_text="How the site addresses you; no other reader sees it.",
    )
    language = models.CharField("dates", max_length=10, blank=True, default="")
    timezone = models.CharField("time zone", max_length=40, blank=True, default="")
    theme = models.CharField(max_length=5, choices=Theme.choices, blank=True, default="")
    sessions_ended = models.PositiveIntegerField(
        db_default=0, editable=False, help_text="How often all sessions were ended; those begun before count no more."
    )

    class Meta(AbstractUser.Meta):
        permissions = [("suspend_user", "Can suspend accounts of readers and readmit them")]

    @property
    def display_name(self) -> str:
        """Return how the site addresses the person."""
        return self.name or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session has to know to count, which Django makes of the password.

        So all sessions end at once, also those that no list has, and none comes back with a readmitted account.
        """
        known: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]  # what both public methods ask
        if not self.sessions_ended:
            return known
        salt = f"chat.sessions.{self.sessions_ended}"
        return salted_hmac(salt, known, secret=secret, algorithm="sha256").hexdigest()

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
