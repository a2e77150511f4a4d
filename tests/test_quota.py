"""What one user may ask: limits hold also when many tabs ask in the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from chat import quota
from chat.errors import ChatError
from chat.models import Conversation, Message, Usage, User
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
        quota.reserve(alice)
        with django_assert_num_queries(2):
            quota.reserve(alice)


def test_each_user_has_a_quota_of_their_own(alice: User, bob: User, settings: object):
    settings.QUOTA_QUESTIONS_PER_DAY = 1
    for user in (alice, bob):
        submit(user, Question("When?"))
    with pytest.raises(ChatError, match="the limit for one day"):
        submit(alice, Question("And then?"))
