"""The addresses of WebSockets."""

from channels.routing import URLRouter
from django.urls import path, re_path

from chat import consumers

websockets = URLRouter(
    [
        path("live", consumers.live),  # type: ignore[arg-type]  # an ASGI application, not a view
        re_path("", consumers.refuse),  # type: ignore[arg-type]
    ]
)
