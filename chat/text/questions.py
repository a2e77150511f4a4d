"""Questions that an editor wrote for readers, one on a line."""

# More would be a menu.
MAX_QUESTIONS = 4
# Two lines of a column; a longer one is no question any more.
MAX_QUESTION_LENGTH = 200


def question_lines(text: str) -> list[str]:
    """Return the lines that say something, each with single spaces."""
    return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]


def too_long(text: str) -> str:
    """Return the beginning of the first question that is too long, "" when none is."""
    long = (line for line in question_lines(text) if len(line) > MAX_QUESTION_LENGTH)
    return next((f"{line[:40]}…" for line in long), "")
