"""Middleware in the event loop: it answers as Django's own does, and a request goes to a thread as rarely as it can."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, async_to_sync
from django.core.signals import request_started
from django.db import close_old_connections, connections, reset_queries
from django.http import HttpResponse
from django.test import AsyncClient
from django.utils.module_loading import import_string

from celebrations_site.asgi import django_application
from chat.models import Conversation, Message, Status, User
from tests.reader import TOKEN, session_cookie

SIGN_IN = {"login": "alice", "password": "alice-password"}
MULTIPART = {"content_type": "multipart/form-data; boundary=x", "data": b"--x--"}
JSON = {"content_type": "application/json", "data": {"message": "When?"}}
WRONG_ORIGIN = {"headers": {"origin": "https://evil.example", "x-csrftoken": TOKEN}}
# A visit in which every hook has something to do: method, path, and what else is sent.
VISIT: list[tuple[str, str, dict[str, Any]]] = [
    ("get", "/", {}),
    ("get", "/livez/", {}),
    ("get", "/conversations", {}),
    ("get", "/accounts/", {}),
    ("get", "/livez", {"headers": {"host": "evil.example"}}),
    ("get", "/livez", {"secure": True}),
    ("post", "/chat", JSON),
    ("post", "/chat", {**JSON, **WRONG_ORIGIN}),
    ("post", "/chat", {**JSON, "secure": True}),
    ("post", "/accounts/login/", {"data": SIGN_IN}),
    ("post", "/accounts/login/", {"data": {**SIGN_IN, "csrfmiddlewaretoken": "!"}}),
    ("post", "/accounts/login/", MULTIPART),
    ("get", "/accounts/login/", {}),
    ("post", "/accounts/login/", {"data": {**SIGN_IN, "csrfmiddlewaretoken": TOKEN}}),
    ("get", "/conversations/", {}),
    ("post", "/chat", {**JSON, "data": [], "headers": {"x-csrftoken": TOKEN}}),
    ("post", "/accounts/logout/", {"headers": {"x-csrftoken": TOKEN}}),
    ("get", "/", {}),
]


def visit(client: AsyncClient) -> list[tuple[object, ...]]:
    """Return the answers to a visit, without what is random in them."""
    answers = []
    client.cookies["csrftoken"], client.cookies["sessionid"] = TOKEN, "of-a-session-that-has-ended"
    for method, path, more in VISIT:
        response: HttpResponse = async_to_sync(getattr(client, method))(path, **more)
        cookies = {
            name: {key: value for key, value in cookie.items() if key != "expires"}
            for name, cookie in response.cookies.items()
        }
        client.cookies["csrftoken"] = TOKEN
        headers = {name: value for name, value in response.headers.items() if name not in ("Expires", "X-Request-ID")}
        answers.append((method, path, response.status_code, headers, cookies))
    return answers


def djangos_own(name: str) -> str:
    """Return the middleware that one of ours is made from; other ones stay."""
    base = import_string(name).__mro__[1] if name.startswith("celebrations_site.") else None
    return f"{base.__module__}.{base.__qualname__}" if base and base.__module__.startswith("django.") else name


def test_it_answers_as_djangos_own_does(alice: User, settings: Any):
    settings.SECURE_HSTS_SECONDS = 60
    ours = visit(AsyncClient(enforce_csrf_checks=True))
    names = settings.MIDDLEWARE
    settings.MIDDLEWARE = [djangos_own(name) for name in names]
    assert len(set(settings.MIDDLEWARE) - set(names)) == 6
    theirs = visit(AsyncClient(enforce_csrf_checks=True))
    for our, their in zip(ours, theirs, strict=True):
        assert our == their
    assert {status for _, _, status, _, _ in ours} == {200, 301, 302, 400, 401, 403, 404}


# --- hops -----------------------------------------------------------------------------------------------------


class Counting(ThreadPoolExecutor):
    """The one thread of a request's synchronous parts; counts how often it is asked."""

    hops = 0

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        self.hops += 1
        return super().submit(*args, **kwargs)


def hops(method: str, path: str, user: User, body: bytes = b"", **headers: str) -> tuple[int, int]:
    """Return the status of an answer and the hops that it took."""
    cookie = f"csrftoken={TOKEN}; sessionid={session_cookie(user)}"
    sent = {"host": "localhost", "cookie": cookie, "x-csrftoken": TOKEN, "content-type": "application/json", **headers}
    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }  # fmt: skip
    messages: list[dict[str, Any]] = []

    async def call(executor: Counting) -> None:
        received = iter([{"type": "http.request", "body": body}])

        async def receive() -> dict[str, Any]:
            return next(received, None) or await asyncio.Event().wait()

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        async with ThreadSensitiveContext(executor=executor):
            await django_application(scope, receive, send)

    # As celebrations_site/asgi.py does in public; tests that ask or count queries connect them again.
    request_started.disconnect(close_old_connections)
    request_started.disconnect(reset_queries)
    with Counting(1) as executor:
        asyncio.run(call(executor))
        taken = executor.hops
        executor.submit(connections.close_all).result()
    return messages[0]["status"], taken


@pytest.mark.django_db(transaction=True)
def test_a_request_takes_one_hop_for_its_work_and_one_for_its_end(alice: User):
    conversation = Conversation.objects.create(owner=alice)
    question = Message.objects.create(conversation=conversation, role="user", text="When?")
    reply = Message.objects.create(
        conversation=conversation, role="assistant", parent=question, text="Now.", status=Status.COMPLETE
    )
    # These take the same way as an ask that is accepted, and start no writer.
    unknown = b'{"message": "x", "conversation": "7b6e1e3e-0000-4000-8000-000000000000"}'
    assert hops("POST", "/chat", alice, unknown) == (404, 2)
    assert hops("GET", reply.events_url, alice, **{"last-event-id": "4"}) == (204, 2)
    assert hops("POST", reply.stop_url, alice) == (202, 2)
    assert hops("GET", "/livez", alice) == (200, 1)
