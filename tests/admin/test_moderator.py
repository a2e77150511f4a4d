"""A moderator without the permission to read: no page, search, filter or log of the desk tells a reader's word."""

from collections.abc import Iterator

import pytest
from django.contrib import admin as desk
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from chat.models import (
    Citation,
    Conversation,
    ConversationReading,
    Feedback,
    Message,
    Passage,
    SearchEntry,
    Share,
    Status,
    User,
)
from chat.models.search import index
from chat.views.sharing import snapshot_of
from tests.admin import powers
from tests.admin.pages import allow, to

# A word of its own for every column in which readers' words stand, or what answers made of them.
QUESTION, ANSWER, TITLE, QUOTED, PASSAGE, OPINION, TOKEN = (
    *("Zanzibarquestion", "Zanzibaranswer", "Zanzibartitle", "Zanzibarquoted", "Zanzibarpassage", "Zanzibaropinion"),
    "Zanzibartoken",
)
WORDS = (QUESTION, ANSWER, TITLE, QUOTED, PASSAGE, OPINION, TOKEN)
COLUMNS = {
    Message: {"text"},
    Conversation: {"title"},
    Citation: {"exact", "prefix", "suffix"},
    Passage: {"exact", "prefix", "suffix"},
    Feedback: {"words"},
    Share: {"token", "snapshot"},
    SearchEntry: {"words"},
    User: {"password"},
}
SEEN = ("conversation", "message", "feedback", "user")
# How far from a row that is listed, as from a user over conversations to messages: Django lets no address ask further
# than one, but for the filters of a list.
HOPS = 2


@pytest.fixture
def reply(alice, article) -> Message:
    """An answer with everything that there can be about one."""
    conversation = Conversation.objects.create(owner=alice, article=article, title=TITLE)
    reply = conversation.ask(f"{QUESTION} feasts?")
    Message.objects.filter(pk=reply.pk).update(status=Status.COMPLETE, text=f"{ANSWER} in July.", writer="Zanzibar")
    reply.refresh_from_db()
    index(reply)
    place = {"revision": article.revision, "start": 31, "end": 43}
    Citation.objects.create(reply=reply, ordinal=1, exact=QUOTED, prefix=QUOTED, suffix=QUOTED, **place)
    Passage.objects.create(question=reply.parent, exact=PASSAGE, letters_before=20, **place)
    Feedback.objects.note(reply, -1, f"{OPINION}, utterly feeble")
    Share.objects.create(conversation=conversation, token=TOKEN, snapshot=snapshot_of(conversation))
    return reply


@pytest.fixture
def moderator(stan) -> User:
    stan.groups.add(Group.objects.get(name="Moderator"))
    return User.objects.get(pk=stan.pk)


@pytest.fixture
def browser(client, moderator, reply) -> Client:
    client.force_login(moderator)
    return client


def told(response) -> str:
    """Return everything that the browser gets."""
    return f"{response.headers} {response.cookies} {response.content.decode()}"


# --- Pages --------------------------------------------------------------------------------------------------------


def pages_about(reply: Message) -> Iterator[str]:
    """Yield every page of the desk about these rows: as a page, as a popup, with a list to go back to."""
    rows = {Message: (reply, reply.parent), Conversation: (reply.conversation,), User: (reply.conversation.owner,)}
    rows |= {Feedback: (reply.feedback,), Citation: tuple(reply.citations.all()), Share: tuple(Share.objects.all())}
    for address in powers.addresses():
        model = powers.model_of(address.name)
        found = rows.get(model, [model._base_manager.first()] if model else [])
        for row in found or [None]:
            path = address.path.replace("<int:content_type_id>", "1")
            for place in ("<path:object_id>", "<int:object_id>", "<id>"):
                path = path.replace(place, str(row.pk) if row else "1")
            if "(?P" not in path:
                yield from (path, f"{path}?_popup=1&_to_field=id", f"{path}?_changelist_filters=q%3D{QUESTION}")
                yield f"{path}?_facets=True"


def test_no_page_shows_a_word(browser, reply):
    seen = 0
    for address in pages_about(reply):
        response = browser.get(address)
        seen += response.status_code == 200
        hidden = address.replace("%3D" + QUESTION, "")
        answer = told(response).replace(f"q%3D{QUESTION}", "").replace(f"q={QUESTION}", "")
        assert not [word for word in WORDS if word in answer], hidden
    assert seen > 50


def test_the_rows_are_there_without_their_words(browser, reply):
    page = browser.get(to("feedback_change", reply.feedback.pk)).content.decode()
    assert "Not helpful" in page
    assert "alice" in page
    assert "feeble" not in page


def test_nothing_leads_from_a_row_to_its_page_on_the_site(browser, reply):
    """Django's own address for that would tell the secret address of a shared copy."""
    for kind in ContentType.objects.all():
        row = kind.model_class() and kind.model_class()._base_manager.first()
        if row is not None:
            response = browser.get(reverse("admin:view_on_site", args=[kind.pk, row.pk]))
            assert response.status_code == 404, kind
    assert browser.get("/admin/r/1/none/").status_code == 404
    assert browser.get("/admin/r/99999/1/").status_code == 404


def test_an_editor_is_led_to_an_article(client, eve, article):
    client.force_login(eve)
    kind = ContentType.objects.get_for_model(article)
    assert client.get(reverse("admin:view_on_site", args=[kind.pk, article.pk])).url == article.get_absolute_url()


