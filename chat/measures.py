"""What the site counts of itself, for /metrics: a number for each question that an operator asks, none of a reader.

Nothing here is called for a token: pieces are counted by the flush, answers at their end, everything else when it
begins and ends. Of several processes on one machine each writes its numbers into a file of a folder that they share
(PROMETHEUS_MULTIPROC_DIR, which `serve --workers` makes), and whichever is asked adds them up.
"""

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

REGISTRY = CollectorRegistry()

# A commit takes a millisecond on a quiet SQLite and PostgreSQL; a second is where readers see the pauses.
FLUSH_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 20)
# From an answer without a model to a large model that is loaded first (MODEL_FIRST_WORD_SECS).
FIRST_WORD_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 90)

STREAMS = Gauge(
    "chat_open_streams", "Streams that are open to readers.", registry=REGISTRY, multiprocess_mode="livesum"
)
SOCKETS = Gauge(
    "chat_open_sockets", "WebSockets of open pages.", registry=REGISTRY, multiprocess_mode="livesum"
)  # fmt: skip
LIVE_REPLIES = Gauge(
    "chat_live_replies", "Answers that are being written.", registry=REGISTRY, multiprocess_mode="livesum"
)
CALLS_RUNNING = Gauge(
    "chat_model_calls", "Calls of the model under way.", registry=REGISTRY, multiprocess_mode="livesum"
)
CALLS_QUEUED = Gauge(
    "chat_model_queue", "Answers that wait for a call of the model.", registry=REGISTRY, multiprocess_mode="livesum"
)
POOL_IN_USE = Gauge(
    "chat_database_pool_in_use",
    "Pooled database connections that somebody holds (PostgreSQL).",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
JOURNAL_LAG = Gauge(
    "chat_journal_lag_seconds",
    "Age of the oldest piece that is not stored yet, in the process where that is oldest.",
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
FLUSH_SECS = Histogram(
    "chat_journal_flush_seconds", "How long a flush took.", registry=REGISTRY, buckets=FLUSH_BUCKETS
)  # fmt: skip
FIRST_WORD_SECS = Histogram(
    "chat_first_token_seconds", "From the claim to the first word.", registry=REGISTRY, buckets=FIRST_WORD_BUCKETS
)
REPLIES = Counter("chat_replies", "Answers by how and why they ended.", ["status", "code"], registry=REGISTRY)
PROMPT_TOKENS = Counter("chat_prompt_tokens", "Tokens that were sent to the model.", registry=REGISTRY)
COMPLETION_TOKENS = Counter("chat_completion_tokens", "Tokens that came from the model.", registry=REGISTRY)
REFUSALS = Counter(
    "chat_quota_refusals", "Questions that were refused for a limit, by which.", ["limit"], registry=REGISTRY
)
ANSWERS = Counter("chat_http_answers", "HTTP answers by the class of their status.", ["status"], registry=REGISTRY)
_answers = [ANSWERS.labels(f"{kind}xx") for kind in range(1, 6)]


def count_answer(status: int) -> None:
    """Count an HTTP answer."""
    _answers[min(max(status // 100, 1), 5) - 1].inc()


def count_reply(
    status: str, code: str, first_ms: int | None = None, prompt_tokens: int | None = None, tokens: int | None = None
) -> None:
    """Count an answer that has ended; None is what nobody knows."""
    REPLIES.labels(str(status), code).inc()
    if first_ms is not None:
        FIRST_WORD_SECS.observe(first_ms / 1000)
    PROMPT_TOKENS.inc(prompt_tokens or 0)
    COMPLETION_TOKENS.inc(tokens or 0)


def exposition() -> bytes:
    """Return all numbers of the site on this machine, as Prometheus reads them."""
    if not settings.PROMETHEUS_MULTIPROC_DIR:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together, path=str(settings.PROMETHEUS_MULTIPROC_DIR))  # type: ignore[no-untyped-call]
    return generate_latest(together)
