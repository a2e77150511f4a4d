"""The rules for the language model in the admin: read all versions, add one, change none."""

import threading

import pytest
from django.db import connection
from django.test import Client

from chat.admin.prompts import ADDED
from chat.admin.rules import MAX_CHARS
from chat.answering.prompt import DEFAULT_RULES
from chat.models import Prompt
from tests.admin.pages import ESCAPED, SCRIPT, allow, said, to

ADD = "prompt_add"
LIST = "prompt_changelist"
COMPARE = "prompt_compare"
TAKE_BACK = "prompt_take_back"


def add(client, text="Be brief.", note="", based_on=0):
    return client.post(to(ADD), {"text": text, "note": note, "based_on": based_on})


def errors(response):
    return response.context["adminform"].form.errors


def test_the_form_begins_with_the_default_while_there_is_no_version(admin):
    form = admin.get(to(ADD)).context["adminform"].form
    assert (form["text"].value(), form["based_on"].value()) == (DEFAULT_RULES, 0)


def test_the_form_begins_with_the_newest_version(admin):
    Prompt.objects.create(text="Be brief.")
    Prompt.objects.create(text="Be long.", note="Readers wanted more.")
    form = admin.get(to(ADD)).context["adminform"].form
    assert (form["text"].value(), form["based_on"].value(), form["note"].value()) == ("Be long.", 2, None)


def test_a_version_is_stored_with_its_number_note_and_author(admin, eve):
    assert add(admin, "Be brief.\r\nBe kind.", "Shorter.").status_code == 302
    version = Prompt.objects.get()
    assert (version.number, version.text, version.note) == (1, "Be brief.\nBe kind.", "Shorter.")
    assert version.author == eve


def test_the_form_says_what_the_site_adds(admin):
    assert ADDED in admin.get(to(ADD)).content.decode()


def test_the_list_says_which_version_counts(admin, eve):
    for text in ("Be brief.", "Be " + "very " * 100 + "long."):
        Prompt.objects.create(text=text, note=f"{text[:6]}!", author=eve)
    response = admin.get(to(LIST))
    page = response.content.decode()
    assert [(row.number, row.is_newest) for row in response.context["cl"].result_list] == [(2, True), (1, False)]
    assert "Be brief." in page
    assert "Be bri!" in page
    assert "very " * 50 not in page


@pytest.mark.parametrize("text", ["", " \r\n\t "])
def test_an_empty_text_is_refused(admin, text):
    assert "text" in errors(add(admin, text))
    assert not Prompt.objects.exists()


