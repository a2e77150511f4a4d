"""What one user may ask: limits hold also when many tabs ask in the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from chat import quota
from chat.errors import ChatError, OverQuota
from chat.models import Article, Conversation, Message, Quota, Status, Usage, User
from chat.replies.claim import claim
from chat.replies.ending import Outcome, end
from chat.replies.submit import Question, submit

TABS = 20

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[], object]) -> list[str]:
    """Do the work in as many threads as there are tabs, all together; return how each went: "" or the error's code."""
    start = Barrier(TABS)

    def one(_: int) -> str:
        try:
            start.wait(10)
            work()
        except ChatError as error:
            return error.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(TABS) as threads:
        return list(threads.map(one, range(TABS)))


def test_questions_of_a_day_are_counted_one_by_one(alice: User, settings: object):
    settings.QUOTA_QUESTIONS_PER_DAY = settings.ACTIVE_REPLIES_PER_USER = 5
    answers = at_once(lambda: submit(alice, Question("When?")))
    assert sorted(answers) == [""] * 5 + ["over_quota"] * (TABS - 5)
    assert (Usage.objects.get().questions, Conversation.objects.count(), Message.objects.count()) == (5, 5, 10)


def test_replies_at_once_are_counted_one_by_one(alice: User, settings: object):
    settings.ACTIVE_REPLIES_PER_USER = 3
    answers = at_once(lambda: submit(alice, Question("When?")))
    assert sorted(answers) == [""] * 3 + ["over_quota"] * (TABS - 3)
    usage = Usage.objects.get()
    assert (usage.questions, usage.tokens_reserved) == (3, 3 * quota.RESERVED_TOKENS)


def test_a_question_costs_two_queries(alice: User, django_assert_num_queries: Callable):
    with transaction.atomic():
        quota.reserve(alice, "some-model")
        with django_assert_num_queries(2):
            quota.reserve(alice, "some-model")


def test_each_user_has_a_quota_of_their_own(alice: User, bob: User, settings: object):
    settings.QUOTA_QUESTIONS_PER_DAY = 1
    for user in (alice, bob):
        submit(user, Question("When?"))
    with pytest.raises(ChatError, match="the limit for one day"):
        submit(alice, Question("And then?"))


def test_a_users_own_quota_beats_that_of_their_groups(alice: User):
    group = Group.objects.create(name="readers")
    alice.groups.add(group)
    Quota.objects.create(group=group, questions_per_day=1)
    submit(alice, Question("When?"))
    with pytest.raises(OverQuota, match="You have asked 1 questions today"):
        submit(alice, Question("And then?"))
    Quota.objects.create(user=alice, questions_per_day=2)
    submit(alice, Question("And then?"))
    with pytest.raises(OverQuota, match="You have asked 2 questions today"):
        submit(alice, Question("And later?"))


def test_of_several_groups_the_most_generous_counts(alice: User):
    for name, limit in (("few", 0), ("more", 3)):
        group = Group.objects.create(name=name)
        alice.groups.add(group)
        Quota.objects.create(group=group, questions_per_day=limit)
    assert quota.standing(alice).questions_limit == 3


def test_an_empty_field_is_the_default(alice: User, settings: object):
    settings.QUOTA_TOKENS_PER_MONTH = 77
    Quota.objects.create(user=alice, questions_per_day=5)
    assert (quota.standing(alice).questions_limit, quota.standing(alice).month_limit) == (5, 77)


def test_a_quota_of_nothing_refuses_the_first_question(alice: User):
    Quota.objects.create(user=alice, questions_per_day=0)
    with pytest.raises(OverQuota, match="again from 00:00 UTC, in"):
        submit(alice, Question("When?"))
    assert not Message.objects.exists()


def test_other_days_of_the_month_count_for_the_month(alice: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 20, 21, 30, tzinfo=UTC))
    Quota.objects.create(user=alice, tokens_per_month=10_000)
    Usage.objects.create(user=alice, day="2026-10-31", tokens_used=10_000)
    submit(alice, Question("When?"))
    Usage.objects.create(user=alice, day="2026-11-01", tokens_used=6_000)
    with pytest.raises(OverQuota, match=r"this month's limit .* again from 1 December 2026") as error:
        submit(alice, Question("And then?"))
    assert error.value.retry_after_secs == 10 * 86_400 + 9_000


def test_a_refusal_says_in_how_many_hours(alice: User, settings: object, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 20, 21, 0, tzinfo=UTC))
    settings.QUOTA_TOKENS_PER_DAY = 1
    submit(alice, Question("When?"))
    with pytest.raises(OverQuota, match=r"today's limit .* again from 00:00 UTC, in 3 hours") as error:
        submit(alice, Question("And then?"))
    assert error.value.retry_after_secs == 3 * 3600


def test_an_answer_that_ends_after_midnight_is_settled_on_the_day_it_was_asked(alice: User):
    reply, held = submit(alice, Question("When?"))
    asked = timezone.now() - timedelta(days=1)
    Message.objects.filter(pk=reply.pk).update(created=asked)
    Usage.objects.update(day=asked.date())
    end(reply.pk, held.token, Outcome(Status.STOPPED, prompt_tokens=40, completion_tokens=2))
    usage = Usage.objects.get()
    assert (usage.day, usage.tokens_used, usage.tokens_reserved) == (asked.date(), 42, 0)


def test_a_continued_answer_is_settled_on_the_day_it_was_continued(alice: User):
    reply, held = submit(alice, Question("When?"))
    end(reply.pk, held.token, Outcome(Status.INTERRUPTED))
    Message.objects.filter(pk=reply.pk).update(created=timezone.now() - timedelta(days=1))
    reply.refresh_from_db()
    with transaction.atomic():
        quota.reserve(alice, "some-model")
        assert reply.conversation.reopen(reply)
    held = claim(reply.pk)
    end(reply.pk, held.token, Outcome(Status.COMPLETE, prompt_tokens=5, completion_tokens=1))
    usage = Usage.objects.get()
    assert (usage.tokens_used, usage.tokens_reserved) == (6, 0)


def test_the_page_says_where_the_reader_stands(alice: User, article: Article, client: Client, settings: object):
    client.force_login(alice)
    settings.QUOTA_QUESTIONS_PER_DAY = 50
    assert "0 of 50 today" in client.get(article.get_absolute_url()).content.decode()
    submit(alice, Question("When?"))
    assert "1 of 50 today" in client.get(article.get_absolute_url()).content.decode()
    Usage.objects.update(tokens_used=900_000)
    assert "90 % of today’s length" in client.get(article.get_absolute_url()).content.decode()


def test_a_visitor_stands_nowhere(article: Article, client: Client):
    assert "today" not in client.get(article.get_absolute_url()).content.decode()
