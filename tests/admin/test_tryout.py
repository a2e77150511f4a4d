"""Trying out rules and settings: answered as for a reader, counted as for a reader, and stored nowhere."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import httpx2
import pytest
from django.test import Client

from chat.answering.prompt import DEFAULT_RULES
from chat.models import (
    Article,
    ArticleStatus,
    Budget,
    Citation,
    Conversation,
    Cost,
    Message,
    ModelPrice,
    ModelSettings,
    Prompt,
    Quota,
    SearchEntry,
    Spending,
    Usage,
    User,
)
from chat.quota import RESERVED_TOKENS, settle_unstored
from chat.quota.unstored import reserve_unstored
from chat.replies import drain
from chat.replies.trial import Trial
from tests.admin.pages import ESCAPED, SCRIPT, allow, to
from tests.fake_model import FakeModel
from tests.fake_replies import SECRET, Do, Finish, Reply, failure, say, steps
from tests.fake_replies import Usage as Counts
from tests.reader import Reader
from tests.site import Site

TRYOUT = "prompt_tryout"
QUESTION = "When is Bastille Day?"
MODEL = "gpt-4o-mini"
# What a row of the ledger and of the day's use would not keep: nothing of a conversation.
STORED = (Conversation, Message, Citation, SearchEntry)

pytestmark = pytest.mark.django_db


def try_out(client: Client, **changed: object):
    form = {"article": "feasts", "question": QUESTION, "text": DEFAULT_RULES, **changed}
    return client.post(to(TRYOUT), {name: value for name, value in form.items() if value is not None})


def with_settings(**changed: object) -> dict[str, object]:
    values = {"model": "big-model", "temperature": "0.2", "max_tokens": "500", "max_tokens_field": "max_tokens"}
    return {**values, "context_chars": "50000", **changed}


def shown(response) -> str:
    """Return the words of a page, on one line."""
    page = re.sub(r"<[^>]*>", " ", response.content.decode())
    return " ".join(page.split())


def usage(user: User) -> tuple[int, int, int]:
    row = Usage.objects.get(user=user)
    return row.questions, row.tokens_used, row.tokens_reserved


@pytest.fixture
def connected(settings, model: FakeModel, monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    """The model's server, to which this process is connected."""
    run = Trial.run

    async def run_and_close(trial: Trial) -> None:
        """Each request of Django's test client has an event loop of its own, in which its connections end, too."""
        try:
            await run(trial)
        finally:
            await trial.source.close()

    monkeypatch.setattr(Trial, "run", run_and_close)
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = "sk-test-key", model.base_url, MODEL
    settings.MODEL_RETRIES = 0
    return model


# --- without a model ----------------------------------------------------------------------------------------------


def test_the_answer_is_shown_as_readers_would_see_it(admin: Client, article: Article):
    response = try_out(admin)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Bastille Day, the national day of France, is 14 July." in page
    assert re.search(r'<a class="chip" href="/articles/feasts/\?revision=1&amp;quote=[^"]+"', page)
    assert "Quotations 1 found, 0 not in the article" in shown(response)
    assert "Answered by extractive" in shown(response)
    assert "No language model is connected" in shown(response)


def test_nothing_is_stored_but_what_was_used(admin: Client, eve: User, article: Article):
    try_out(admin)
    assert [model.__name__ for model in STORED if model.objects.exists()] == []
    questions, used, reserved = usage(eve)
    assert (questions, reserved) == (1, 0)
    cost = Cost.objects.get()
    assert (cost.user, cost.article_key, cost.model, cost.answers) == (eve, article.pk, "extractive", 1)
    assert used == cost.completion_tokens > 0
    assert not Spending.objects.exists()


def test_without_an_article_all_published_ones_are_asked(admin: Client, article: Article):
    response = try_out(admin, article="")
    assert "14 July" in response.content.decode()
    assert Cost.objects.get().article_key == 0


def test_without_any_text_it_is_refused(admin: Client, db):
    response = try_out(admin, article="")
    assert response.status_code == 400
    assert "There is no text to answer from" in shown(response)
    assert not Usage.objects.exists()


def test_a_question_without_an_answer_leads_to_the_nearest_sections(admin: Client, article: Article):
    response = try_out(admin, question="How many people celebrate a celebration in Brazil on the Moon in 1743?")
    assert "The nearest sections:" in shown(response)
    assert "Says itself that the article does not answer this" in shown(response)


# --- which article ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["feasts", "Feasts", "FEA"])
def test_an_article_is_found_by_address_or_title(admin: Client, article: Article, words: str):
    assert try_out(admin, article=words).status_code == 200


