"""Accounts that were closed for a while, and why."""

from django.conf import settings
from django.db import models

REASON_MAX_CHARS = 300


class Suspension(models.Model):
    """Why an account is closed at present; readmitted, it has no such row, and the log of the desk has both."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="suspension"
    )
    reason = models.CharField(max_length=REASON_MAX_CHARS, help_text="For the desk; the reader does not see it.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.created:%Y-%m-%d %H:%M}: {self.reason}"
