"""Accounts in the admin: adding and deleting them, and who may hand out powers."""

from django.urls import reverse

from chat.models import Conversation, Usage, User
from tests.admin.pages import allow, to


def test_a_user_is_added_with_an_address(admin):
    form = {"username": "carla", "email": "carla@example.org", "usable_password": "true"}
    admin.post(to("user_add"), form | {"password1": "a-long-pass-phrase", "password2": "a-long-pass-phrase"})
    carla = User.objects.get(username="carla")
    assert carla.email == "carla@example.org"
    assert carla.check_password("a-long-pass-phrase")


def test_a_user_is_deleted_with_everything_of_theirs(admin, alice, records):
    assert admin.post(to("user_delete", alice.pk), {"post": "yes"}).status_code == 302
    assert not Conversation.objects.exists()
    assert not Usage.objects.exists()


def test_who_looks_after_readers_cannot_hand_out_powers(client, stan, alice):
    client.force_login(allow(stan, "view_user", "change_user"))
    form = {"username": "alicia", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    form |= {"date_joined_0": "2026-11-22", "date_joined_1": "12:00:00"}
    assert client.post(to("user_change", alice.pk), form).status_code == 302
    alice.refresh_from_db()
    assert (alice.username, alice.is_staff, alice.is_superuser) == ("alicia", False, False)


def test_who_looks_after_readers_cannot_touch_an_administrator(client, stan, eve):
    client.force_login(allow(stan, "view_user", "change_user", "delete_user"))
    password = {"usable_password": "true", "password1": "a-long-pass-phrase", "password2": "a-long-pass-phrase"}
    assert client.post(reverse("admin:auth_user_password_change", args=[eve.pk]), password).status_code == 403
    assert client.post(to("user_change", eve.pk), {"username": "eva"}).status_code == 403
    assert client.post(to("user_delete", eve.pk), {"post": "yes"}).status_code == 403
