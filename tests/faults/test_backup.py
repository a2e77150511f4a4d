"""A backup while twenty replies stream, put back elsewhere: all is there that had been acknowledged, and all ends."""

import threading
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from chat.models import Message, User
from tests.elsewhere import done, empty_database, manage
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.faults.histories.database import Row, database
from tests.reader import Reader, Stream
from tests.site import Site

pytestmark = pytest.mark.server

READERS = 20
PIECES = [f"word {n}, 🎉 naïve\n" for n in range(2000)]
WHOLE = "".join(PIECES)
# For a minute: longer than any backup of the test takes. Whoever goes on with an answer gets it at once.
SLOWLY, AT_ONCE = say(*PIECES, delay_secs=0.03), say(*PIECES)
PROMISED_SECS = 15


class Asking(threading.Thread):
    """One reader, who asks one question and reads until the end."""

    def __init__(self, site: Site, user: User, number: int) -> None:
        super().__init__(daemon=True)
        self.reader, self.question = Reader(site.url, user), f"Question {number}?"
        self.stream: Stream | None = None
        self.reads = threading.Event()

    def run(self) -> None:
        with self.reader.asking(self.question) as self.stream:
            self.stream.until("word 5,")
            self.reads.set()
            self.stream.until_end_of_stream()

    @property
    def acknowledged(self) -> tuple[str, str, str]:
        """What the reader has been told is kept: the question, the reply's code, its text so far."""
        assert self.stream
        return self.question, self.stream.received.reply["reply"], self.stream.received.text


@pytest.fixture
def askings(site: Site, alice: User, model: FakeModel):
    """Twenty readers, all of whom see an answer grow."""
    model.script(*[SLOWLY] * READERS, AT_ONCE)
    askings = [Asking(site, alice, number) for number in range(READERS)]
    for asking in askings:
        asking.start()
    assert all(asking.reads.wait(30) for asking in askings)
    yield askings
    for asking in askings:
        asking.reader.stop(asking.stream.received)
        asking.join(10)
        asking.reader.client.close()


def rows_at_rest(url: str, since: float) -> dict[str, Row]:
    """Return the rows by question once all have ended; fail when that takes longer than promised."""
    while True:
        rows = database(url).rows("Question %")
        if all(row.is_ended for row in rows):
            break
        assert time.monotonic() - since < PROMISED_SECS, [row.status for row in rows]
        time.sleep(0.2)  # the rows are all there is to look at
    assert len(rows) == len({row.question for row in rows}) == len({row.key for row in rows})
    return {row.question: row for row in rows}


def test_all_that_was_acknowledged_is_there_and_every_reply_ends(
    site: Site, alice: User, askings: list[Asking], tmp_path: Path
):
    file = tmp_path / "backup.zip"
    # In this process, because another one takes a second to begin, in which even a bad copy would catch up.
    acknowledged = [asking.acknowledged for asking in askings]
    call_command("backup", file)
    assert Message.objects.unfinished().count() == READERS
    with empty_database(tmp_path) as url:
        told = done(manage(url, "restore", file))
        assert f"{READERS} answers were being written then" in told
        stored = {row.question: row for row in database(url).rows("Question %")}
        for question, reply, text in acknowledged:
            assert stored[question].code == reply
            assert stored[question].text.startswith(text)
            assert WHOLE.startswith(stored[question].text)
        elsewhere = Site(**{**site.environment, "DATABASE_URL": url}).start()
        try:
            rows = rows_at_rest(url, time.monotonic())
            with Reader(elsewhere.url) as reader:  # the session came along
                reader.client.cookies.update(askings[0].reader.client.cookies)
                received = reader.follow(f"/replies/{acknowledged[0][1]}/events")
            assert (received.text, received.done["status"]) == (WHOLE, "complete")
        finally:
            elsewhere.stop()
    assert {(row.status, row.text == WHOLE) for row in rows.values()} == {("complete", True)}
    assert all(rows[question].code == reply for question, reply, _ in acknowledged)
    # Nothing of it was felt here.
    assert all(WHOLE.startswith(asking.acknowledged[2]) for asking in askings)
    assert all(
        len(asking.acknowledged[2]) > len(text) for asking, (_, _, text) in zip(askings, acknowledged, strict=True)
    )
