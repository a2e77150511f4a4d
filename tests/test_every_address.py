"""Every address of the site, opened as a visitor, as the owner, as another reader and as staff."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from chat.models import Article, Conversation, Message, Share, Status, User
from chat.views.sharing import snapshot_of

LOGIN = 302
AGAIN = 302  # to the page that asks for the password once more
TOKEN = "a-shared-copy"
# Statuses for: a visitor, Alice (whose rows they are), Bob, Eve (staff). An address that is not listed fails the test.
SITE = {
    "chat:front": (200, 200, 200, 200),
    "chat:article": (200, 200, 200, 200),
    "chat:cover": (404, 404, 404, 404),  # tests/test_covers.py has one
    "chat:theme": (405, 405, 405, 405),
    "chat:typography": (405, 405, 405, 405),
    "chat:conversations": (LOGIN, 200, 200, 200),
    "chat:new": (LOGIN, 200, 200, 200),
    "chat:conversation": (LOGIN, 200, 404, 404),
    "chat:rename": (LOGIN, 200, 404, 404),
    "chat:delete": (LOGIN, 200, 404, 404),
    "chat:account": (LOGIN, 200, 200, 200),
    "chat:sessions": (LOGIN, 200, 200, 200),
    "chat:account_data": (LOGIN, 200, 200, 200),
    "chat:account_readings": (LOGIN, 200, 200, 200),
    "chat:account_download": (LOGIN, 200, 200, 200),
    "chat:account_delete": (LOGIN, AGAIN, AGAIN, AGAIN),
    "chat:account_deleted": (200, 200, 200, 200),
    "chat:archive": (LOGIN, 405, 405, 405),
    "chat:unarchive": (LOGIN, 405, 405, 405),
    "chat:restore": (LOGIN, 405, 405, 405),
    "chat:share": (LOGIN, 200, 404, 404),
    "chat:export_markdown": (LOGIN, 200, 404, 404),
    "chat:export_json": (LOGIN, 200, 404, 404),
    "chat:beside": (204, 200, 200, 200),
    "chat:search": (LOGIN, 200, 200, 200),
    "chat:shared": (200, 200, 200, 200),
    "chat:revoke": (LOGIN, 405, 405, 405),
    "chat:chat": (405, 405, 405, 405),
    "chat:events": (401, 204, 404, 404),
    "chat:stop": (405, 405, 405, 405),
    "chat:continue_reply": (405, 405, 405, 405),
    "chat:following": (401, 200, 404, 404),
    "chat:written": (401, 200, 404, 404),
    "chat:regenerate": (LOGIN, 302, 404, 404),
    "chat:feedback": (LOGIN, 302, 404, 404),
    "chat:show": (LOGIN, 302, 404, 404),
    "chat:livez": (200, 200, 200, 200),
    "chat:readyz": (200, 200, 200, 200),
    "chat:probe": (404, 404, 404, 404),  # tests/test_doctor.py has the token
    "chat:metrics": (200, 200, 200, 200),  # from this machine
    "account_login": (200, 302, 302, 302),
    "account_logout": (302, 200, 200, 200),
    "account_inactive": (200, 200, 200, 200),
    "account_signup": (200, 302, 302, 302),
    "account_reauthenticate": (LOGIN, 200, 200, 200),
    "account_email": (LOGIN, 200, 200, 200),
    "account_email_verification_sent": (200, 200, 200, 200),
    "account_change_password": (LOGIN, 200, 200, 200),
    "account_set_password": (LOGIN, 302, 302, 302),
    "account_reset_password": (200, 200, 200, 200),
    "account_reset_password_done": (200, 200, 200, 200),
    "account_reset_password_from_key": (200, 200, 200, 200),
    "account_reset_password_from_key_done": (200, 200, 200, 200),
    "account_confirm_email": (200, 200, 200, 200),
    "account_confirm_login_code": (302, 302, 302, 302),
    "mfa_index": (LOGIN, 200, 200, 200),
    "mfa_authenticate": (LOGIN, 302, 302, 302),
    "mfa_reauthenticate": (LOGIN, AGAIN, AGAIN, AGAIN),
    "mfa_activate_totp": (LOGIN, AGAIN, AGAIN, AGAIN),
    "mfa_deactivate_totp": (LOGIN, 404, 404, 404),
    "mfa_view_recovery_codes": (LOGIN, 404, 404, 404),
    "mfa_generate_recovery_codes": (LOGIN, AGAIN, AGAIN, AGAIN),
    "mfa_download_recovery_codes": (LOGIN, 404, 404, 404),
    "mfa_list_webauthn": (LOGIN, 200, 200, 200),
    "mfa_add_webauthn": (LOGIN, AGAIN, AGAIN, AGAIN),
    "mfa_reauthenticate_webauthn": (LOGIN, AGAIN, AGAIN, AGAIN),
    "mfa_remove_webauthn": (LOGIN, AGAIN, AGAIN, AGAIN),
    "mfa_edit_webauthn": (LOGIN, AGAIN, AGAIN, AGAIN),
    "mfa_login_webauthn": (LOGIN, 302, 302, 302),
}
# The same for a POST with nothing in it; addresses that are not here take no POST from anyone.
POSTS = {
    "chat:theme": (302, 302, 302, 302),
    "chat:typography": (302, 302, 302, 302),
    "chat:conversations": (LOGIN, 400, 400, 400),
    "chat:conversation": (LOGIN, 400, 404, 404),
    "chat:rename": (LOGIN, 302, 404, 404),
    "chat:delete": (LOGIN, 302, 404, 404),
    "chat:account": (LOGIN, 400, 400, 400),
    "chat:sessions": (LOGIN, 404, 404, 404),
    "chat:account_delete": (LOGIN, AGAIN, AGAIN, AGAIN),
    "chat:account_data": (LOGIN, 405, 405, 405),
    "chat:account_readings": (LOGIN, 405, 405, 405),
    "chat:account_download": (LOGIN, 405, 405, 405),
    "chat:account_deleted": (405, 405, 405, 405),
    "mfa_activate_totp": (LOGIN, AGAIN, AGAIN, AGAIN),
    "mfa_remove_webauthn": (LOGIN, AGAIN, AGAIN, AGAIN),
    "chat:archive": (LOGIN, 302, 404, 404),
    "chat:unarchive": (LOGIN, 302, 404, 404),
    "chat:restore": (LOGIN, 404, 404, 404),  # only what was deleted
    "chat:share": (LOGIN, 302, 404, 404),
    "chat:revoke": (LOGIN, 302, 404, 404),
    "chat:export_markdown": (LOGIN, 405, 405, 405),
    "chat:export_json": (LOGIN, 405, 405, 405),
    "chat:beside": (405, 405, 405, 405),
    "chat:search": (LOGIN, 405, 405, 405),
    "chat:shared": (405, 405, 405, 405),
    "chat:chat": (401, 400, 400, 400),
    "chat:stop": (401, 202, 404, 404),
    "chat:continue_reply": (401, 202, 404, 404),
    "chat:front": (405, 405, 405, 405),
    "chat:article": (405, 405, 405, 405),
    "chat:new": (LOGIN, 405, 405, 405),
    "chat:events": (405, 405, 405, 405),
    "chat:following": (405, 405, 405, 405),
    "chat:written": (405, 405, 405, 405),
    "chat:feedback": (LOGIN, 400, 404, 404),
    "chat:show": (LOGIN, 302, 404, 404),
}


@dataclass(frozen=True)
class Address:
    """A URL pattern with its full name and path."""

    name: str
    path: str


def addresses(resolver: URLResolver | None = None, namespace: str = "", above: str = "") -> Iterator[Address]:
    """Yield every pattern of the site."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = above + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry, inner, path)
        elif isinstance(entry, URLPattern):
            yield Address(f"{namespace}{entry.name}", path)


