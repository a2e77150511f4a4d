"""The pictures of articles, kept in the database: whoever copies that has them, too."""

from django.db import models
from django.urls import reverse

from chat.models.articles import Article
from chat.text.pictures import Picture

ALT_MAX_CHARS = 300


class Cover(models.Model):
    """An article's picture as WebP, with the words for those who do not see it."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, related_name="cover")
    alt = models.CharField("alternative text", max_length=ALT_MAX_CHARS)
    digest = models.CharField(max_length=32, db_index=True, help_text="Of the picture: the same one, the same address.")
    webp = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.alt

    def get_absolute_url(self) -> str:
        return reverse("chat:cover", args=[self.digest])

    @classmethod
    def put(cls, article: Article, picture: Picture | None, alt: str) -> None:
        """Give the article a picture, or with None other words for the one that it has."""
        values = {"alt": alt} if picture is None else {"alt": alt, **picture.as_dict()}
        if picture is None:
            cls.objects.filter(article=article).update(**values)
        else:
            cls.objects.update_or_create(article=article, defaults=values)
