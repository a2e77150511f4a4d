"""Records of which every version stays: what counts is the newest one, and a change is another version."""

from typing import Self, TypeVar

from django.conf import settings
from django.db import IntegrityError, models, transaction

# So many may take the same number at one moment; each but the first takes the next one.
TRIES = 5

V = TypeVar("V", bound="Version")


class VersionQuerySet(models.QuerySet[V]):
    """Rules about many versions."""

    def newest(self) -> Self:
        """Keep the version that counts, if editors have saved any."""
        return self.order_by("-number")[:1]


class Version(models.Model):
    """One version. Never changed: replies name the versions that made them."""

    number = models.PositiveIntegerField(unique=True, editable=False)
    note = models.CharField(max_length=200, blank=True, help_text="Why it was changed.")
    created = models.DateTimeField(auto_now_add=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"Version {self.number}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Number a new version; refuse to change a stored one. Of two at once the second gets the next number."""
        if self.pk is not None:
            raise TypeError("A version is never changed: add a new one.")
        versions = type(self)._default_manager
        for tries in range(1, TRIES + 1):
            self.number = (versions.aggregate(last=models.Max("number"))["last"] or 0) + 1
            try:
                with transaction.atomic():
                    super().save(*args, **kwargs)  # type: ignore[arg-type]
                return
            except IntegrityError:
                if tries == TRIES:
                    raise
