"""A reader's HTTP client: logged in, with its CSRF token, asking and following."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import httpx2
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from chat.models import User
from tests.sse_client import Received, events

# Any 32 letters: Django compares the header with the cookie.
TOKEN = "t" * 32


def session_cookie(user: User) -> str:
    """Return the cookie of a new session of user, made as a login makes it."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


class Reader:
    """What one browser does, without the browser."""

    def __init__(self, url: str, user: User | None = None) -> None:
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=5)
        self.client = httpx2.Client(base_url=url, timeout=30, limits=limits, headers={"X-CSRFToken": TOKEN})
        self.client.cookies.set("csrftoken", TOKEN)
        if user:
            self.client.cookies.set("sessionid", session_cookie(user))

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *error: object) -> None:
        self.client.close()

    def post(self, message: object, query: str = "", **body: Any) -> httpx2.Response:
        """Ask and read the whole response."""
        return self.client.post(f"/chat{query}", json={"message": message, **body})

    def ask(self, message: str = "When is Bastille Day?", query: str = "", **body: Any) -> Received:
        """Ask and take all events until the end."""
        with self.asking(message, query, **body) as stream:
            return stream.to_end()

    @contextmanager
    def asking(self, message: str = "Tell me.", query: str = "", **body: Any) -> Iterator["Stream"]:
        """Ask and hand over the open stream."""
        body.setdefault("key", str(uuid.uuid4()))
        with self.client.stream("POST", f"/chat{query}", json={"message": message, **body}) as response:
            yield Stream(response)

    @contextmanager
    def following(self, address: str, last_event_id: str | None = None) -> Iterator["Stream"]:
        """Open the events of a reply."""
        headers = {"Last-Event-ID": last_event_id} if last_event_id is not None else {}
        with self.client.stream("GET", address, headers=headers) as response:
            yield Stream(response)

    def follow(self, address: str, last_event_id: str | None = None) -> Received:
        """Take all events of a reply until the end."""
        with self.following(address, last_event_id) as stream:
            return stream.to_end()

    def stop(self, received: Received) -> httpx2.Response:
        return self.client.post(received.reply["stop"])


class Stream:
    """An open event stream and what came so far."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.received = Received()
        self._events = events(response.iter_raw())

    def until(self, text: str) -> Received:
        """Take events until the text so far holds the given words."""
        for event in self._events:
            self.received.take(event)
            if text in self.received.text:
                return self.received
        raise AssertionError(f"The stream ended without {text!r}: {self.received}")

    def until_status(self, **status: object) -> Received:
        """Take events until one tells this status."""
        for event in self._events:
            self.received.take(event)
            if self.received.statuses[-1:] == [status]:
                return self.received
        raise AssertionError(f"The stream ended without {status}: {self.received}")

    def until_end_of_stream(self) -> Received:
        """Take all events, whatever the last one is."""
        for event in self._events:
            self.received.take(event)
        return self.received

    def to_end(self) -> Received:
        """Take all events; the last one must be the end mark."""
        assert self.response.status_code == 200, self.response.read()
        assert self.until_end_of_stream().is_over, self.received
        return self.received