def test_several_articles_of_that_name_are_told_apart(admin: Client, article: Article):
    Article.objects.create(slug="more-feasts", title="Feasts")
    response = try_out(admin, article="Feasts")
    assert response.status_code == 400
    assert "“Feasts” (feasts), “Feasts” (more-feasts). Give the last part of the address." in shown(response)


def test_an_article_that_is_not_there_or_has_no_text_is_refused(admin: Client, article: Article):
    Article.objects.create(slug="empty", title="Empty")
    assert "There is no article with these words" in shown(try_out(admin, article="nowhere"))
    assert "“Empty” has no text yet." in shown(try_out(admin, article="empty"))
    assert not Usage.objects.exists()


def test_drafts_are_only_for_those_who_may_look_at_articles(client: Client, stan: User, article: Article):
    Article.objects.update(status=ArticleStatus.DRAFT)
    client.force_login(allow(stan, "try_out"))
    response = try_out(client)
    assert (response.status_code, "There is no article" in shown(response)) == (400, True)
    assert "feasts" not in client.get(to(TRYOUT)).content.decode()
    allow(stan, "try_out", "view_article")
    assert try_out(client).status_code == 200
    assert '<option value="feasts">Feasts</option>' in client.get(to(TRYOUT)).content.decode()


# --- with a model -------------------------------------------------------------------------------------------------


def test_the_rules_in_the_form_are_sent_saved_or_not(admin: Client, article: Article, connected: FakeModel):
    Prompt.objects.create(text="Be brief.")
    saved, draft = try_out(admin, text="Be brief."), try_out(admin, text="Answer in rhymes.")
    systems = [request.body["messages"][0]["content"] for request in connected.requests]
    assert [system.splitlines()[0] for system in systems] == ["Be brief.", "Answer in rhymes."]
    assert "Rules version 1" in shown(saved)
    assert "Rules not saved" in shown(draft)
    assert Prompt.objects.count() == 1


def test_the_settings_in_the_form_are_used_saved_or_not(admin: Client, article: Article, connected: FakeModel):
    ModelSettings.objects.create(model="one", temperature=Decimal("0.5"), context_chars=50_000)
    saved = try_out(admin, **with_settings(model="one", temperature="0.50", max_tokens=""))
    draft = try_out(admin, **with_settings(temperature=""))
    sent = [(request.body["model"], request.body.get("temperature")) for request in connected.requests]
    assert sent == [("one", 0.5), ("big-model", None)]
    assert "Answered by one, with settings of version 1" in shown(saved)
    assert "Answered by big-model, with settings that are not saved" in shown(draft)
    assert ModelSettings.objects.count() == 1
    assert {cost.model for cost in Cost.objects.all()} == {"one", "big-model"}


def test_quotations_are_checked_and_measures_told(admin: Client, article: Article, connected: FakeModel):
    words = "It is “14 July” [2]", ", says “nobody at all in this world” [1]."
    connected.script(steps(*words, Finish(), Counts(11, 7), Do.DONE))
    response = try_out(admin)
    assert "Quotations 1 found, 1 not in the article" in shown(response)
    assert '<span class="unfound" lang="en"> not in the article</span>' in response.content.decode()
    assert re.search(r"First word after \d+\.\d s", shown(response))
    assert "Tokens 11 of the question with its context, 7 of the answer" in shown(response)
    assert "Passages given 3 of 3" in shown(response)
    assert "with the environment’s settings" in shown(response)
    assert "those that the site comes with" in shown(response)


def test_what_a_model_writes_is_sanitised(admin: Client, article: Article, connected: FakeModel):
    connected.script(say(f"Words {SCRIPT} words."))
    page = try_out(admin, question=f"What? {SCRIPT}").content.decode()
    assert SCRIPT not in page
    assert ESCAPED in page


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        (failure(429), 502, "The language model is busy."),
        (failure(400), 502, "The language model did not accept the request."),
        (failure(500), 502, "The language model failed."),
        (steps("Hello"), 502, "The language model stopped in the middle of its answer."),
    ],
)
def test_a_failure_of_the_model_is_told_in_plain_words(
    admin: Client, eve: User, article: Article, connected: FakeModel, reply: Reply, status: int, words: str
):
    connected.script(reply)
    response = try_out(admin)
    assert (response.status_code, words in shown(response)) == (status, True)
    assert SECRET not in response.content.decode()
    assert usage(eve)[0] == 1
    assert usage(eve)[2] == 0