def test_a_text_that_is_too_long_is_refused_with_a_reason(admin):
    assert "8,001 characters long; at most 8,000" in str(errors(add(admin, "x" * (MAX_CHARS + 1)))["text"])
    assert add(admin, "x\r\n" * (MAX_CHARS // 2)).status_code == 302


def test_an_editor_who_was_slower_is_told_once(admin, eve):
    Prompt.objects.create(text="Be brief.", author=eve)
    refused = add(admin, "Be long.", based_on=0)
    assert "While you were writing, eve saved version 1." in str(errors(refused)["text"])
    based_on = refused.context["adminform"].form["based_on"].value()
    assert add(admin, "Be long.", based_on=based_on).status_code == 302
    assert list(Prompt.objects.values_list("number", "text")) == [(2, "Be long."), (1, "Be brief.")]


def test_several_that_are_stored_at_the_same_moment_get_numbers_of_their_own(transactional_db):
    together = threading.Barrier(4)

    def store(text):
        together.wait(10)
        Prompt.objects.create(text=text)
        connection.close()

    writers = [threading.Thread(target=store, args=[f"Rule {n}."]) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    assert sorted(Prompt.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_a_version_is_shown_without_a_form_and_escaped(admin):
    version = Prompt.objects.create(text=f"Be brief. {SCRIPT}")
    page = admin.get(to("prompt_change", version.pk)).content.decode()
    assert 'name="_save"' not in page
    assert f"Be brief. {ESCAPED}" in page
    assert SCRIPT not in page


def test_no_version_is_changed_or_deleted_even_by_a_superuser(admin):
    version = Prompt.objects.create(text="Be brief.")
    posted = {"text": "Be long.", "based_on": 1}
    assert admin.post(to("prompt_change", version.pk), posted).status_code == 403
    assert admin.post(to("prompt_delete", version.pk), {"post": "yes"}).status_code == 403
    admin.post(to(LIST), {"action": "delete_selected", "_selected_action": version.pk, "post": "yes"})
    assert Prompt.objects.get().text == "Be brief."
    with pytest.raises(TypeError, match="add a new one"):
        version.save()


def test_staff_without_the_permission_see_nothing(client, stan):
    version = Prompt.objects.create(text="Be brief.")
    client.force_login(stan)
    for page in (to(LIST), to(ADD), to("prompt_change", version.pk)):
        assert client.get(page).status_code == 403
    assert add(client, based_on=1).status_code == 403


def test_who_may_only_look_does_not_add(client, stan):
    version = Prompt.objects.create(text="Be brief.")
    client.force_login(allow(stan, "view_prompt", "change_prompt", "delete_prompt"))
    assert client.get(to("prompt_change", version.pk)).status_code == 200
    assert client.get(to(ADD)).status_code == 403
    assert add(client, based_on=1).status_code == 403
    assert client.post(to("prompt_delete", version.pk), {"post": "yes"}).status_code == 403


def test_an_editor_adds_and_reads(client, stan):
    client.force_login(allow(stan, "view_prompt", "add_prompt"))
    assert add(client).status_code == 302
    assert client.get(to(LIST)).status_code == 200
    assert Prompt.objects.get().author == stan


# --- comparing, and taking back -----------------------------------------------------------------------------------


@pytest.fixture
def versions(eve):
    """Three versions of the rules."""
    texts = ("Be brief.", "Be long and kind.", "Be short and kind.")
    return [Prompt.objects.create(text=text, note=f"Note {n}.", author=eve) for n, text in enumerate(texts, 1)]


def take_back(client, version, counting, reason=""):
    return client.post(to(TAKE_BACK), {"version": version, "counting": counting, "reason": reason})


def test_two_versions_are_compared_word_by_word(admin, versions):
    page = admin.get(f"{to(COMPARE)}?from=2&to=3").content.decode()
    assert "Changes from version 2 to 3" in page
    assert '<del><span class="said">[removed: </span>long' in page
    assert '<ins><span class="said">[added: </span>short' in page
    assert "“Note 3.”" in page


def test_compared_are_the_newest_and_the_one_before_unless_others_are_named(admin, versions):
    shown = {query: admin.get(f"{to(COMPARE)}{query}").context for query in ("", "?to=2", "?from=0", "?to=0")}
    numbers = {query: (context["old"].number, context["new"].number) for query, context in shown.items()}
    assert numbers == {"": (2, 3), "?to=2": (1, 2), "?from=0": (0, 3), "?to=0": (0, 0)}


def test_without_a_version_there_is_the_beginning_to_look_at(admin):
    page = admin.get(to(COMPARE)).content.decode()
    assert "The two texts are the same." in page
    assert "the beginning" in page


@pytest.mark.parametrize("number", ["4", "x", "-1", "²", "99999999999"])
def test_a_version_that_is_not_there_is_not_found(admin, versions, number):
    for address in (f"{to(COMPARE)}?to={number}", f"{to(COMPARE)}?from={number}", f"{to(TAKE_BACK)}?version={number}"):
        assert admin.get(address).status_code == 404


def test_compared_words_are_escaped(admin):
    Prompt.objects.create(text=f"Be brief. {SCRIPT}", note=SCRIPT)
    page = admin.get(to(COMPARE)).content.decode()
    assert ESCAPED in page
    assert SCRIPT not in page


def test_the_page_before_taking_back_shows_what_would_change_and_changes_nothing(admin, versions):
    response = admin.get(f"{to(TAKE_BACK)}?version=1")
    page = response.content.decode()
    assert (response.context["old"].number, response.context["new"].number) == (1, 3)
    assert "[removed: " in page
    assert "Be brief." in page
    assert Prompt.objects.count() == 3


def test_a_version_taken_back_is_a_new_one_that_says_so(admin, eve, versions):
    response = take_back(admin, 1, counting=3, reason="  Readers\nasked. ")
    assert (response.status_code, response["Location"]) == (302, to(LIST))
    assert "Version 1 is back, as version 4" in said(response)
    newest = Prompt.objects.newest().get()
    assert (newest.number, newest.text, newest.author) == (4, "Be brief.", eve)
    assert newest.note == "Taken back from version 1: Readers asked."
    assert Prompt.objects.count() == 4


def test_the_rules_that_the_site_comes_with_can_be_had_again(admin, versions):
    assert "The beginning is back, as version 4" in said(take_back(admin, 0, counting=3))
    assert Prompt.objects.newest().get().text == DEFAULT_RULES


def test_a_reason_that_is_too_long_is_cut(admin, versions):
    take_back(admin, 1, counting=3, reason="x" * 500)
    assert len(Prompt.objects.newest().get().note) == 200


def test_what_counts_already_is_not_taken_back(admin, versions):
    assert "nothing to take back" in admin.get(f"{to(TAKE_BACK)}?version=3").content.decode()
    assert "counts already" in said(take_back(admin, 3, counting=3))
    assert Prompt.objects.count() == 3


def test_who_takes_back_is_told_of_a_version_saved_meanwhile(admin, versions):
    Prompt.objects.create(text="Be loud.")
    response = take_back(admin, 1, counting=3, reason="Why.")
    assert response.status_code == 200
    assert "saved version 4" in response.content.decode()
    assert response.context["new"].number == 4
    assert 'value="Why."' in response.content.decode()
    assert Prompt.objects.count() == 4
    assert take_back(admin, 1, counting=4).status_code == 302


def test_of_two_editors_who_save_at_once_one_is_told(transactional_db, eve):
    Prompt.objects.create(text="Be brief.")
    clients, together, answers = [Client(), Client()], threading.Barrier(2), []
    for client in clients:
        client.force_login(eve)

    def save(client):
        together.wait(10)
        answers.append(add(client, "Be long.", based_on=1).status_code)
        connection.close()

    editors = [threading.Thread(target=save, args=[client]) for client in clients]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join(30)
    assert sorted(answers) == [200, 302]
    assert Prompt.objects.count() == 2


def test_who_may_only_look_compares_and_takes_nothing_back(client, stan, versions):
    client.force_login(allow(stan, "view_prompt"))
    assert client.get(to(COMPARE)).status_code == 200
    assert "Take back" not in client.get(to(COMPARE)).content.decode()
    assert "Take back" not in client.get(to(LIST)).content.decode()
    assert client.get(f"{to(TAKE_BACK)}?version=1").status_code == 403
    assert take_back(client, 1, counting=3).status_code == 403
    assert Prompt.objects.count() == 3


def test_staff_without_the_permission_compare_nothing(client, stan, versions):
    client.force_login(stan)
    assert client.get(to(COMPARE)).status_code == 403
    client.force_login(allow(stan, "add_prompt"))
    assert client.get(to(COMPARE)).status_code == 403
    assert client.get(f"{to(TAKE_BACK)}?version=1").status_code == 403


def test_taking_back_wants_a_token(eve, versions):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(eve)
    assert take_back(strict, 1, counting=3).status_code == 403
    assert Prompt.objects.count() == 3
