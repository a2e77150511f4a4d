"""Which answer source answers, and what it is told to be: a model as its settings say, or quotations from articles."""

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal, cast

from django.conf import settings

from chat.answering.extractive import ExtractiveSource
from chat.answering.options import Options
from chat.answering.provider import OpenAISource
from chat.answering.server import ModelServer
from chat.answering.source import Rules, Source
from chat.answering.versions import newest
from chat.models import ModelSettings

# As long as the column in which replies record it.
MODEL_CHARS = 100


@dataclass(frozen=True)
class Setup:
    """What makes one answer."""

    source: Source
    rules: Rules | None = None  # of the site's editors; None: the default, or a source that reads none

    @property
    def model(self) -> str:
        """Return what answers, as replies record it."""
        return self.source.name[:MODEL_CHARS]


def setup() -> Setup:
    """Return what counts for the next reply. One query where a model is asked, none without."""
    if not has_model():
        return Setup(extractive())
    now = newest()
    return Setup(model(options(now.settings)), now.rules)


def source() -> Source:
    """Return the source that the environment names, with its values; what editors have saved is not looked up."""
    return model(options()) if has_model() else extractive()


def has_model() -> bool:
    """Return whether the environment says where a model is, or has a key to one."""
    return bool(settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL)


def options(chosen: ModelSettings | None = None) -> Options:
    """Return how the model is asked: by what editors have chosen, else by the environment's values."""
    values = Options(
        base_url=settings.OPENAI_BASE_URL,
        model=settings.OPENAI_MODEL,
        api_key=settings.OPENAI_API_KEY,
        temperature=settings.OPENAI_TEMPERATURE,
        usage=settings.MODEL_USAGE,
        finish=settings.MODEL_FINISH,
        max_tokens=settings.MODEL_MAX_TOKENS,
        max_tokens_field=settings.MODEL_MAX_TOKENS_FIELD,
        connect_secs=settings.MODEL_CONNECT_SECS,
        first_word_secs=settings.MODEL_FIRST_WORD_SECS,
        idle_secs=settings.MODEL_IDLE_SECS,
        total_secs=settings.MODEL_TOTAL_SECS,
        queue_secs=settings.MODEL_QUEUE_SECS,
        max_calls=settings.MODEL_MAX_CALLS,
        retries=settings.MODEL_RETRIES,
        context_chars=settings.MODEL_CONTEXT_CHARS,
    )
    if chosen is None:
        return values
    return replace(
        values,
        model=chosen.model,
        temperature=None if chosen.temperature is None else float(chosen.temperature),
        max_tokens=chosen.max_tokens,
        max_tokens_field=cast(Literal["max_tokens", "max_completion_tokens"], chosen.max_tokens_field),
        context_chars=chosen.context_chars,
        version=chosen.number,
    )


@cache
def extractive() -> ExtractiveSource:
    return ExtractiveSource()


# One for each version that is being answered with, and for what is being tried out beside them.
@lru_cache(maxsize=32)
def model(options: Options) -> OpenAISource:
    """Return the source for these options; those of one server share its connections and its queue."""
    return OpenAISource(options, server(options.of_server()))


@cache
def server(options: Options) -> ModelServer:
    return ModelServer(options)