ALL = list(addresses())
ADMIN = [address for address in ALL if address.name.startswith("admin:")]
OTHERS = [address for address in ALL if not address.name.startswith("admin:")]


@pytest.fixture
def reply(alice: User, article: Article) -> Message:
    """A finished reply in a conversation of Alice's about the article."""
    reply = Conversation.objects.create(owner=alice, article=article).ask("When?")
    Message.objects.filter(pk=reply.pk).update(status=Status.COMPLETE, text="Now.")
    reply.refresh_from_db()
    Share.objects.create(conversation=reply.conversation, token=TOKEN, snapshot=snapshot_of(reply.conversation))
    return reply


@pytest.fixture
def people(alice: User, bob: User, eve: User) -> tuple[Client, ...]:
    """A visitor, the owner, another reader, staff."""
    clients = Client(), Client(), Client(), Client()
    for client, user in zip(clients[1:], (alice, bob, eve), strict=True):
        client.force_login(user)
    return clients


def fill(path: str, reply: Message) -> str:
    """Return the path with Alice's rows in it."""
    is_message = path.startswith(("replies/", "messages/"))
    code = str(reply.code if is_message else reply.conversation.code)
    values = {"<uuid:code>": code, "<int:pk>": "1", "<str:slug>": reply.conversation.article.slug}
    values |= {"<slug:digest>": "0" * 32}
    values |= {"<str:token>": TOKEN}
    values |= {"^confirm-email/(?P<key>[-:\\w]+)/$": "confirm-email/x/"}
    values |= {"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "password/reset/key/1-x/"}
    for placeholder, value in values.items():
        path = path.replace(placeholder, value)
    return f"/{path}"


def test_every_address_is_listed():
    assert {address.name for address in OTHERS} == set(SITE)


@pytest.mark.parametrize("address", OTHERS, ids=lambda address: address.name)
def test_reading_it(address: Address, people: tuple[Client, ...], reply: Message):
    path = fill(address.path, reply)
    headers = {"Last-Event-ID": "4"}  # the end of the reply: its events are over
    answers = [client.get(path, headers=headers) for client in people]
    assert tuple(answer.status_code for answer in answers) == SITE[address.name]
    logins = [answer for answer in answers if answer.status_code == 302]
    assert all(answer["Location"].startswith("/") for answer in logins)


@pytest.mark.parametrize("name", POSTS)
def test_posting_to_it(name: str, people: tuple[Client, ...], reply: Message):
    (address,) = [address for address in OTHERS if address.name == name]
    path = fill(address.path, reply)
    # The owner last: a deletion must not be what makes it a 404 for the others.
    order = (0, 2, 3, 1)
    answers = {at: people[at].post(path, data={}).status_code for at in order}
    assert tuple(answers[at] for at in range(4)) == POSTS[name]


@pytest.mark.parametrize("address", ADMIN, ids=lambda address: address.path)
def test_the_admin_is_for_staff(address: Address, people: tuple[Client, ...], reply: Message, eve: User):
    path = re.sub(r"\^\(\?P<app_label>[a-z|]+\)/\$", "chat/", f"/{address.path}")  # the names in any order
    path = path.replace("(?P<url>.*)$", "nothing")
    path = path.replace("<int:content_type_id>/<path:object_id>", "1/1")
    for place in ("<path:object_id>", "<int:object_id>", "<id>"):
        path = path.replace(place, str(eve.pk))
    visitor, alice, bob, staff = (client.get(path) for client in people)
    assert visitor.status_code in (302, 404)
    for reader in (alice, bob):
        assert reader.status_code in (302, 403, 404)
    is_list = address.name.endswith(("_changelist", ":index", ":app_list"))
    assert staff.status_code in ((200,) if is_list else (200, 302, 403, 404, 405))


def test_a_code_that_does_not_exist_is_404(people: tuple[Client, ...], reply: Message):
    for path in ("/conversations/{}/", "/conversations/{}/rename/", "/conversations/{}/delete/", "/replies/{}/events"):
        assert people[1].get(path.format(uuid.uuid4())).status_code == 404
