"""The application as an ASGI server sees it; works under any, `manage.py serve` is the one that is tested."""

import itertools
import os
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import ThreadSensitiveContext
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebrations_site.settings")
django_application = get_asgi_application()

# These import models: they come after django.setup() in get_asgi_application().
from chat.replies import recovery  # noqa: E402

# Enough for the database work of asks that overlap; each holds one database connection.
THREADS = 4

_threads = itertools.cycle([ThreadPoolExecutor(1, thread_name_prefix=f"django-{n}") for n in range(THREADS)])


async def http(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Serve a request with one of a few shared threads for its synchronous parts.

    Django would start a thread for each request and hold it until the last byte: one for each open stream.
    """
    recovery.start()
    async with ThreadSensitiveContext(executor=next(_threads)):
        await django_application(scope, receive, send)  # type: ignore[arg-type]


async def websocket(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Turn WebSockets away: replies are followed by server-sent events, and nothing else is live yet."""
    await receive()
    await send({"type": "websocket.close", "code": 1000, "reason": None})


application = ProtocolTypeRouter({"http": http, "websocket": websocket})
