"""The connections to a model's server, and the queue before it: shared by all answers of a process."""

import asyncio

import httpx2
import openai

from chat.answering.calls import Calls
from chat.answering.options import Options

# How long an idle connection is kept for the next question: less than the servers in use do.
KEPT_SECS = 4.0
# The openai package insists on a key; servers on one's own machine want none.
NO_KEY = "none"


class ModelServer:
    """An OpenAI-compatible server as one process knows it, whichever of its models is asked, and how."""

    def __init__(self, options: Options) -> None:
        self.calls = Calls(options.max_calls, options.queue_secs)
        self.wants_usage = options.usage != "off"  # until it refuses that once
        self._options = options
        self._clients: dict[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = {}

    def client(self) -> openai.AsyncOpenAI:
        """Return the running loop's client: its connections belong to that loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients = {known: client for known, client in self._clients.items() if not known.is_closed()}
            self._clients[loop] = self._make_client()
        return self._clients[loop]

    async def close(self) -> None:
        """Close the running loop's connections; the next answer opens new ones."""
        if client := self._clients.pop(asyncio.get_running_loop(), None):
            await client.close()

    def _make_client(self) -> openai.AsyncOpenAI:
        # No retries: a reader is told of each, and the package sleeps up to two minutes on its own.
        # All waiting but that for the connection is timed by Patience; Calls limits the connections (0: no limit here).
        return openai.AsyncOpenAI(
            api_key=self._options.api_key or NO_KEY,
            base_url=self._options.base_url,
            max_retries=0,
            http_client=openai.DefaultAioHttpClient(
                timeout=httpx2.Timeout(None, connect=self._options.connect_secs),
                limits=httpx2.Limits(max_connections=0, keepalive_expiry=KEPT_SECS),
            ),
        )