def test_the_pages_of_the_site_are_their_readers_alone(browser, reply):
    code = reply.conversation.code
    for end in ("", "export.md", "export.json", "share/", "rename/"):
        assert browser.get(f"/conversations/{code}/{end}").status_code == 404
    for end in ("events", "next", "markdown"):
        assert browser.get(f"/replies/{reply.code}/{end}").status_code == 404
    assert QUESTION not in browser.get("/conversations/search/", {"q": "feasts"}).content.decode()


# --- Search and filters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", SEEN)
def test_no_search_finds_a_word_or_a_beginning_of_one(browser, model):
    asked = [{"q": word} for word in (*WORDS, WORDS[0][:10], f'"{WORDS[0]}"', f"{WORDS[0]} alice")]
    for query in (*asked, {"q": WORDS[0], "_popup": 1}):
        assert browser.get(to(f"{model}_changelist"), query).context["cl"].result_count == 0


@pytest.mark.parametrize("model", SEEN)
def test_rows_are_found_by_their_reader(browser, model):
    assert browser.get(to(f"{model}_changelist"), {"q": "alice"}).context["cl"].result_count >= 1


def test_no_box_completes_a_word(browser):
    for model in desk.site._registry:
        for field in (field for field in model._meta.get_fields() if field.is_relation and not field.auto_created):
            query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
            response = browser.get("/admin/autocomplete/", {**query, "term": "Zanzibar"})
            assert response.status_code in (403, 404) or response.json()["results"] == [], field
            response = browser.get("/admin/autocomplete/", {**query, "term": ""})
            assert not [word for word in WORDS if word in told(response)], field


def columns(model: type[Model], path: tuple[str, ...] = (), hops: int = HOPS) -> Iterator[str]:
    """Yield the lookups that lead from a model to a column with words, or to a password."""
    for field in model._meta.get_fields():
        name = field.name  # of a relation from elsewhere, what lookups call it
        if name in COLUMNS.get(model, ()):
            yield "__".join((*path, name))
        if field.is_relation and hops and field.related_model and name not in path:
            yield from columns(field.related_model, (*path, name), hops - 1)


@pytest.mark.parametrize("model", SEEN)
def test_no_address_asks_for_a_column_with_words(browser, model):
    kind = next(kind for kind in desk.site._registry if kind._meta.label_lower == f"chat.{model}")
    lookups = sorted(set(columns(kind)))
    assert len(lookups) > 5
    allowed = []
    for at, lookup in enumerate(lookups):
        how = ("startswith", "contains", "regex", "lt", "in", "isnull", "iexact")[at % 7]
        for asked in (lookup, f"{lookup}__{how}"):
            if browser.get(to(f"{model}_changelist"), {asked: "Zanzibar"}).status_code != 400:
                allowed.append(asked)
    assert allowed == []


@pytest.mark.parametrize("lookup", ["text", "title", "words", "owner__password", "conversation__owner__password"])
@pytest.mark.parametrize("how", ["startswith", "gt", "isnull", "length", "endswith"])
def test_no_address_asks_for_words_in_another_way(browser, lookup, how):
    for model in SEEN:
        for value in ("Z", "1"):
            response = browser.get(to(f"{model}_changelist"), {f"{lookup}__{how}": value})
            assert response.status_code in (302, 400)
            if response.status_code == 302:  # there is no such column
                assert response.url == f"{to(f'{model}_changelist')}?e=1"


@pytest.mark.parametrize(
    "query", ["?o=text", "?o=-text.title", "?o=99", "?ordering=text", "?_to_field=text", "?e=text"]
)
def test_no_address_sorts_or_names_rows_by_their_words(browser, query, reply):
    for model in SEEN:
        response = browser.get(to(f"{model}_changelist") + query)
        assert response.status_code in (200, 302, 400)
        assert not [word for word in WORDS if word in told(response)]


def test_no_page_is_opened_by_words_in_the_place_of_a_key(browser, reply):
    for field, value in (("text", f"{ANSWER} in July."), ("conversation__title", TITLE)):
        response = browser.get(to("message_change", value), {"_to_field": field, "_popup": 1})
        assert response.status_code == 400


# --- What is noted ------------------------------------------------------------------------------------------------


def test_what_others_do_with_the_rows_leaves_no_word_in_the_log(client, admin, eve, alice, reply):
    admin.get(to("conversation_change", reply.conversation_id))
    chosen = {"action": "delete_selected", "_selected_action": reply.conversation_id, "post": "yes"}
    assert admin.post(to("conversation_changelist"), chosen).status_code == 302
    assert admin.post(to("user_delete", alice.pk), {"post": "yes"}).status_code == 302
    entries = list(LogEntry.objects.all())
    assert len(entries) == 2
    for entry in entries:
        assert not [word for word in WORDS if word in f"{entry.object_repr} {entry.change_message}"]


def test_who_may_read_leaves_none_either_for_those_who_may_not(browser, eve, reply):
    reader = Client()
    reader.force_login(eve)
    assert QUESTION in reader.get(to("message_change", reply.parent_id)).content.decode()
    assert ConversationReading.objects.count() == 1
    for model, row in (("conversation", reply.conversation_id), ("message", reply.pk), ("feedback", reply.feedback.pk)):
        assert not [word for word in WORDS if word in told(browser.get(to(f"{model}_history", row)))]


def test_words_of_an_opinion_are_shown_with_the_permission_and_that_is_noted(client, stan, reply):
    client.force_login(allow(stan, "view_feedback", "read_conversation"))
    assert OPINION in client.get(to("feedback_change", reply.feedback.pk)).content.decode()
    assert ConversationReading.objects.get().conversation == reply.conversation
    assert OPINION not in client.get(to("feedback_changelist")).content.decode()
    assert client.get(to("feedback_changelist"), {"q": OPINION}).context["cl"].result_count == 1
