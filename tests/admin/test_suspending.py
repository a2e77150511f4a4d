"""Suspending accounts in the desk: who may, whom, why, and what is noted; and readmitting them."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client

from chat.models import Message, Status, Suspension, User
from chat.models.belongings import account_as_dict
from tests.account import logged_in
from tests.admin.pages import allow, said, to

WHY = "Writes to everybody in capitals."


@pytest.fixture
def moderator(stan) -> User:
    stan.groups.add(Group.objects.get(name="Moderator"))
    return User.objects.get(pk=stan.pk)


@pytest.fixture
def desk(client, moderator) -> Client:
    client.force_login(moderator)
    return client


def state_of(user: User) -> tuple[bool, str | None]:
    user = User.objects.get(pk=user.pk)
    row = Suspension.objects.filter(user=user).first()
    return user.is_active, row and row.reason


def test_a_reader_is_suspended_on_their_page_with_a_reason(desk, alice, moderator):
    page = desk.get(to("user_change", alice.pk)).content.decode()
    assert f'href="{to("user_suspend", alice.pk)}"' in page
    assert desk.get(to("user_suspend", alice.pk)).status_code == 200
    answer = desk.post(to("user_suspend", alice.pk), {"reason": f"  {WHY}\n"})
    assert answer.url == to("user_change", alice.pk)
    assert said(answer) == "Suspended: alice."
    assert state_of(alice) == (False, WHY)
    page = desk.get(to("user_change", alice.pk)).content.decode()
    assert "by stan: Writes to everybody in capitals." in page
    assert f'href="{to("user_readmit", alice.pk)}"' in page


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_without_a_reason_nothing_is_done(desk, alice, reason):
    answer = desk.post(to("user_suspend", alice.pk), {"reason": reason})
    assert answer.status_code == 400
    assert reason == "x" * 301 or "Say why" in answer.content.decode()
    assert state_of(alice) == (True, None)


def test_it_is_noted_who_did_it_and_why(desk, moderator, alice):
    desk.post(to("user_suspend", alice.pk), {"reason": WHY})
    desk.post(to("user_readmit", alice.pk), {"reason": "Promised to whisper."})
    noted = [(entry.user, entry.object_repr, entry.change_message) for entry in LogEntry.objects.order_by("pk")]
    words = (f"Suspended: {WHY}", "Readmitted: Promised to whisper.")
    assert noted == [(moderator, "alice", text) for text in words]
    history = desk.get(to("user_history", alice.pk)).content.decode()
    assert all(text in history for text in words)


def test_readmitting_undoes_it(desk, alice):
    desk.post(to("user_suspend", alice.pk), {"reason": WHY})
    assert desk.post(to("user_readmit", alice.pk), {"reason": ""}).status_code == 400
    assert desk.post(to("user_readmit", alice.pk), {"reason": "Promised."}).status_code == 302
    assert state_of(alice) == (True, None)
    assert logged_in("alice").get("/conversations/").status_code == 200


def test_an_account_that_is_in_that_state_already_stays_so(desk, alice):
    assert "is open" in said(desk.get(to("user_readmit", alice.pk)))
    desk.post(to("user_suspend", alice.pk), {"reason": WHY})
    again = desk.post(to("user_suspend", alice.pk), {"reason": "Another"})
    assert "is suspended already" in said(again)
    assert state_of(alice) == (False, WHY)
    assert LogEntry.objects.count() == 1


def test_an_account_that_was_closed_before_there_were_reasons_is_readmitted(desk, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert '<div class="readonly">Closed</div>' in desk.get(to("user_change", alice.pk)).content.decode()
    desk.post(to("user_readmit", alice.pk), {"reason": "Promised."})
    assert state_of(alice) == (True, None)


def test_nobody_is_404(desk):
    assert desk.get(to("user_suspend", 999_999)).status_code == 404


# --- Whom ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("powers", [{"is_staff": True}, {"is_superuser": True}])
@pytest.mark.parametrize("page", ["suspend", "readmit"])
def test_a_moderator_does_it_to_nobody_of_the_desk(desk, bob, powers, page):
    User.objects.filter(pk=bob.pk).update(**powers, is_active=page == "suspend")
    assert to(f"user_{page}", bob.pk) not in desk.get(to("user_change", bob.pk)).content.decode()
    assert desk.post(to(f"user_{page}", bob.pk), {"reason": WHY}).status_code == 403
    chosen = {"action": page, "_selected_action": bob.pk, "confirmed": "yes", "reason": WHY}
    assert "None of the chosen accounts" in said(desk.post(to("user_changelist"), chosen))
    assert state_of(bob)[0] == (page == "suspend")


def test_a_superuser_suspends_staff_but_not_themselves(admin, eve, moderator):
    assert admin.post(to("user_suspend", eve.pk), {"reason": WHY}).status_code == 403
    assert admin.post(to("user_suspend", moderator.pk), {"reason": WHY}).status_code == 302
    assert (state_of(eve), state_of(moderator)) == ((True, None), (False, WHY))


def test_it_takes_the_permission(client, stan, alice):
    client.force_login(allow(stan, "view_user", "change_user", "delete_user"))
    for page in ("suspend", "readmit"):
        assert client.get(to(f"user_{page}", alice.pk)).status_code == 403
        assert client.post(to(f"user_{page}", alice.pk), {"reason": WHY}).status_code == 403
    assert to("user_suspend", alice.pk) not in client.get(to("user_change", alice.pk)).content.decode()
    assert state_of(alice) == (True, None)


# --- Several ------------------------------------------------------------------------------------------------------


def test_several_are_suspended_in_the_list_and_readmitted(desk, alice, bob, eve):
    chosen = {"action": "suspend", "_selected_action": [alice.pk, bob.pk, eve.pk]}
    page = desk.post(to("user_changelist"), chosen).content.decode()
    assert "alice (alice@example.org)" in page
    assert "Left out, because only a superuser may do it, or because it is your own account: eve." in page
    assert page.count('name="_selected_action"') == 2
    answer = desk.post(to("user_changelist"), {**chosen, "confirmed": "yes", "reason": WHY})
    assert said(answer) == "Suspended: alice, bob."
    assert [state_of(user) for user in (alice, bob, eve)] == [(False, WHY), (False, WHY), (True, None)]
    chosen["action"] = "readmit"
    assert "Readmit 2 accounts" in desk.post(to("user_changelist"), chosen).content.decode()
    desk.post(to("user_changelist"), {**chosen, "confirmed": "yes", "reason": "Promised."})
    assert [state_of(user) for user in (alice, bob)] == [(True, None), (True, None)]
    assert LogEntry.objects.count() == 4


def test_several_are_not_suspended_without_a_reason(desk, alice, bob):
    chosen = {"action": "suspend", "_selected_action": [alice.pk, bob.pk], "confirmed": "yes", "reason": ""}
    answer = desk.post(to("user_changelist"), chosen)
    assert answer.status_code == 400
    assert 'name="confirmed"' in answer.content.decode()
    assert state_of(alice) == (True, None)


def test_more_than_one_looks_through_are_not_suspended_at_once(desk):
    crowd = User.objects.bulk_create([User(username=f"reader{n}", email=f"r{n}@example.org") for n in range(101)])
    chosen = {"action": "suspend", "_selected_action": [row.pk for row in crowd]}
    assert said(desk.post(to("user_changelist"), chosen)) == "Choose at most 100 accounts at once."


# --- What it does -------------------------------------------------------------------------------------------------


@pytest.fixture
def suspended(desk, alice) -> User:
    desk.post(to("user_suspend", alice.pk), {"reason": WHY})
    return alice


def test_who_logs_in_is_told_in_a_sentence(suspended):
    form = {"login": "alice", "password": "alice-password"}
    answer = Client().post("/accounts/login/", form, follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/inactive/"
    page = answer.content.decode()
    assert "This account is suspended" in page
    assert WHY not in page


def test_a_wrong_password_does_not_tell(suspended):
    answer = Client().post("/accounts/login/", {"login": "alice", "password": "wrong"}, follow=True)
    assert "suspended" not in answer.content.decode()


@pytest.mark.parametrize("way", ["by form", "without a list"])
def test_sessions_end_and_do_not_come_back(desk, alice, way):
    browser = logged_in("alice")
    if way == "without a list":
        browser = Client()
        browser.force_login(alice)
    assert browser.get("/conversations/").status_code == 200
    desk.post(to("user_suspend", alice.pk), {"reason": WHY})
    assert browser.get("/conversations/").status_code == 302
    assert browser.post("/chat", {"message": "?"}, "application/json").status_code == 401
    desk.post(to("user_readmit", alice.pk), {"reason": "Promised."})
    assert browser.get("/conversations/").status_code == 302
    again = logged_in("alice")
    assert again.get("/conversations/").status_code == 200


def test_an_answer_that_nobody_writes_is_asked_to_stop(desk, alice, article):
    reply = alice.conversations.create(article=article).ask("When?")
    desk.post(to("user_suspend", alice.pk), {"reason": WHY})
    reply.refresh_from_db()
    assert reply.stop_requested_at
    assert Message.objects.filter(status=Status.PENDING).count() == 1  # the sweep ends it as stopped


def test_no_link_to_a_new_password_is_sent(suspended, mailoutbox):
    Client().post("/accounts/password/reset/", {"email": "alice@example.org"})
    assert not any("/password/reset/key/" in mail.body for mail in mailoutbox)


def test_the_account_tells_it_to_whoever_exports_it(suspended):
    assert account_as_dict(User.objects.get(pk=suspended.pk))["suspended"]["reason"] == WHY


# --- What a moderator sees of accounts ----------------------------------------------------------------------------


def test_a_moderator_sees_the_state_of_an_account_and_changes_nothing_else(desk, alice):
    page = desk.get(to("user_change", alice.pk)).content.decode()
    assert "alice@example.org" in page
    for hidden in ("password", "Password", "user_permissions", "Superuser status", "Time zone", "Set one", "_save"):
        assert hidden not in page.split('id="content-main"')[1], hidden
    form = {"username": "alicia", "email": "other@example.org", "is_staff": "on", "date_joined_0": "2026-11-22"}
    assert desk.post(to("user_change", alice.pk), form).status_code == 403
    assert desk.post(f"/admin/chat/user/{alice.pk}/password/", {}).status_code == 403
    assert desk.post(to("user_delete", alice.pk), {"post": "yes"}).status_code == 403
    assert desk.post("/admin/account/emailaddress/add/", {}).status_code == 403
    alice.refresh_from_db()
    assert (alice.username, alice.email, alice.is_staff) == ("alice", "alice@example.org", False)


def test_the_pages_of_an_account_take_few_queries(desk, alice, django_assert_max_num_queries):
    for address in (to("user_change", alice.pk), to("user_suspend", alice.pk)):
        with django_assert_max_num_queries(12):
            assert desk.get(address).status_code == 200
    desk.post(to("user_suspend", alice.pk), {"reason": WHY})
    with django_assert_max_num_queries(12):
        assert desk.get(to("user_change", alice.pk)).status_code == 200
