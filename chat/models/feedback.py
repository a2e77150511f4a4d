"""What readers think of single replies."""

from django.db import models
from django.db.models import Q

from chat.errors import BadRequest, TooLong
from chat.models.messages import Message
from chat.text.clean import clean

# As much as anyone writes about one answer, and no place to keep a book in.
WORDS_MAX_CHARS = 1000


class Opinion(models.IntegerChoices):
    """A thumb."""

    HELPFUL = 1, "Helpful"
    NOT_HELPFUL = -1, "Not helpful"


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Rules about many opinions."""

    def note(self, reply: Message, value: int, words: str | None = None) -> None:
        """Keep what its reader thinks of a reply; 0 takes it back. None: words that are there stay.

        Raises BadRequest for another value, TooLong for too many words.
        """
        if value == 0:
            self.filter(reply=reply).delete()
            return
        if value not in Opinion.values:
            raise BadRequest("An answer is helpful, or it is not.")
        if words is not None and len(words) > WORDS_MAX_CHARS:
            raise TooLong(f"What you say about an answer has at most {WORDS_MAX_CHARS} characters.")
        said = {} if words is None else {"words": clean(words).strip()}
        self.update_or_create(reply=reply, defaults={"value": value, **said})


class Feedback(models.Model):
    """One reader's opinion of one reply to them, with words if they had any."""

    reply = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="feedback")
    value = models.SmallIntegerField(choices=Opinion.choices)
    words = models.TextField(max_length=WORDS_MAX_CHARS, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "feedback"
        constraints = [models.CheckConstraint(condition=Q(value__in=Opinion.values), name="feedback_value_known")]

    def __str__(self) -> str:
        return Opinion(self.value).label
