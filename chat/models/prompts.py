"""What language models are told to be: every version that editors have written."""

from typing import Self

from django.conf import settings
from django.db import IntegrityError, models, transaction

# So many may take the same number at one moment; each but the first takes the next one.
TRIES = 5


class PromptQuerySet(models.QuerySet["Prompt"]):
    """Rules about many versions."""

    def newest(self) -> Self:
        """Keep the version that counts, if editors have written any."""
        return self.order_by("-number")[:1]


class Prompt(models.Model):
    """One version of the rules for the language model. Never changed: replies name the version that made them."""

    number = models.PositiveIntegerField(unique=True, editable=False)
    text = models.TextField(
        help_text="Who the model is, how it answers, in which tone. How it quotes, and the article itself, are added."
    )
    note = models.CharField(max_length=200, blank=True, help_text="Why it was changed.")
    created = models.DateTimeField(auto_now_add=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    objects = PromptQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"Version {self.number}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Number a new version; refuse to change a stored one. Of two at once the second gets the next number."""
        if self.pk is not None:
            raise TypeError("A version is never changed: add a new one.")
        for tries in range(1, TRIES + 1):
            self.number = (Prompt.objects.aggregate(last=models.Max("number"))["last"] or 0) + 1
            try:
                with transaction.atomic():
                    super().save(*args, **kwargs)
                return
            except IntegrityError:
                if tries == TRIES:
                    raise
