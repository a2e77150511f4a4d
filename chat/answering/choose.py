"""Which answer source answers: the model that the settings name, or quotations from the articles."""

from functools import cache

from django.conf import settings

from chat.answering.extractive import ExtractiveSource
from chat.answering.provider import OpenAISource
from chat.answering.source import Source


def source() -> Source:
    """Return the configured source, the same object for the same settings."""
    if not (settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL):
        return extractive()
    return model(settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_MODEL, settings.OPENAI_TEMPERATURE)


@cache
def extractive() -> ExtractiveSource:
    return ExtractiveSource()


@cache
def model(api_key: str, base_url: str | None, name: str, temperature: float) -> OpenAISource:
    return OpenAISource(
        api_key=api_key,
        base_url=base_url,
        model=name,
        temperature=temperature,
        connect_secs=settings.MODEL_CONNECT_SECS,
        first_word_secs=settings.MODEL_FIRST_WORD_SECS,
        idle_secs=settings.MODEL_IDLE_SECS,
        total_secs=settings.MODEL_TOTAL_SECS,
    )
