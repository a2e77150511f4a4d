"""A reader at their account: a browser in which they have logged in, and have just said again that it is them."""

from typing import Any

from django.test import Client

LOGIN, AGAIN = "/accounts/login/", "/accounts/reauthenticate/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def logged_in(name: str, **headers: str) -> Client:
    """Log in with the password, as a form does it; the session is listed then."""
    client = Client(headers={"user-agent": FIREFOX, **headers})
    answer = client.post(LOGIN, {"login": name, "password": f"{name}-password"})
    assert answer.status_code == 302, answer.content
    return client


def said_again(client: Client, name: str) -> Client:
    """Enter the password once more, as is asked before locks are changed."""
    assert client.post(AGAIN, {"password": f"{name}-password"}).status_code == 302
    return client


def text_of(client: Client, path: str, **more: Any) -> str:
    """Return a page as text."""
    return client.get(path, **more).content.decode()
