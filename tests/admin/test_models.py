"""The settings of the language model in the admin: versions like those of the rules, which count for the next reply."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from chat.answering import choose
from chat.models import Article, Message, ModelSettings, Prompt, Role, User
from chat.models.model_settings import BAD_CONTEXT, BAD_MAX_TOKENS, BAD_NAME, BAD_TEMPERATURE, OWN_NAME
from chat.replies.submit import Question, submit
from tests.admin.pages import allow, said, to
from tests.fake_model import FakeModel
from tests.reader import Reader

ADD = "modelsettings_add"
LIST = "modelsettings_changelist"
COMPARE = "modelsettings_compare"
TAKE_BACK = "modelsettings_take_back"
GOOD = {"model": "big-model", "temperature": "0.2", "max_tokens": "500", "context_chars": "50000"}

pytestmark = pytest.mark.django_db


def fields(**changed: object) -> dict[str, object]:
    return {**GOOD, "max_tokens_field": "max_tokens", "note": "", "based_on": 0, **changed}


def add(client: Client, **changed: object):
    return client.post(to(ADD), fields(**changed))


def errors(response) -> str:
    return str(response.context["adminform"].form.errors)


def version(**changed: object) -> ModelSettings:
    values = {"model": "big-model", "temperature": Decimal("0.2"), "context_chars": 50_000, **changed}
    return ModelSettings.objects.create(**values)


# --- the form -----------------------------------------------------------------------------------------------------


def test_the_form_begins_with_the_environments_values(admin: Client, settings):
    settings.OPENAI_MODEL, settings.OPENAI_TEMPERATURE = "tiny-model", 0.3
    settings.MODEL_MAX_TOKENS, settings.MODEL_CONTEXT_CHARS = 77, 9999
    settings.MODEL_MAX_TOKENS_FIELD = "max_completion_tokens"
    form = admin.get(to(ADD)).context["adminform"].form
    names = ("model", "temperature", "max_tokens", "max_tokens_field", "context_chars", "based_on")
    values = ["tiny-model", Decimal("0.3"), 77, "max_completion_tokens", 9999, 0]
    assert [form[name].value() for name in names] == values


def test_the_form_begins_with_the_newest_version(admin: Client):
    version(model="one")
    version(model="two", temperature=None, note="Cheaper.")
    form = admin.get(to(ADD)).context["adminform"].form
    assert [form[name].value() for name in ("model", "temperature", "note", "based_on")] == ["two", None, None, 2]


def test_a_version_is_stored_with_its_number_note_and_author(admin: Client, eve: User):
    assert add(admin, note="Cheaper.", temperature="").status_code == 302
    stored = ModelSettings.objects.get()
    assert (stored.number, stored.note, stored.author) == (1, "Cheaper.", eve)
    assert (stored.model, stored.temperature, stored.max_tokens, stored.context_chars) == (
        "big-model",
        None,
        500,
        50_000,
    )


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("model", "", "This field is required."),
        ("model", "two words", BAD_NAME),
        ("model", "a\tb", BAD_NAME),
        ("model", "extractive", OWN_NAME),
        ("model", "x" * 101, "at most 100 characters"),
        ("temperature", "-0.1", BAD_TEMPERATURE),
        ("temperature", "2.01", BAD_TEMPERATURE),
        ("temperature", "NaN", "Enter a number."),
        ("temperature", "warm", "Enter a number."),
        ("max_tokens", "0", BAD_MAX_TOKENS),
        ("max_tokens", "1000001", BAD_MAX_TOKENS),
        ("max_tokens_field", "max_words", "Select a valid choice."),
        ("context_chars", "3999", BAD_CONTEXT),
        ("context_chars", "99999999999", BAD_CONTEXT),
        ("context_chars", "", "This field is required."),
    ],
)
def test_a_bad_value_is_refused_with_a_sentence(admin: Client, field: str, value: str, sentence: str):
    response = add(admin, **{field: value})
    assert response.status_code == 200
    assert sentence in errors(response)
    assert not ModelSettings.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", ""), ("model", "extractive"), ("temperature", Decimal("2.5")), ("temperature", Decimal("-1")),
        ("max_tokens", 0), ("max_tokens_field", "max_words"), ("context_chars", 10),
    ],
)  # fmt: skip
def test_the_database_refuses_what_the_form_does(field: str, value: object):
    with pytest.raises(IntegrityError), transaction.atomic():
        version(**{field: value})
    with pytest.raises(ValidationError):
        ModelSettings(**{"model": "big-model", "context_chars": 50_000, field: value}).full_clean(exclude=["number"])


def test_an_editor_who_was_slower_is_told_once(admin: Client, eve: User):
    version(author=eve)
    refused = add(admin, model="other")
    assert "While you were writing, eve saved version 1." in errors(refused)
    assert f'href="{to(COMPARE)}?from=0&amp;to=1"' in errors(refused)
    assert refused.context["adminform"].form["model"].value() == "other"
    assert add(admin, model="other", based_on=refused.context["adminform"].form["based_on"].value()).status_code == 302
    assert list(ModelSettings.objects.values_list("number", "model")) == [(2, "other"), (1, "big-model")]


def test_no_version_is_changed_or_deleted_even_by_a_superuser(admin: Client):
    stored = version()
    assert 'name="_save"' not in admin.get(to("modelsettings_change", stored.pk)).content.decode()
    assert admin.post(to("modelsettings_change", stored.pk), fields(model="x", based_on=1)).status_code == 403
    assert admin.post(to("modelsettings_delete", stored.pk), {"post": "yes"}).status_code == 403
    assert ModelSettings.objects.get().model == "big-model"
    with pytest.raises(TypeError, match="add a new one"):
        stored.save()


def test_who_may_only_look_does_not_add(client: Client, stan: User):
    version()
    client.force_login(allow(stan, "view_modelsettings", "change_modelsettings", "delete_modelsettings"))
    assert client.get(to(LIST)).status_code == 200
    assert client.get(to(COMPARE)).status_code == 200
    assert client.get(to(ADD)).status_code == 403
    assert add(client, based_on=1).status_code == 403
    assert client.post(to(TAKE_BACK), {"version": 0, "counting": 1}).status_code == 403
    assert ModelSettings.objects.count() == 1


# --- comparing, and taking back -----------------------------------------------------------------------------------


def test_only_what_differs_is_shown(admin: Client):
    version(max_tokens=None)
    version(temperature=None, max_tokens=1500)
    response = admin.get(to(COMPARE))
    assert response.context["fields"] == [
        ("Temperature", "0.20", "none is sent"),
        ("Longest answer", "what the model’s server takes for granted", "1,500"),
    ]
    assert "<del>0.20</del>" in response.content.decode()


def test_a_version_taken_back_counts_for_the_next_reply(admin: Client, settings):
    settings.OPENAI_API_KEY = "sk-test-key"
    version(model="one")
    version(model="two")
    assert choose.setup().model == "two"
    page = admin.get(f"{to(TAKE_BACK)}?version=1").content.decode()
    assert "<del>two</del>" in page
    assert "<ins>one</ins>" in page
    assert "Version 1 is back, as version 3" in said(admin.post(to(TAKE_BACK), {"version": 1, "counting": 2}))
    assert choose.setup().model == "one"
    assert ModelSettings.objects.newest().get().note == "Taken back from version 1"


def test_the_environments_values_can_be_had_again(admin: Client, settings):
    settings.OPENAI_MODEL = "tiny-model"
    version()
    admin.post(to(TAKE_BACK), {"version": 0, "counting": 1})
    assert ModelSettings.objects.newest().get().model == "tiny-model"


def test_values_of_the_environment_that_no_version_may_have_are_not_taken_back(admin: Client, settings):
    settings.MODEL_CONTEXT_CHARS = 100
    version()
    assert BAD_CONTEXT in said(admin.post(to(TAKE_BACK), {"version": 0, "counting": 1}))
    assert ModelSettings.objects.count() == 1


# --- what counts --------------------------------------------------------------------------------------------------


@pytest.fixture
def connected(settings):
    """A site that has a model."""
    settings.OPENAI_API_KEY, settings.OPENAI_MODEL = "sk-test-key", "tiny-model"


def test_rules_and_settings_are_read_in_one_query(connected, django_assert_num_queries):
    version()
    Prompt.objects.create(text="Be brief.")
    with django_assert_num_queries(1):
        setup = choose.setup()
    assert (setup.model, setup.rules.text, setup.rules.version) == ("big-model", "Be brief.", "1")


def test_without_a_model_none_is_read(django_assert_num_queries):
    version()
    with django_assert_num_queries(0):
        assert choose.setup().model == "extractive"


def test_without_a_version_the_environments_values_count(connected):
    assert choose.setup().model == "tiny-model"
    assert choose.setup().rules is None


def test_all_versions_share_the_calls_and_connections_of_their_server(connected):
    sources = [choose.setup().source]
    for name in ("one", "two"):
        version(model=name)
        sources.append(choose.setup().source)
    assert [source.name for source in sources] == ["tiny-model", "one", "two"]
    assert len({id(source._server) for source in sources}) == 1


def test_a_reply_that_is_claimed_is_written_with_what_it_was_claimed_with(connected, alice: User, article: Article):
    version(model="one")
    reply, held = submit(alice, Question("When?", article=article.slug))
    version(model="two")
    assert (held.source.name, reply.model) == ("one", "one")


@pytest.mark.server
def test_a_new_version_counts_from_the_next_reply_on(reader: Reader, article: Article, model: FakeModel):
    reader.ask(article="feasts")
    version(model="one", max_tokens=99, max_tokens_field="max_completion_tokens")
    reader.ask(article="feasts")
    version(model="two", temperature=None)
    reader.ask(article="feasts")
    sent = [
        tuple(request.body.get(name) for name in ("model", "temperature", "max_tokens", "max_completion_tokens"))
        for request in model.requests
    ]
    assert sent == [("gpt-4o-mini", 0.8, None, None), ("one", 0.2, None, 99), ("two", None, None, None)]
    replies = Message.objects.filter(role=Role.ASSISTANT).order_by("pk")
    recorded = [(reply.model, reply.settings_version) for reply in replies]
    assert recorded == [("gpt-4o-mini", None), ("one", 1), ("two", 2)]


@pytest.mark.server
def test_how_much_text_is_sent_is_a_setting(reader: Reader, article: Article, model: FakeModel):
    article.publish("".join(f"## Day {n}\n\n{f'On day {n} people share bread. ' * 100}\n\n" for n in range(6)))
    reader.ask("What about day 3?", article="feasts")
    version(context_chars=9000)
    reader.ask("What about day 3?", article="feasts")
    replies = Message.objects.filter(role=Role.ASSISTANT).order_by("pk")
    assert [(reply.passages_given, reply.passages_total) for reply in replies] == [(6, 6), (1, 6)]
