"""The site's server with an application that does what applications should not: `python -m … PORT [stock]`."""

import sys

import django
from daphne.server import Server as StockServer

django.setup()

from celebrations_site.server import Server  # noqa: E402 needs the settings

CHUNK = b"x" * 65_536
FLOOD_CHUNKS = 3_200  # 200 MB


async def application(scope, receive, send):
    """Answer by path: /raise breaks after its first byte, /flood sends 200 MB, all others tell how much came in."""
    start = {"type": "http.response.start", "status": 200, "headers": []}
    if scope["path"] == "/raise":
        await send(start)
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        raise RuntimeError("broken on purpose")
    if scope["path"] == "/flood":
        await send(start)
        for _ in range(FLOOD_CHUNKS):
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    size = 0
    while (message := await receive())["type"] == "http.request":
        size += len(message["body"])
        if not message.get("more_body"):
            break
    await send(start)
    await send({"type": "http.response.body", "body": str(size).encode()})


if __name__ == "__main__":
    server_class = StockServer if "stock" in sys.argv else Server
    server_class(application, endpoints=[f"tcp:port={sys.argv[1]}:interface=127.0.0.1"], server_name=None).run()
