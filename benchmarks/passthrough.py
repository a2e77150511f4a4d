"""The least that a relay can do: an ASGI application that hands a model's bytes on. No login, nothing is stored.

Run by uvicorn on uvloop. What this costs is the price of a socket on each side in this language; nothing that keeps
its promises can be cheaper.
"""

import os

import aiohttp

_session: list[aiohttp.ClientSession] = []


async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if not _session:
        _session.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
    address = f"{os.environ['OPENAI_BASE_URL']}/chat/completions"
    async with _session[0].post(address, data=body, headers={"Content-Type": "application/json"}) as response:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        async for piece in response.content.iter_any():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
