"""What is known of a model's server: where it is, what it can do, and how much patience it gets."""

from dataclasses import dataclass, field, replace
from typing import Literal, Self

from chat.answering.stream import MAX_EVENT_BYTES, Finish

# Some 75,000 tokens of English, which every model in use can read.
CONTEXT_CHARS = 300_000
# The pause before the second try, about; each further one is twice as long.
FIRST_PAUSE_SECS = 0.5


@dataclass(frozen=True)
class Options:
    """How to ask. What may be left out has the value that suits most servers."""

    base_url: str | None
    model: str
    api_key: str = field(repr=False, default="")
    temperature: float | None = 0.8  # None: none is sent
    usage: Literal["auto", "on", "off"] = "auto"
    finish: Finish = "done"
    max_tokens: int | None = None
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    connect_secs: float = 5
    first_word_secs: float = 90
    idle_secs: float = 90
    total_secs: float = 900
    queue_secs: float = 120
    max_calls: int = 500
    retries: int = 2
    first_pause_secs: float = FIRST_PAUSE_SECS
    max_event_bytes: int = MAX_EVENT_BYTES
    context_chars: int = CONTEXT_CHARS  # how much text the model is sent with a question
    version: int | None = None  # of the editors' settings; None: the environment's values

    def of_server(self) -> Self:
        """Return the same without what editors choose: what all who ask this server have in common."""
        return replace(
            self, model="", temperature=None, max_tokens=None, max_tokens_field="max_tokens", context_chars=0,
            version=None,
        )  # fmt: skip
