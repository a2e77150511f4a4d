"""The rules for the language model in the admin: read all versions, add one, change none."""

import threading

import pytest
from django.db import connection

from chat.admin.prompts import ADDED, MAX_CHARS
from chat.answering.prompt import DEFAULT_RULES
from chat.models import Prompt
from tests.admin.pages import ESCAPED, SCRIPT, allow, to

ADD = "prompt_add"
LIST = "prompt_changelist"


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
