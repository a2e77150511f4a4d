"""The application as an ASGI server sees it; works under any, `manage.py serve` is the one that is tested most."""

import itertools
import os
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import ThreadSensitiveContext
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.signals import request_started
from django.db import close_old_connections, reset_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebrations_site.settings")
django_application = get_asgi_application()

# Django looks after connections at both ends of a request, which costs a thread hop each. The end is enough here: a
# connection belongs to a shared thread, and a stream gives it back before it begins (`in_one_hop` in chat/api/chat.py).
request_started.disconnect(close_old_connections)
if not settings.DEBUG:  # only then are queries noted
    request_started.disconnect(reset_queries)

# These import models: they come after django.setup() in get_asgi_application().
from chat import routing  # noqa: E402
from chat.replies import background, drain  # noqa: E402

# Enough for the database work of asks that overlap; each holds one database connection.
THREADS = 4

_threads = itertools.cycle([ThreadPoolExecutor(1, thread_name_prefix=f"django-{n}") for n in range(THREADS)])


async def http(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Serve a request with one of a few shared threads for its synchronous parts.

    Django would start a thread for each request and hold it until the last byte: one for each open stream.
    """
    background.start()
    async with ThreadSensitiveContext(executor=next(_threads)):
        await django_application(scope, receive, send)  # type: ignore[arg-type]


async def websocket(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Serve a WebSocket: it uses a thread, one of the same few, only while it is looked up whose it is."""
    background.start()
    async with ThreadSensitiveContext(executor=next(_threads)):
        await routing.websockets(scope, receive, send)


async def lifespan(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Begin and end with a server that says when it does; Daphne does not, and has celebrations_site/server.py."""
    await receive()
    background.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await drain.drain(settings.DRAIN_SECS)
    await send({"type": "lifespan.shutdown.complete"})


application = ProtocolTypeRouter({"http": http, "websocket": websocket, "lifespan": lifespan})
