"""What replies quote: each quotation with the place where it stands in a revision, or the verdict that it does not."""

from urllib.parse import quote

from django.db import models
from django.db.models import Q

from chat.models.messages import Message
from chat.models.revisions import Revision, Section
from chat.text.letters import letters


class Verdict(models.TextChoices):
    """What became of a quotation when it was looked up."""

    VERIFIED = "verified", "Quoted and found"
    MISSING = "missing", "Quoted but not found"
    NEAREST = "nearest", "Nearest section, of a reply that says it has no answer"


class Citation(models.Model):
    """A quotation in a reply and its verdict; where it was found: W3C TextQuote and TextPosition.

    A verified one has a number, which readers see; equal quotations of one reply share it. `exact` of a missing one is
    what the reply says; it has no place in any revision.
    """

    reply = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="citations")
    ordinal = models.PositiveSmallIntegerField(help_text="Its order in the reply, from 1.")
    number = models.PositiveSmallIntegerField(null=True, blank=True, help_text="What its chip shows.")
    at = models.PositiveIntegerField(null=True, blank=True, help_text="Where it ends in the reply, in code points.")
    verdict = models.CharField(max_length=12, choices=Verdict.choices, default=Verdict.VERIFIED)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, blank=True, related_name="citations")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    exact = models.TextField()
    prefix = models.CharField(max_length=64, blank=True)
    suffix = models.CharField(max_length=64, blank=True)
    start = models.PositiveIntegerField(
        null=True, blank=True, help_text="Offset in the revision's plain text, in code points."
    )
    end = models.PositiveIntegerField(null=True, blank=True)
    letters_before = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Characters of the plain text before it that are no white space: a page has as many.",
    )

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["reply", "ordinal"], name="one_citation_per_ordinal"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="citation_verdict_known"),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.VERIFIED)
                | Q(revision__isnull=False, start__isnull=False, end__isnull=False),
                name="verified_citation_has_place",
            ),
        ]

    def __str__(self) -> str:
        return f"Quotation {self.ordinal}"

    @property
    def url(self) -> str:
        """Return the address of the very words, or of the section that is the nearest; "" for no place."""
        if self.revision is None:
            return ""
        anchor = self.section.anchor if self.section else ""
        if self.start is None or self.end is None or self.verdict == Verdict.NEAREST:
            return f"{self.revision.get_absolute_url()}#{anchor}"
        return passage_url(self.revision, anchor, self.exact, (self.start, self.end))

    @property
    def place(self) -> str:
        """Return where the words stand in a page that shows the revision, counted in letters; "" for no words."""
        if self.letters_before is None:
            return ""
        return f"{self.letters_before}-{self.letters_before + letters(self.exact)}"


def passage_url(revision: Revision, anchor: str, words: str, span: tuple[int, int]) -> str:
    """Return the address of words in a revision: its page, the section, a text fragment.

    Long passages name only their first and last words (W3C text fragments: `start,end`).
    """
    parts = words.split()
    ends = [parts] if len(parts) <= 8 else [parts[:4], parts[-4:]]
    fragment = ",".join(quote(" ".join(part), safe="").replace("-", "%2D") for part in ends)
    return f"{revision.get_absolute_url()}&quote={span[0]}-{span[1]}#{anchor}:~:text={fragment}"
