"""Lines of the log: for people, or one JSON object each for programs (LOG_FORMAT=json). No line says readers' words."""

import logging
import os
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import structlog

from chat.tracing import request_id

# What a line may hold beside its message: nothing here is written by readers. Django adds whole requests to its lines.
FIELDS = ("reply", "status", "code", "status_code", "seconds", "first_word_ms", "prompt_tokens", "completion_tokens")
# The rest of a long message helps nobody, and more of it may be quoted.
MOST_CHARS = 200
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
NAME = re.compile(r"[\w.:/-]*")

# structlog's own types say Any of what lines hold.
Line = Any


class WithoutWords(logging.Filter):
    """Has errors that are arguments of a line say what they may: `logger.warning("Away: %r", error)`."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        if isinstance(record.args, tuple):
            record.args = tuple(Said(each) if isinstance(each, BaseException) else each for each in record.args)
        return True


class Said:
    """An error in the argument of a line."""

    def __init__(self, error: BaseException) -> None:
        self.text = saying(error)

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


def saying(error: BaseException) -> str:
    """Return the kind of an error and what it says, without what it may have quoted.

    PostgreSQL tells the whole row that it refuses, from the second line on, and the value that it cannot read in
    quotation marks; a server of models sends back what it got. Names in quotation marks stay.
    """
    kind = type(error).__name__
    lines = "" if type(error).__module__.startswith("openai") else str(error)
    first = lines.strip().partition("\n")[0][:MOST_CHARS]
    said = QUOTED.sub(lambda found: found[0] if NAME.fullmatch(found[0][1:-1]) else "…", first)
    return f"{kind}: {said}" if said else kind


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it, the first cause first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before:
        yield from chain(before)
    yield error


def where(error: BaseException) -> str:
    """Return the lines of a traceback: the code that ran, for each error that led to this one."""
    parts = []
    for each in chain(error):
        frames = "".join(traceback.format_tb(each.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{frames}{saying(each)}")
    return "\n\nwhich led to\n\n".join(parts)


class LineFormatter(logging.Formatter):
    """`time LEVEL name: message [request]`, and tracebacks under it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 the standard library's name
        line = super().formatMessage(record)
        request = getattr(record, "request_id", "")
        return f"{line} [{request}]" if request else line

    def formatException(self, info: Any) -> str:  # noqa: N802  # Any: as the standard library declares it
        return where(info[1]) if info[1] else ""


def json_formatter() -> logging.Formatter:
    """Return what makes of each line of Python's logging one JSON object."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=FIELDS),
        ],
        processors=[
            complete,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            order,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def complete(logger: object, method: str, line: Line) -> Line:
    """Add when it was, in UTC, the request, and the traceback."""
    record: logging.LogRecord = line["_record"]
    moment = datetime.fromtimestamp(record.created, UTC)
    line["time"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if request := getattr(record, "request_id", ""):
        line["request_id"] = request
    if (raised := line.pop("exc_info", None)) and raised[1]:
        line["error"] = saying(raised[1])
        line["traceback"] = where(raised[1])
    return line


def order(logger: object, method: str, line: Line) -> Line:
    """Put first what eyes look for first."""
    first = {"time": line.pop("time"), "level": line.pop("level"), "logger": line.pop("logger")}
    return {**first, "message": line.pop("event"), "process": os.getpid(), **line}
