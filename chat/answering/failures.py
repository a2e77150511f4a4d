"""What goes wrong between here and a model's server: which of our errors it is, and whether to try again."""

import email.utils
import logging
import random
import time
from collections.abc import Iterator, Mapping

import aiohttp
import httpx2
import openai
from aiohttp.http import HttpProcessingError

from chat.errors import ModelBusy, ModelError, ModelGarbage, ModelRefused, ModelTimeout, ModelUnreachable

logger = logging.getLogger(__name__)

# The openai package lets through what comes out of the two packages below it, and out of Python.
FOREIGN_ERRORS = (
    openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError, HttpProcessingError, OSError, ValueError,
)  # fmt: skip

# Time-out, conflict, rate limit: what the server may think better of in a second, as in every 5xx.
PASSING = (408, 409, 429)
# A reader who waits longer than this for a second try would rather know, and ask again later.
LONGEST_PAUSE_SECS = 10.0


def ours(error: Exception) -> ModelError:
    """Return a foreign error as one of ours, and log its kind. What the server sent (body, headers) is in neither."""
    status = getattr(error, "status_code", None)
    logger.warning("The model's server failed: %s, status %s.", type(error).__name__, status)
    if isinstance(error, openai.APIStatusError):
        return _refusal(error.status_code)
    # The transport calls every broken connection a connect time-out; its cause knows better.
    match next((cause for cause in _causes(error) if isinstance(cause, aiohttp.ClientError)), error):
        case TimeoutError() | openai.APITimeoutError() | httpx2.TimeoutException():
            return ModelTimeout()
        case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError():
            return ModelUnreachable()
        case openai.APIConnectionError() | httpx2.TransportError() | OSError():
            return ModelUnreachable()
        case openai.OpenAIError():
            return ModelError()
        case _:
            return ModelGarbage()


def pause_before_retry(error: Exception, tries: int, first_pause_secs: float) -> float | None:
    """Return how many seconds to wait before asking again after so many tries; None when that would be no use."""
    asked_for = 0.0
    if isinstance(error, openai.APIStatusError):
        if error.status_code not in PASSING and error.status_code < 500:
            return None
        asked_for = _retry_after_secs(error.response.headers)
    elif not isinstance(error, httpx2.TransportError | openai.APIConnectionError | aiohttp.ClientError | OSError):
        return None
    # Not in step with all the others that were refused at the same moment.
    pause = first_pause_secs * 2 ** (tries - 1) * random.uniform(0.5, 1)  # noqa: S311
    return max(asked_for, pause) if asked_for <= LONGEST_PAUSE_SECS else None


def _refusal(status: int) -> ModelError:
    if status == 429:
        return ModelBusy()
    if status == 408:
        return ModelTimeout()
    return ModelRefused() if status < 500 else ModelError()


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__


def _retry_after_secs(headers: Mapping[str, str]) -> float:
    """Return what the server asks for, in seconds or as a date; 0 when it asks for nothing that can be read."""
    value = headers.get("retry-after", "")
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return 0.0
