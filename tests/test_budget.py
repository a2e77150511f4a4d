"""The site's budget: a question beyond it waits for the next day or month; what is being answered goes on."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from chat.errors import OverQuota
from chat.models import Article, Budget, Conversation, Cost, Message, ModelPrice, Quota, Spending, Status, Usage, User
from chat.quota import RESERVED_TOKENS
from chat.replies.ending import Outcome, end
from chat.replies.submit import Question, submit
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.reader import Reader
from tests.site import Site

ASKS = 50
FITTING = 20
MODEL = "gpt-4o-mini"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def priced(settings: object) -> ModelPrice:
    """A model at 1 for a million tokens of prompt and 2 for a million of answer, which is what answers."""
    settings.OPENAI_API_KEY, settings.OPENAI_MODEL = "sk-test-key", MODEL
    return ModelPrice.objects.create(
        model=MODEL, valid_from="2026-01-01", per_million_prompt=1, per_million_completion=2
    )


def used(reply: Message, held: object, prompt: int, completion: int, status: Status = Status.COMPLETE) -> None:
    end(reply.pk, held.token, Outcome(status, prompt_tokens=prompt, completion_tokens=completion))


def test_without_a_budget_nothing_is_refused(alice: User, priced: ModelPrice):
    submit(alice, Question("When?"))
    Budget.objects.create()
    submit(alice, Question("When?"))
    assert not Spending.objects.exists()


@pytest.mark.parametrize(("field", "words"), [("per_month", "this month"), ("per_day", "today")])
def test_a_budget_of_zero_refuses_every_question(alice: User, field: str, words: str):
    Budget.objects.create(**{field: 0})
    with pytest.raises(OverQuota, match=f"The publication has spent its budget for {words}. You can ask again from"):
        submit(alice, Question("When?"))
    assert (Conversation.objects.count(), Usage.objects.count()) == (0, 0)


def test_the_newest_budget_counts(alice: User):
    Budget.objects.create(per_month=0)
    Budget.objects.create(per_month=10)
    submit(alice, Question("When?"))


def test_what_others_spent_this_month_counts(alice: User, bob: User, priced: ModelPrice):
    Budget.objects.create(per_month=Decimal("1.00"))
    reply, held = submit(bob, Question("When?"))
    used(reply, held, prompt=980_000, completion=9_999)
    with pytest.raises(OverQuota, match="budget for this month"):
        submit(alice, Question("When?"))
    Spending.objects.update(day=timezone.now().date().replace(day=1) - timedelta(days=1))
    submit(alice, Question("When?"))


def test_an_answer_that_failed_is_counted_by_what_it_used(alice: User, article: Article, priced: ModelPrice):
    reply, held = submit(alice, Question("When?", article=article.slug))
    used(reply, held, 1000, 30, Status.FAILED)
    assert end(reply.pk, held.token, Outcome(Status.COMPLETE, prompt_tokens=1)) is None  # settled exactly once
    cost = Cost.objects.get()
    assert (cost.article_key, cost.model, cost.answers) == (article.pk, MODEL, 1)
    assert (cost.prompt_tokens, cost.completion_tokens, cost.micros, cost.unpriced) == (1000, 30, 1060, 0)
    assert Spending.objects.get().micros == 1060


def test_a_price_counts_from_its_day(alice: User, priced: ModelPrice):
    tomorrow = timezone.now().date() + timedelta(days=1)
    ModelPrice.objects.create(model=MODEL, valid_from=tomorrow, per_million_prompt=100, per_million_completion=100)
    reply, held = submit(alice, Question("When?"))
    used(reply, held, 10, 0)
    assert Cost.objects.get().micros == 10


def test_a_model_without_a_price_is_said_to_have_none(alice: User, priced: ModelPrice):
    ModelPrice.objects.all().delete()
    reply, held = submit(alice, Question("When?"))
    used(reply, held, 10, 1)
    assert (Cost.objects.get().unpriced, Cost.objects.get().micros) == (1, 0)


def test_quotations_without_a_model_cost_nothing(alice: User):
    reply, held = submit(alice, Question("When?"))
    used(reply, held, 0, 10)
    cost = Cost.objects.get()
    assert (cost.model, cost.unpriced, cost.micros, cost.completion_tokens) == ("extractive", 0, 0, 10)


def test_the_sum_stays_when_the_conversation_and_the_reader_go(alice: User, priced: ModelPrice):
    reply, held = submit(alice, Question("When?"))
    used(reply, held, 10, 1)
    alice.delete()
    assert (Cost.objects.get().user, Cost.objects.get().micros) == (None, 12)


# --- against a server process -----------------------------------------------------------------------------------


@pytest.fixture
def gate(model: FakeModel) -> Iterator[FakeModel]:
    """The model says one word, and the rest when it may go."""
    model.script(say("One", " and all.", pause_after=1))
    yield model
    model.go(ASKS)


def ask_at_once(site: Site, users: list[User]) -> list[tuple[int, dict[str, str], str]]:
    """Ask as many times as there are users, all at once; return the answers up to their heads."""
    readers = [Reader(site.url, user) for user in users]

    def ask(reader: Reader) -> tuple[int, dict[str, str], str]:
        with reader.client.stream("POST", "/chat?format=blocks", json={"message": "When?"}) as answer:
            body = "" if answer.status_code == 200 else answer.read().decode()
            return answer.status_code, dict(answer.headers), body

    with ThreadPoolExecutor(len(users)) as threads:
        answers = list(threads.map(ask, readers))
    for reader in readers:
        reader.client.close()
    return answers


@pytest.mark.server
def test_of_fifty_questions_at_once_as_many_are_accepted_as_a_quota_allows(site: Site, alice: User, gate: FakeModel):
    Quota.objects.create(user=alice, questions_per_day=FITTING)
    answers = ask_at_once(site, [alice] * ASKS)
    refused = [answer for answer in answers if answer[0] == 429]
    assert (len([1 for answer in answers if answer[0] == 200]), len(refused)) == (FITTING, ASKS - FITTING)
    assert (Usage.objects.get().questions, Message.objects.replies().count()) == (FITTING, FITTING)
    assert all(int(headers["retry-after"]) > 0 for _, headers, _ in refused)
    assert all("again from 00:00 UTC" in json.loads(body)["error"] for _, _, body in refused)


@pytest.mark.server
def test_of_fifty_questions_at_once_as_many_are_accepted_as_the_budget_allows(site: Site, db: None, gate: FakeModel):
    users = [User.objects.create_user(f"reader{n}", password=None) for n in range(10)]
    ModelPrice.objects.create(model=MODEL, valid_from="2026-01-01", per_million_prompt=250, per_million_completion=250)
    Budget.objects.create(per_month=FITTING * RESERVED_TOKENS * 250 / Decimal(1_000_000))
    answers = ask_at_once(site, users * 5)
    refused = [answer for answer in answers if answer[0] == 429]
    assert (len([1 for answer in answers if answer[0] == 200]), len(refused)) == (FITTING, ASKS - FITTING)
    assert Message.objects.replies().count() == FITTING
    assert all("spent its budget for this month" in json.loads(body)["error"] for _, _, body in refused)


@pytest.mark.server
def test_a_budget_of_zero_stops_the_next_question_and_no_answer(site: Site, reader: Reader, gate: FakeModel):
    with reader.asking("When?") as stream:
        stream.until("One")
        Budget.objects.create(per_month=0)
        refused = reader.post("And then?")
        gate.go()
        received = stream.to_end()
    assert (refused.status_code, refused.json()["code"]) == (429, "over_quota")
    assert "spent its budget for this month" in refused.json()["error"]
    assert (received.text, received.done["status"]) == ("One and all.", Status.COMPLETE)
