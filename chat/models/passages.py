"""Words of an article that a reader selected to ask about them: each question has one passage or none."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models

from chat.models.accounts import User
from chat.models.citations import passage_url
from chat.models.conversations import Conversation
from chat.models.messages import Message
from chat.models.revisions import Revision, Section
from chat.text.letters import letters


class PassageQuerySet(models.QuerySet["Passage"]):
    """Rules about many passages."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep what was asked about in the user's own conversations."""
        return self.filter(question__conversation__in=Conversation.objects.visible_to(user))


class Passage(models.Model):
    """What a question is about, as it stands in a revision: W3C TextQuote and TextPosition."""

    question = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="passage")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="passages")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    exact = models.TextField()
    prefix = models.CharField(max_length=64, blank=True)
    suffix = models.CharField(max_length=64, blank=True)
    start = models.PositiveIntegerField(help_text="Offset in the revision's plain text, in code points.")
    end = models.PositiveIntegerField()
    letters_before = models.PositiveIntegerField(help_text="Characters before it that are no white space.")

    objects = PassageQuerySet.as_manager()

    class Meta:
        ordering = ["start"]

    def __str__(self) -> str:
        return f"Passage of revision {self.revision_id}"

    @property
    def url(self) -> str:
        """Return the address of the very words."""
        anchor = self.section.anchor if self.section else ""
        return passage_url(self.revision, anchor, self.exact, (self.start, self.end))

    @property
    def place(self) -> str:
        """Return where the words stand in a page that shows the revision, counted in letters."""
        return f"{self.letters_before}-{self.letters_before + letters(self.exact)}"
