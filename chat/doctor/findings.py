"""What the doctor says: what is wrong, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: something does not work, or will not for long."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a part of the site. No secret stands in it."""

    part: str
    level: Level
    what: str
    remedy: str


def error(part: str, what: str, remedy: str) -> Finding:
    return Finding(part, Level.ERROR, what, remedy)


def warning(part: str, what: str, remedy: str) -> Finding:
    return Finding(part, Level.WARNING, what, remedy)
