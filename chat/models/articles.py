"""What is published: articles, their addresses, and when readers can see them."""

import hashlib
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from chat.models.revisions import Revision, Section
from chat.text.markdown import article_html
from chat.text.questions import MAX_QUESTIONS, question_lines
from chat.text.sections import outline

if TYPE_CHECKING:
    from chat.models.accounts import User


class ArticleStatus(models.TextChoices):
    """What an editor has decided about an article; one that is published has a moment from which on it is."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"


class State(models.TextChoices):
    """What an article is now."""

    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ArticleQuerySet(models.QuerySet["Article"]):
    """Rules about many articles."""

    def published(self) -> Self:
        """Keep what readers may see, the front article first: as editors ordered them, then the first published one.

        One whose moment is still to come is not among them, and is from that moment on.
        """
        seen = self.in_state(State.PUBLISHED).filter(revision__isnull=False)
        return seen.order_by(F("front_position").asc(nulls_last=True), "published_at", "pk")

    def in_state(self, state: str) -> Self:
        """Keep the articles that are in a state now."""
        if state not in (State.PUBLISHED, State.SCHEDULED):
            return self.filter(status=state)
        is_past = Q(published_at__lte=timezone.now())
        return self.filter(is_past if state == State.PUBLISHED else ~is_past, status=ArticleStatus.PUBLISHED)

    def to_ask(self, slug: str) -> "Article | None":
        """Return the published article at this address, with what an ask needs of it and of its revision.

        What else they have is read when it is looked at. Written out: the ORM takes eight times as long.
        """
        statement = (
            "SELECT a.id, a.slug, a.title, a.language, a.revision_id, r.sha256, r.number FROM chat_article AS a"
            " JOIN chat_revision AS r ON r.id = a.revision_id"
            " WHERE a.slug = %s AND a.status = 'published' AND a.published_at <= %s"
        )
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        for article in list(self.raw(statement, [slug, now])):
            row = article.revision_id, article.number, article.sha256  # type: ignore[attr-defined]
            article.revision = Revision.from_db(self.db, ("id", "number", "sha256"), row)
            return article
        former = FormerSlug.objects.filter(slug=slug).select_related("article").first()
        return self.to_ask(former.article.slug) if former else None


class Article(models.Model):
    """A text with an address. What it says is in its current revision."""

    slug = models.SlugField(
        max_length=120, unique=True, allow_unicode=True, help_text="The article's address: /articles/<slug>/."
    )
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True, help_text="One or two sentences for the front page and for search engines.")
    language = models.CharField(max_length=35, default="en", help_text="Language tag of the text, such as en or pt-BR.")
    questions = models.TextField(
        blank=True,
        default="",
        help_text=(
            f"Questions to offer to readers, one on a line, the first {MAX_QUESTIONS} of them. Readers ask them with a "
            "click, so ask what the text answers. Where you give fewer than three, the site adds some from the text."
        ),
    )
    status = models.CharField(max_length=12, choices=ArticleStatus.choices, default=ArticleStatus.DRAFT)
    published_at = models.DateTimeField(
        "published from",
        null=True,
        blank=True,
        help_text="In UTC. A moment to come: readers see it from then on. Empty: at once, when it is published.",
    )
    front_position = models.PositiveSmallIntegerField(
        "place on the front page",
        null=True,
        blank=True,
        help_text="1 is the front article, 2 the next. Those without a place follow, the first published one first.",
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="articles"
    )
    revision = models.ForeignKey(
        "Revision", on_delete=models.RESTRICT, null=True, blank=True, editable=False, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=ArticleStatus.values), name="article_status_known"),
        ]
        # Serves published(): the front page and the list of articles.
        indexes = [models.Index(fields=["status", "published_at"], name="article_published")]

    def __str__(self) -> str:
        return self.title

    @transaction.atomic
    def save(self, *args: object, **kwargs: object) -> None:
        """Note the moment of the first publication, and the address that the article had before."""
        fields = kwargs.get("update_fields")
        if self.status == ArticleStatus.PUBLISHED and self.published_at is None:
            self.published_at = timezone.now().replace(microsecond=0)  # as editors see it and send it back
            if fields is not None:
                kwargs["update_fields"] = {*fields, "published_at"}  # type: ignore[misc]
        if self.pk and (fields is None or "slug" in fields):  # type: ignore[operator]
            self._keep_former_slug()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("chat:article", args=[self.slug])

    def _keep_former_slug(self) -> None:
        """Have the stored address lead to the new one. One that comes back is its own again."""
        stored = Article.objects.filter(pk=self.pk).exclude(slug=self.slug).values_list("slug", flat=True).first()
        if stored is not None:
            FormerSlug.objects.filter(slug=self.slug, article=self).delete()
            FormerSlug.objects.update_or_create(slug=stored, defaults={"article": self})

    @property
    def state(self) -> State:
        """What the article is now."""
        is_to_come = self.published_at is not None and self.published_at > timezone.now()
        return State.SCHEDULED if self.status == ArticleStatus.PUBLISHED and is_to_come else State(self.status)

    @property
    def own_questions(self) -> list[str]:
        """The questions that editors want to be offered."""
        return question_lines(self.questions)[:MAX_QUESTIONS]

    def publish(self, body: str, author: "User | None" = None, note: str = "") -> "Revision | None":
        """Make body the article's text as a new revision; None when it is the current text already.

        The HTML and the sections are made here, once. One transaction; the article's row is locked, so that two
        editors at once get two numbers.
        """
        with transaction.atomic():
            current = (
                Article.objects.select_for_update(of=("self",)).select_related("revision").get(pk=self.pk).revision
            )
            sha256 = hashlib.sha256(body.encode()).hexdigest()
            if current is not None and current.sha256 == sha256:
                return None
            number = (self.revisions.aggregate(last=models.Max("number"))["last"] or 0) + 1
            parts = outline(body)
            revision = Revision.objects.create(
                article=self, number=number, body=body, body_html=article_html(body), plain=parts.plain,
                sha256=sha256, author=author, note=note,
            )  # fmt: skip
            Section.objects.bulk_create(
                Section(
                    revision=revision, position=part.position, level=part.level, heading=part.heading,
                    anchor=part.anchor, text=part.text, start=part.start, end=part.end,
                )
                for part in parts.sections
            )  # fmt: skip
            self.revision = revision
            self.save(update_fields=["revision", "updated"])
        return revision


class FormerSlug(models.Model):
    """An address that an article had: it leads to the one that it has now."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="former_slugs")
    slug = models.SlugField(max_length=120, unique=True, allow_unicode=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.slug
