"""Whether the model's server is there, knows the key and the model, and streams: measured on a short answer."""

import time
from dataclasses import dataclass, field

import httpx2
import openai
from django.db import DatabaseError

from chat.answering import choose
from chat.answering.options import Options
from chat.answering.server import NO_KEY
from chat.answering.versions import newest
from chat.doctor import clock
from chat.doctor.findings import Finding, error

PART = "model"
# Some hundred tokens: long enough to tell a stream from an answer that was kept back, and cheap.
QUESTION = "Write the numbers from one to sixty in words, separated by commas, and nothing else."
MOST_TOKENS = 400
LIMIT_SECS = 20.0
# What comes sooner than this is quick enough, however it comes.
QUICK_SECS = 1.0
# A stream spreads over most of its time; what was kept back comes in this part of it, at the end.
BURST = 0.1
# A single answer may have waited for a busy machine, and only looks as if it was kept back.
SURE_TIMES = 3
SURE_SECS = 5.0


@dataclass
class Heard:
    """What came of an answer, and when (seconds after the question)."""

    kind: str = ""
    date: str | None = None
    times: list[float] = field(default_factory=list)
    finish: str | None = None

    @property
    def is_burst(self) -> bool:
        """Return whether all came at once after a wait."""
        first, last = self.times[0], self.times[-1]
        return last > QUICK_SECS and last - first < BURST * last


def examine() -> list[Finding]:
    """Ask the model something; without one there is nothing to look at."""
    if not choose.has_model():
        return []
    options = what_counts()
    where = options.base_url or "the model's server"
    try:
        heard = ask(options)
        for _ in range(SURE_TIMES - 1):
            if heard.times and heard.is_burst and heard.times[-1] < SURE_SECS:
                heard = ask(options)
    except openai.APIStatusError as failure:
        return [refusal(where, failure.status_code, options)]
    except (openai.APITimeoutError, httpx2.TimeoutException):
        return [error(PART, f"{where} says nothing within {LIMIT_SECS:.0f} s.", "Look at its log; is it overloaded?")]
    except (openai.OpenAIError, httpx2.HTTPError, ValueError) as failure:
        remedy = "Correct OPENAI_BASE_URL (it usually ends in /v1), or start the server."
        return [error(PART, f"{where} cannot be reached: {type(failure).__name__}.", remedy)]
    return [*judge(where, heard, options), *clock.compare_header(heard.date, "the model's server")]


def what_counts() -> Options:
    """Return how the site asks: as editors have saved it, else by the environment's values."""
    try:
        return choose.options(newest().settings)
    except DatabaseError:  # what is wrong there is another part's to say
        return choose.options()


def ask(options: Options) -> Heard:
    """Ask once, as the site asks, and listen until the end or the limit. Raises what the openai package raises."""
    heard, began = Heard(), time.monotonic()
    limits = {options.max_tokens_field: min(options.max_tokens or MOST_TOKENS, MOST_TOKENS)}
    client = openai.OpenAI(
        api_key=options.api_key or NO_KEY,
        base_url=options.base_url,
        max_retries=0,
        timeout=httpx2.Timeout(LIMIT_SECS, connect=options.connect_secs),
    )
    with (
        client,
        client.chat.completions.with_streaming_response.create(
            model=options.model,
            temperature=openai.omit if options.temperature is None else options.temperature,
            messages=[{"role": "user", "content": QUESTION}],
            stream=True,
            max_tokens=limits.get("max_tokens", openai.omit),
            max_completion_tokens=limits.get("max_completion_tokens", openai.omit),
        ) as response,
    ):
        heard.kind, heard.date = response.headers.get("content-type", ""), response.headers.get("date")
        if not heard.kind.startswith("text/event-stream"):
            return heard
        for chunk in response.parse():
            heard.times.append(time.monotonic() - began)
            heard.finish = next((choice.finish_reason for choice in chunk.choices), None) or heard.finish
            if heard.times[-1] > LIMIT_SECS:
                break
    return heard


def refusal(where: str, status: int, options: Options) -> Finding:
    """Return what a status of the server means."""
    if status in (401, 403):
        return error(PART, f"{where} refuses the key (status {status}).", "Correct OPENAI_API_KEY.")
    if status == 404:
        what = f"{where} does not know the model {options.model} (status 404), or there is no such API."
        named = "OPENAI_MODEL" if options.version is None else "the model settings in the admin"
        return error(PART, what, f"Correct {named}, or OPENAI_BASE_URL (it usually ends in /v1).")
    if status == 429:
        remedy = "Wait, pay, or have the limit raised."
        return error(PART, f"{where} refuses for now: too many requests, or no credit (status 429).", remedy)
    remedy = (
        "Look at its log." if status >= 500 else "Look at its log; it may not know a parameter that the site sends."
    )
    return error(PART, f"{where} answers with status {status}.", remedy)


def judge(where: str, heard: Heard, options: Options) -> list[Finding]:
    """Return what is wrong with an answer that came."""
    if not heard.kind.startswith("text/event-stream"):
        remedy = "Correct OPENAI_BASE_URL; the server must answer stream=true with server-sent events."
        return [error(PART, f"{where} does not stream: it answers with {heard.kind or 'nothing'}.", remedy)]
    if not heard.times:
        return [error(PART, f"{where} ends its answer without a word.", "Look at its log.")]
    if heard.is_burst:
        what = f"{where} says nothing for {heard.times[0]:.1f} s and then everything at once: something keeps it back."
        remedy = (
            "Turn off buffering in the proxy before it (nginx: proxy_buffering off), and compression of its answers."
        )
        return [error(PART, what, remedy)]
    if options.finish == "reason" and heard.finish is None and heard.times[-1] <= LIMIT_SECS:
        what = f"{where} gives no finish reason, and MODEL_FINISH=reason takes every such answer for cut off."
        return [error(PART, what, "Set MODEL_FINISH=done.")]
    return []
