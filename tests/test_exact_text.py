"""The text that a client assembles, the text in the database and the text of the model are one and the same."""

import pytest

from chat.models import Message, Role
from tests.fake_model import FakeModel
from tests.fake_replies import Do, Finish, Reply, odd_chunks, one_packet, say, shredded, steps
from tests.reader import Reader

pytestmark = pytest.mark.server

EMOJI = "👩‍👩‍👧 🎉 naïve 中文 ﷽ \u2028 \u0085 \x0b end"

# JSON may escape a character outside the first plane as two halves, and a server may cut between them.
HALVES = [b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % half for half in (rb"\ud83c", rb"\udf89!")]

CASES: dict[str, tuple[Reply, str]] = {
    "newlines": (say("one\n", "\n", "two\n\n\nthree", "\n"), "one\n\ntwo\n\n\nthree\n"),
    "leading newlines": (say("\n\nhello", " "), "\n\nhello "),
    "carriage returns": (say("a\r\nb", "\rc\r", "\nd\r"), "a\nb\nc\nd\n"),
    "spaces at both ends": (say("  a ", " b  "), "  a  b  "),
    "colons and field names": (say("data: x\n", "event: y\n: z\nid: 7"), "data: x\nevent: y\n: z\nid: 7"),
    "emoji": (say(*EMOJI), EMOJI),
    "bytes one by one": (shredded(EMOJI), EMOJI),
    "CRLF events in small packets": (shredded(EMOJI, 3, "\r\n"), EMOJI),
    "several events in one packet": (one_packet("a", "b\n", "c"), "ab\nc"),
    "empty and null deltas": (odd_chunks("Hello", ", ", "world"), "Hello, world"),
    "NUL": (say("a\0", "\0b"), "ab"),
    "surrogates in two pieces": (steps(*HALVES, Finish(), Do.DONE), "🎉!"),
}


@pytest.mark.parametrize("case", CASES)
def test_all_three_texts_are_identical(reader: Reader, model: FakeModel, case: str):
    reply, expected = CASES[case]
    model.script(reply)
    received = reader.ask()
    row = Message.objects.get(role=Role.ASSISTANT)
    assert received.text == row.text == expected
    assert received.offset == len(expected)
    assert received.done
    assert received.done["status"] == "complete"


def test_a_reply_of_many_pieces_is_whole(reader: Reader, model: FakeModel):
    pieces = [f"{n} {'🎉' * (n % 3)}\n" for n in range(3000)]
    model.script(say(*pieces))
    assert reader.ask().text == Message.objects.get(role=Role.ASSISTANT).text == "".join(pieces)
