"""What is published: articles, their immutable revisions, and the sections of each revision."""

import hashlib
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from chat.text.markdown import article_html
from chat.text.questions import MAX_QUESTIONS, question_lines
from chat.text.sections import outline

if TYPE_CHECKING:
    from chat.models.accounts import User


class ArticleStatus(models.TextChoices):
    """Whether readers can see an article."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


class ArticleQuerySet(models.QuerySet["Article"]):
    """Rules about many articles."""

    def published(self) -> Self:
        """Keep what readers may see, the front article first: the one that was published first."""
        return self.filter(status=ArticleStatus.PUBLISHED, revision__isnull=False).order_by("published_at", "pk")

    def to_ask(self, slug: str) -> "Article | None":
        """Return the published article with this slug, with what an ask needs of it and of its revision.

        What else they have is read when it is looked at. Written out: the ORM takes eight times as long.
        """
        statement = (
            "SELECT a.id, a.slug, a.title, a.language, a.revision_id, r.sha256, r.number FROM chat_article AS a"
            " JOIN chat_revision AS r ON r.id = a.revision_id WHERE a.slug = %s AND a.status = 'published'"
        )
        for article in list(self.raw(statement, [slug])):
            row = article.revision_id, article.number, article.sha256  # type: ignore[attr-defined]
            article.revision = Revision.from_db(self.db, ("id", "number", "sha256"), row)
            return article
        return None


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
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
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
        permissions = [("view_insight", "Can see what readers ask about articles")]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=ArticleStatus.values), name="article_status_known"),
        ]
        # Serves published(): the front page and the list of articles.
        indexes = [models.Index(fields=["status", "published_at"], name="article_published")]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: object, **kwargs: object) -> None:
        """Note the moment of the first publication."""
        if self.status == ArticleStatus.PUBLISHED and self.published_at is None:
            self.published_at = timezone.now()
            if (fields := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*fields, "published_at"}  # type: ignore[misc]
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("chat:article", args=[self.slug])

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


class Revision(models.Model):
    """The text of an article at one moment. Never changed: citations point into it."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
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
