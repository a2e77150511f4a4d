"""Which answer source answers: the model that the settings name, or quotations from the articles."""

from functools import cache

from django.conf import settings

from chat.answering.extractive import ExtractiveSource
from chat.answering.options import Options
from chat.answering.provider import OpenAISource
from chat.answering.source import Source


def source() -> Source:
    """Return the configured source, the same object for the same settings."""
    if not (settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL):
        return extractive()
    return model(options())


def options() -> Options:
    """Return what the settings say about the model's server."""
    return Options(
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
    )


@cache
def extractive() -> ExtractiveSource:
    return ExtractiveSource()


@cache
def model(options: Options) -> OpenAISource:
    return OpenAISource(options)