def test_what_it_cost_is_counted_with_the_sites_budget(admin: Client, article: Article, connected: FakeModel):
    ModelPrice.objects.create(model=MODEL, valid_from="2026-01-01", per_million_prompt=1, per_million_completion=2)
    Budget.objects.create(per_day=10)
    connected.script(steps("Hello", Finish(), Counts(11, 7), Do.DONE))
    try_out(admin)
    assert Spending.objects.get().micros == 11 + 2 * 7
    cost = Cost.objects.get()
    assert (cost.micros, cost.prompt_tokens, cost.completion_tokens, cost.unpriced) == (25, 11, 7, 0)


# --- refusals -----------------------------------------------------------------------------------------------------


def test_over_the_budget_it_is_refused_and_nothing_asked(admin: Client, article: Article, connected: FakeModel):
    Budget.objects.create(per_month=0)
    response = try_out(admin)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "The publication has spent its budget for this month. You can ask again from" in shown(response)
    assert (Usage.objects.count(), connected.requests) == (0, [])
    assert QUESTION in response.content.decode()


def test_over_the_editors_own_quota_it_is_refused(admin: Client, eve: User, article: Article):
    Quota.objects.create(user=eve, questions_per_day=1)
    assert try_out(admin).status_code == 200
    response = try_out(admin)
    assert response.status_code == 429
    assert "You have asked 1 questions today" in shown(response)
    assert usage(eve)[0] == 1


def test_what_is_being_tried_out_holds_its_part_of_the_budget(alice: User, bob: User):
    ModelPrice.objects.create(model=MODEL, valid_from="2026-01-01", per_million_prompt=250, per_million_completion=250)
    Budget.objects.create(per_day=RESERVED_TOKENS * 250 / Decimal(1_000_000))
    held = reserve_unstored(alice, MODEL, 0)
    with pytest.raises(Exception, match="budget for today"):
        reserve_unstored(bob, MODEL, 0)
    settle_unstored(held, 0, 0)
    assert Spending.objects.get().micros == 0
    reserve_unstored(bob, MODEL, 0)


def test_while_the_process_ends_it_is_refused(admin: Client, article: Article, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drain, "_is_draining", True)
    response = try_out(admin)
    assert (response.status_code, "being restarted" in shown(response)) == (503, True)
    assert not Usage.objects.exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"question": ""}, "This field is required."),
        ({"question": " \r\n "}, "This field is required."),
        ({"question": "x" * 8001}, "The question has 8,001 characters; at most 8,000 are accepted."),
        ({"text": ""}, "This field is required."),
        ({"text": "x" * 8001}, "The rules are 8,001 characters long"),
        (with_settings(model="two words"), "without spaces"),
        (with_settings(temperature="3"), "The temperature is from 0 to 2"),
    ],
)
def test_what_is_not_right_is_said_and_not_asked(
    admin: Client, article: Article, connected: FakeModel, changed: dict[str, object], sentence: str
):
    response = try_out(admin, **{**with_settings(), **changed})
    assert (response.status_code, sentence in shown(response)) == (400, True)
    assert (Usage.objects.count(), connected.requests) == (0, [])


# --- who may ------------------------------------------------------------------------------------------------------


def test_a_visitor_is_sent_to_the_login_and_others_are_refused(
    client: Client, alice: User, stan: User, article: Article
):
    assert client.get(to(TRYOUT), follow=True).redirect_chain[-1][0].startswith("/accounts/login/?next=")
    for person in (alice, allow(stan, "view_prompt", "add_prompt", "add_modelsettings")):
        client.force_login(person)
        assert client.get(to(TRYOUT), follow=True).status_code == 403
        assert try_out(client).status_code in (302, 403)
    assert not Usage.objects.exists()


def test_it_wants_a_token(eve: User, article: Article):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(eve)
    assert try_out(strict).status_code == 403
    assert not Usage.objects.exists()


def test_it_is_kept_by_no_cache(admin: Client, article: Article):
    assert "no-store" in admin.get(to(TRYOUT))["Cache-Control"]
    assert "no-store" in try_out(admin)["Cache-Control"]


def test_other_settings_are_for_those_who_could_save_them(
    client: Client, stan: User, article: Article, connected: FakeModel
):
    client.force_login(allow(stan, "try_out"))
    assert "id_context_chars" not in client.get(to(TRYOUT)).content.decode()
    try_out(client, **with_settings(model="dear-model"))
    assert connected.requests[0].body["model"] == MODEL


def test_it_has_no_inline_style_or_script(admin: Client, article: Article, connected: FakeModel):
    for response in (admin.get(to(TRYOUT)), try_out(admin, **with_settings())):
        page = response.content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page


# --- from a form for the next version, and back to it ---------------------------------------------------------------


def values(response) -> dict[str, object]:
    forms = response.context["forms"]
    fields = [*forms.question, *(forms.settings or ())]
    return {field.name: field.value() for field in fields}


