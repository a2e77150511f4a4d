"""The WebSocket of an open page: it is told when to look at its reader's conversations, and says nothing itself."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from asgiref.typing import ASGIReceiveCallable
from channels.db import database_sync_to_async
from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host

from chat import measures
from chat.replies import news
from chat.replies.sessions import readers_of


async def live(scope: Mapping[str, object], receive: ASGIReceiveCallable, send: news.Send) -> None:
    """Keep a reader's page informed until it goes. No thread and no database connection in the meantime."""
    await receive()
    headers = headers_of(scope)
    session = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
    if not is_from_here(headers):
        await send({"type": "websocket.close"})
        return
    reader = await database_sync_to_async(reader_of)(session) if session else None
    # Taken even if it is closed at once: a page learns why only from a connection that was taken.
    await send({"type": "websocket.accept"})
    page, pages = news.Page(reader or 0, session, send), news.pages()
    if reader is None or pages.is_closed:
        await page.close(news.RESTART if reader else news.SESSION_OVER)
    else:
        pages.join(page)
    try:
        with measures.SOCKETS.track_inprogress():
            while (await receive())["type"] != "websocket.disconnect":
                await page.close(news.UNWANTED)  # pages say nothing
    finally:
        pages.leave(page)


async def refuse(scope: Mapping[str, object], receive: ASGIReceiveCallable, send: news.Send) -> None:
    """Turn away a WebSocket at any other address."""
    await receive()
    await send({"type": "websocket.close"})


def reader_of(session: str) -> int | None:
    """Return the primary key of the user who is logged in with this session."""
    return readers_of([session]).get(session)


def headers_of(scope: Mapping[str, object]) -> dict[str, str]:
    """Return the headers by their names in small letters."""
    raw: list[tuple[bytes, bytes]] = scope["headers"]  # type: ignore[assignment]
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}


def is_from_here(headers: Mapping[str, str]) -> bool:
    """Tell whether a page of this very site asks: browsers send cookies along from every site, but also its name."""
    origin, host = headers.get("origin", "").lower(), headers.get("host", "").lower()
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    return urlsplit(origin).netloc == host or origin in settings.CSRF_TRUSTED_ORIGINS
