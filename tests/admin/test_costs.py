"""Quotas, budget, prices and the report of costs, as the operator uses them."""

import csv
import io
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
from django.contrib.auth.models import Group

from chat.models import Budget, Cost, ModelPrice, Quota, Usage
from tests.admin.pages import allow, to

DAY = datetime.now(UTC).date()


def cost(user=None, day=DAY, article_key=0, model="gpt-4o-mini", **more):
    counts = {"answers": 1, "prompt_tokens": 100, "completion_tokens": 20, "micros": 1_500_000} | more
    return Cost.objects.create(user=user, day=day, article_key=article_key, model=model, **counts)


def rows(response):
    return list(csv.reader(io.StringIO(response.getvalue().decode())))


def test_a_quota_is_set_for_a_group_and_for_a_user(admin, alice):
    group = Group.objects.create(name="readers")
    for fields in ({"group": group.pk, "questions_per_day": 5}, {"user": alice.pk, "tokens_per_month": 0}):
        assert admin.post(to("quota_add"), fields).status_code == 302
    assert (Quota.objects.get(group=group).questions_per_day, Quota.objects.get(user=alice).tokens_per_month) == (5, 0)


def test_a_quota_is_for_one_of_both(admin, alice):
    group = Group.objects.create(name="readers")
    for fields in ({}, {"user": alice.pk, "group": group.pk}):
        page = admin.post(to("quota_add"), fields)
        assert "A quota is for a user or for a group" in page.content.decode()
    assert not Quota.objects.exists()


def test_budget_and_price_are_kept(admin):
    assert admin.post(to("budget_add"), {"per_month": "12.50", "per_day": ""}).status_code == 302
    price = {"model": "m", "valid_from": "2026-11-01", "per_million_prompt": "0.15", "per_million_completion": "0.6"}
    assert admin.post(to("modelprice_add"), price).status_code == 302
    assert (Budget.objects.get().per_day, ModelPrice.objects.count()) == (None, 1)
    assert admin.post(to("budget_add"), {"per_month": "-1"}).status_code == 200


def test_the_person_s_page_tells_where_they_stand(admin, alice):
    Usage.objects.create(user=alice, day=DAY, questions=7)
    page = admin.get(to("user_change", alice.pk)).content.decode()
    assert "7 of 200 questions" in page
    assert f"{to('quota_add')}?user={alice.pk}" in page
    own = Quota.objects.create(user=alice, questions_per_day=9)
    page = admin.get(to("user_change", alice.pk)).content.decode()
    assert "7 of 9 questions" in page
    assert to("quota_change", own.pk) in page


def test_the_report_sums_by_each_kind(admin, alice, article):
    cost(alice, article_key=article.pk)
    cost(None, article_key=article.pk, micros=500_000)
    cost(alice, model="unknown", micros=0, unpriced=1)
    expected = {"day": str(DAY), "article": "Feasts", "model": "gpt-4o-mini", "user": "accounts that are gone"}
    for by, name in expected.items():
        page = admin.get(to("usage_report"), {"by": by}).content.decode()
        assert name in page
        assert "at least 2.0000 EUR" in page


def test_the_report_keeps_to_its_period(admin):
    cost(day="2026-01-31")
    cost(day="2026-02-01", answers=7)
    page = admin.get(to("usage_report"), {"begin": "2026-02-01", "end": "2026-02-28"}).content.decode()
    assert "7 answers" in page
    assert admin.get(to("usage_report"), {"begin": "2026-02-01", "end": "2026-01-01"}).status_code == 400
    assert admin.get(to("usage_report"), {"begin": "never"}).status_code == 400
    assert admin.get(to("usage_report_csv"), {"begin": "never"}).status_code == 400


def test_the_download_has_every_line_and_no_formula(admin, alice, article):
    article.title = "=1+1"
    article.save()
    cost(alice, article_key=article.pk)
    cost(None, article_key=987, model="Modèle")
    answer = admin.get(to("usage_report_csv"))
    head, first, second = rows(answer)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert (head[0], head[-1]) == ("day", "cost in EUR")
    assert first == [str(DAY), "'=1+1", "gpt-4o-mini", "alice", "1", "100", "20", "0", "1.5000"]
    assert second[1:4] == ["an article that is gone", "Modèle", ""]


@pytest.mark.parametrize("page", ["usage_report", "usage_report_csv"])
def test_costs_are_for_those_who_may_see_them(client, stan, page):
    client.force_login(stan)
    assert client.get(to(page)).status_code == 403
    allow(stan, "view_costs")
    assert client.get(to(page)).status_code == 200


def test_a_year_of_many_rows_is_summed_fast(admin, alice, django_assert_max_num_queries):
    Cost.objects.bulk_create(
        [
            Cost(day=DAY - timedelta(days=n % 300), user=alice, article_key=n // 300, model="m", answers=1, micros=n)
            for n in range(10_000)
        ]
    )
    for by in ("day", "article", "model", "user"):
        period = {"by": by, "begin": str(DAY - timedelta(days=365))}
        with django_assert_max_num_queries(12):
            began = perf_counter()
            assert admin.get(to("usage_report"), period).status_code == 200
        assert perf_counter() - began < 3  # 0.3 s on a machine that does nothing else
