"""The quotations in replies, each with the place where it stands in a revision."""

from urllib.parse import quote

from django.db import models

from chat.models.articles import Revision, Section
from chat.models.conversations import Message, shorten


class Citation(models.Model):
    """A quotation in a reply, found in the revision: W3C TextQuote (exact, prefix, suffix) and TextPosition."""

    reply = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="citations")
    ordinal = models.PositiveSmallIntegerField()
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="citations")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    exact = models.TextField()
    prefix = models.CharField(max_length=64, blank=True)
    suffix = models.CharField(max_length=64, blank=True)
    start = models.PositiveIntegerField(help_text="Offset in the revision's plain text, in code points.")
    end = models.PositiveIntegerField()
    verdict = models.CharField(max_length=12, default="verified")

    class Meta:
        ordering = ["ordinal"]
        constraints = [models.UniqueConstraint(fields=["reply", "ordinal"], name="one_citation_per_ordinal")]

    def __str__(self) -> str:
        return shorten(self.exact)

    @property
    def url(self) -> str:
        """Return the address of the very words: the cited revision, the section, a text fragment.

        Long quotations name only their first and last words (W3C text fragments: `start,end`).
        """
        words = self.exact.split()
        ends = [words] if len(words) <= 8 else [words[:4], words[-4:]]
        fragment = ",".join(quote(" ".join(part), safe="").replace("-", "%2D") for part in ends)
        anchor = self.section.anchor if self.section else ""
        return f"{self.revision.get_absolute_url()}#{anchor}:~:text={fragment}"
