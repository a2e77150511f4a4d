"""The texts of articles, which nobody changes, and the sections of each."""

from django.conf import settings
from django.db import models


class Revision(models.Model):
    """The text of an article at one moment. Never changed: citations point into it."""

    article = models.ForeignKey("chat.Article", on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    body = models.TextField(help_text="Markdown.")
    body_html = models.TextField(help_text="Made from the body when it was saved, sanitised.")
    plain = models.TextField(help_text="The words that the page shows; offsets of sections and citations count here.")
    sha256 = models.CharField(max_length=64)
    created = models.DateTimeField(auto_now_add=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="one_revision_per_number")]

    def __str__(self) -> str:
        return f"{self.article} (revision {self.number})"

    def save(self, *args: object, **kwargs: object) -> None:
        """Refuse to change a stored revision."""
        if self.pk is not None:
            raise TypeError("A revision is never changed: publish a new one.")
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return f"{self.article.get_absolute_url()}?revision={self.number}"


class Section(models.Model):
    """A heading of a revision and the words under it, up to the next heading of any level."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField()
    heading = models.TextField(blank=True)
    anchor = models.CharField(max_length=200)
    text = models.TextField()
    start = models.PositiveIntegerField(help_text="Offset in the revision's plain text, in code points.")
    end = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "position"], name="one_section_per_position"),
            models.UniqueConstraint(fields=["revision", "anchor"], name="one_section_per_anchor"),
        ]

    def __str__(self) -> str:
        return self.heading or "(beginning)"
