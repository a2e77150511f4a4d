"""What asking may cost, and what it did: quotas, the site's budget, prices, and the ledger of what answers used."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.utils import timezone

# Money is counted in millionths of the currency: whole numbers add up without a rest.
MICROS = 1_000_000


class Quota(models.Model):
    """What a group or one user may use; an empty field stands for the next wider rule, 0 for nothing at all."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="quota"
    )
    group = models.OneToOneField(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="quota")
    questions_per_day = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: the default. 0: none.")
    tokens_per_day = models.PositiveBigIntegerField(null=True, blank=True, help_text="Empty: the default. 0: none.")
    tokens_per_month = models.PositiveBigIntegerField(null=True, blank=True, help_text="Empty: the default. 0: none.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None, group__isnull=False) | Q(user__isnull=False, group=None),
                name="quota_of_one_user_or_group",
                violation_error_message="A quota is for a user or for a group: choose one of them.",
            )
        ]

    def __str__(self) -> str:
        return f"Quota of {self.user or self.group}"


class Budget(models.Model):
    """What all answers together may cost; the newest record counts, an empty field is no limit, 0 stops all asking."""

    per_day = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    per_month = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(per_day=None) | Q(per_day__gte=0)) & (Q(per_month=None) | Q(per_month__gte=0)),
                name="budget_is_not_negative",
                violation_error_message="A budget is 0 or more.",
            )
        ]

    def __str__(self) -> str:
        return "Budget of the site"


class ModelPrice(models.Model):
    """What a model costs from a day on, until the next record; one without any record has an unknown price."""

    model = models.CharField(max_length=100, help_text="The name as answers record it, such as gpt-4o-mini.")
    valid_from = models.DateField(default=timezone.localdate)
    per_million_prompt = models.DecimalField("a million tokens of the question", max_digits=12, decimal_places=4)
    per_million_completion = models.DecimalField("a million tokens of the answer", max_digits=12, decimal_places=4)

    class Meta:
        verbose_name = "price of a model"
        verbose_name_plural = "prices of models"
        ordering = ["model", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["model", "valid_from"], name="one_price_per_model_and_day"),
            models.CheckConstraint(
                condition=Q(per_million_prompt__gte=0, per_million_completion__gte=0),
                name="price_is_not_negative",
                violation_error_message="A price is 0 or more.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} from {self.valid_from}"


class Cost(models.Model):
    """What a user's answers about an article by one model used on a day (UTC); without the user when they are gone."""

    day = models.DateField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="costs"
    )
    # No foreign key: what was spent stays when the article goes. 0: a question about all articles.
    article_key = models.PositiveBigIntegerField(default=0)
    model = models.CharField(max_length=100)
    answers = models.PositiveIntegerField(default=0)
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)
    unpriced = models.PositiveIntegerField(default=0, help_text="Answers whose price was not known.")
    micros = models.PositiveBigIntegerField(default=0, help_text="Millionths of the currency.")

    class Meta:
        permissions = [("view_costs", "Can see what answers used and cost")]
        constraints = [
            # Begins with the day: the report reads a period.
            models.UniqueConstraint(fields=["day", "user", "article_key", "model"], name="one_cost_per_day_and_kind")
        ]

    def __str__(self) -> str:
        return f"{self.answers} answers on {self.day}"


class Spending(models.Model):
    """What the whole site spent on a day (UTC): the row on which questions pass one by one under a budget."""

    day = models.DateField(unique=True)
    micros = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"Spending on {self.day}"
