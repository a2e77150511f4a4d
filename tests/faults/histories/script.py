"""What the fake model says in a history: its words follow from the question alone; it goes on with what was begun."""

import threading
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from json import dumps, loads
from typing import Any

from chat.answering.prompt import GO_ON
from tests.fake_model import Request
from tests.fake_replies import (
    FAULTS_AFTER_TEXT,
    SILENT,
    Delay,
    Reply,
    failure,
    odd_chunks,
    one_packet,
    plain_json,
    say,
    shredded,
    steps,
    without_stream_options,
)

# Ways to answer that are odd and yet right: the reply must become complete.
RIGHT = ("plain", "one packet", "shredded", "odd chunks", "without stream options")
AFTER_TEXT = tuple(f"after text: {name}" for name in FAULTS_AFTER_TEXT)
_BEFORE: dict[str, Reply] = {
    **{name: Reply(reply.steps[2:]) for name, reply in FAULTS_AFTER_TEXT.items()},
    **{f"status {status}": failure(status) for status in (400, 401, 404, 408, 429, 500, 503)},
    "silence": SILENT,
    "plain JSON": plain_json(),
    "nothing at all": steps(),
}
BEFORE_TEXT = tuple(f"before text: {name}" for name in _BEFORE)
MODES = (*RIGHT, *AFTER_TEXT, *BEFORE_TEXT)
# What only a time-out ends.
SILENT_MODES = frozenset(mode for mode in MODES if mode.endswith(("silence", "comments for ever")))
# Every third piece has what byte and line handling may trip over.
TAILS = ("", "", "🎉 naïve\n", "", "“words”\n\n", "")


@dataclass(frozen=True)
class Script:
    """One question and all that there is to say to it."""

    tag: str  # names the reader and the question; stands in every piece
    mode: str = "plain"
    failures: int = 1  # how many requests fail in the way that the mode names
    pieces: int = 20
    delay_ms: int = 50
    piece_chars: int = 0  # each piece is filled up to so many

    @property
    def question(self) -> str:
        return dumps(asdict(self))

    @cached_property
    def words(self) -> list[str]:
        """Return the answer's pieces. No two begin alike, so that nothing of it repeats at a seam."""
        numbered = (f"{number}/{self.tag} {TAILS[number % len(TAILS)]}" for number in range(self.pieces))
        return [piece + "." * (self.piece_chars - len(piece)) for piece in numbered]

    @cached_property
    def whole(self) -> str:
        return "".join(self.words)

    @property
    def secs(self) -> float:
        """How long it takes to say all of it."""
        return self.pieces * self.delay_ms / 1000

    def after(self, begun: str) -> list[str]:
        """Return what is left to say."""
        assert self.whole.startswith(begun), f"{self.tag} was begun with what was never said: {begun[-80:]!r}"
        left, rest = [], len(begun)
        for piece in self.words:
            if rest < len(piece):
                left.append(piece[rest:])
            rest = max(0, rest - len(piece))
        return left


class Playwright:
    """Plays every question's script, in the fake model's thread; remembers what was asked of it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.failed: Counter[str] = Counter()
        self.requests: dict[str, list[Request]] = {}
        self.wrong: list[str] = []  # requests that no reader's question explains

    def __call__(self, request: Request) -> Reply:
        question, begun = read(request.body["messages"])
        try:
            script = Script(**loads(question))
            left = script.after(begun)
        except (ValueError, TypeError, AssertionError) as error:
            self.wrong.append(str(error))
            return failure(400)
        with self.lock:
            self.requests.setdefault(script.tag, []).append(request)
            self.failed[script.tag] += 1
            is_failing = self.failed[script.tag] <= script.failures
        return play(script, left, is_failing, request)

    def open(self, tag: str) -> int:
        """Return how many connections are still open for a question."""
        return sum(request.state == "open" for request in self.requests.get(tag, ()))

    def forget(self, tag: str) -> None:
        """Free what was kept for a question."""
        self.requests.pop(tag, None)
        self.failed.pop(tag, None)


def read(messages: list[dict[str, str]]) -> tuple[str, str]:
    """Return the question and what was begun of its answer."""
    if messages[-1]["content"] == GO_ON:
        return messages[-3]["content"], messages[-2]["content"]
    return messages[-1]["content"], ""


def play(script: Script, left: list[str], is_failing: bool, request: Request) -> Reply:
    """Return what the model does for one request."""
    kind, _, name = script.mode.partition(": ")
    if kind == "before text" and is_failing:
        return _BEFORE[name]
    if kind == "after text" and is_failing and left:
        first = left[: (len(left) + 1) // 2]
        return Reply((*slowly(script, first), *FAULTS_AFTER_TEXT[name].steps[2:]))
    return right(script, left)(request) if script.mode == "without stream options" else right(script, left)


def right(script: Script, left: list[str]) -> Any:
    """Return an answer to its end."""
    match script.mode:
        case "one packet":
            return one_packet(*left)
        case "shredded":
            return shredded("".join(left), size_bytes=40)
        case "odd chunks":
            return odd_chunks(*left)
        case "without stream options":
            return without_stream_options(*left)
        case _:
            return say(*left, delay_secs=script.delay_ms / 1000)


def slowly(script: Script, pieces: list[str]) -> list[Any]:
    return [step for piece in pieces for step in (piece, Delay(script.delay_ms / 1000))]
