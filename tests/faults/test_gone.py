"""A reader who goes while the question is being stored: what is stored is answered all the same."""

import json
import socket
import time

import pytest
from django.db import transaction
from django.utils import timezone

from chat.models import Message, Role, Status, Usage, User
from tests.fake_model import FakeModel
from tests.reader import TOKEN, session_cookie
from tests.site import Site

pytestmark = pytest.mark.server


def request(path: str, content_type: str, body: str, user: User) -> bytes:
    """Return a POST as it goes over the wire."""
    head = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        f"Cookie: sessionid={session_cookie(user)}; csrftoken={TOKEN}",
        f"X-CSRFToken: {TOKEN}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, "", body]).encode()


@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("/chat", "application/json", json.dumps({"message": "When?"})),
        ("/conversations/", "application/x-www-form-urlencoded", "message=When%3F"),
    ],
)
def test_the_reply_is_written(site: Site, alice: User, model: FakeModel, path: str, content_type: str, body: str):
    sent = request(path, content_type, body, alice)
    today = Usage.objects.create(user=alice, day=timezone.now().date())
    with transaction.atomic():
        Usage.objects.select_for_update().get(pk=today.pk)  # storing the question has to wait for this
        with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
            connection.sendall(sent)
            time.sleep(3)  # until it waits: a process that waits for a lock tells nobody
        time.sleep(2)  # until the server has noticed that the reader is gone
    model.wait_for(lambda: model.count("finished") == 1)
    deadline = time.monotonic() + 5
    while (reply := Message.objects.get(role=Role.ASSISTANT)).is_unfinished and time.monotonic() < deadline:
        time.sleep(0.05)  # nobody follows it: its row is all there is to look at
    assert (reply.status, reply.text) == (Status.COMPLETE, "Hello, world.")