def test_it_begins_with_what_counts_or_with_a_version(admin: Client, connected: FakeModel, article: Article):
    for text in ("Be brief.", "Be long."):
        Prompt.objects.create(text=text)
    ModelSettings.objects.create(model="one", context_chars=50_000)
    now = values(admin.get(f"{to(TRYOUT)}?article=feasts"))
    assert (now["text"], now["model"], now["article"]) == ("Be long.", "one", "feasts")
    assert values(admin.get(f"{to(TRYOUT)}?prompt=1"))["text"] == "Be brief."
    beginning = values(admin.get(f"{to(TRYOUT)}?prompt=0&modelsettings=0"))
    assert (beginning["text"], beginning["model"]) == (DEFAULT_RULES, MODEL)


def test_a_draft_of_rules_goes_along_and_comes_back(admin: Client, eve: User):
    Prompt.objects.create(text="Be brief.", author=eve)
    draft = {"text": "Be\r\nkind.", "note": "Kinder.", "based_on": "0", "_from": "prompt"}
    response = admin.post(to(TRYOUT), draft)
    assert response.status_code == 200
    assert values(response)["text"] == "Be\nkind."
    assert not Usage.objects.exists()
    sent = {name: value or "" for name, value in values(response).items()}
    form = admin.post(to("prompt_add"), {**sent, "_back": "1"}).context["adminform"].form
    assert not form.is_bound
    assert [form[name].value() for name in ("text", "note", "based_on")] == ["Be\nkind.", "Kinder.", "0"]
    assert Prompt.objects.count() == 1
    assert "saved version 1" in str(
        admin.post(to("prompt_add"), {"text": "Be kind.", "based_on": "0"}).context["adminform"].form.errors
    )


def test_a_draft_of_settings_goes_along_and_comes_back(admin: Client, connected: FakeModel):
    draft = with_settings(note="Dearer.", based_on="0", _from="modelsettings")
    sent = {name: value or "" for name, value in values(admin.post(to(TRYOUT), draft)).items()}
    form = admin.post(to("modelsettings_add"), {**sent, "_back": "1"}).context["adminform"].form
    names = ("model", "temperature", "max_tokens", "context_chars", "note", "based_on")
    assert [form[name].value() for name in names] == ["big-model", "0.2", "500", "50000", "Dearer.", "0"]
    assert not ModelSettings.objects.exists()


# --- against a server process -------------------------------------------------------------------------------------


@pytest.fixture
def editor(site: Site, eve: User) -> Iterator[Reader]:
    """Eve at the site."""
    with Reader(site.url, eve) as editor:
        yield editor


FORM = {"article": "feasts", "question": QUESTION, "text": "Be brief.", **with_settings()}


@pytest.mark.server
def test_it_works_at_a_server_with_a_plain_form(editor: Reader, article: Article, model: FakeModel):
    model.script(say("It is “14 July” [2]."))
    response = editor.client.post(to(TRYOUT), data=FORM)
    assert (response.status_code, 'class="chip"' in response.text) == (200, True)
    assert model.requests[0].body["model"] == "big-model"
    assert not Message.objects.exists()


@pytest.mark.server
def test_many_that_wait_hold_no_thread(site: Site, eve: User, reader: Reader, article: Article, model: FakeModel):
    """More than the site has threads wait for a model; a reader's question is answered meanwhile."""
    model.script(*[say("One", " more.", pause_after=1)] * 6, say("At once."))
    with Reader(site.url, eve) as editor, ThreadPoolExecutor(6) as threads:
        answers = [threads.submit(editor.client.post, to(TRYOUT), data=FORM) for _ in range(6)]
        model.wait_for(lambda: model.paused == 6)
        assert reader.ask("When?", article="feasts").text == "At once."
        model.go(6)
        assert [answer.result(30).status_code for answer in answers] == [200] * 6
    assert Usage.objects.get(user=eve).questions == 6
    assert Usage.objects.get(user=eve).tokens_reserved == 0


@pytest.mark.server
def test_an_editor_who_leaves_has_paid_for_what_was_asked(
    editor: Reader, eve: User, article: Article, model: FakeModel
):
    model.script(say("One" * 100, " more.", pause_after=1))
    with pytest.raises(httpx2.TimeoutException):
        editor.client.post(to(TRYOUT), data=FORM, timeout=httpx2.Timeout(30, read=1))
    model.wait_for(lambda: model.count("aborted") == 1)
    deadline = time.monotonic() + 10
    while usage(eve)[2] and time.monotonic() < deadline:
        time.sleep(0.02)  # the rows are all there is to look at
    questions, used, reserved = usage(eve)
    assert (questions, reserved) == (1, 0)
    assert used > 0
