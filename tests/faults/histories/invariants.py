"""What must hold after every history, whatever broke (I1 to I7)."""

from collections.abc import Iterator

from tests.faults.histories.database import Row
from tests.faults.histories.page import Page
from tests.faults.histories.script import RIGHT
from tests.faults.histories.wire import Reading

# What two attempts at a reply allow: one is lost, the other one comes to its end.
SURVIVED_DEATHS = 1


def broken(page: Page, rows: list[Row], deaths: int, requests_open: int) -> Iterator[str]:
    """Yield what does not hold for one question at rest."""
    yield from page.wrong
    if not rows:
        if page.is_acknowledged:
            yield "I1 acknowledged, and not stored"
        return
    if len(rows) > 1:
        yield f"I2 {len(rows)} questions or replies for one key"
    row = rows[0]
    if row.code is None:
        yield "I2 a question without a reply"
        return
    if not row.is_ended:
        yield f"I2 the reply is {row.status}"
    yield from broken_status(page, row, deaths)
    yield from broken_text(page, row)
    for reading in page.readings:
        yield from (
            f"{text} (connection {page.readings.index(reading)})" for text in broken_reading(page, row, reading)
        )
    if requests_open:
        yield f"I5 {requests_open} connections to the model are open"


def broken_status(page: Page, row: Row, deaths: int) -> Iterator[str]:
    """Yield what is wrong with the way in which the reply ended."""
    if row.status == "stopped" and not page.is_stopping:
        yield "I2 stopped, and nobody wanted it"
    if must_be_complete(page, deaths) and row.status != "complete":
        yield f"I2 {row.status} ({row.error_code}) after {deaths} deaths, attempt {row.attempt}"
    if page.is_refused and row.status != "failed" and deaths == 0:
        yield f"I1 answered 502, and the reply is {row.status}"


def must_be_complete(page: Page, deaths: int) -> bool:
    """Tell whether nothing that happened excuses another end."""
    is_cut = page.script.mode.startswith("after text: ") and page.script.mode.endswith(("reason", "chunk", "reset"))
    troubles = deaths + (page.script.failures if is_cut else 0)
    return (page.script.mode in RIGHT or is_cut) and troubles <= SURVIVED_DEATHS and not page.is_stopping


def broken_text(page: Page, row: Row) -> Iterator[str]:
    whole = page.script.whole
    if not whole.startswith(row.text):
        at = next((n for n, (a, b) in enumerate(zip(row.text, whole, strict=False)) if a != b), len(whole))
        yield f"I3 the text is not what the model said, from {at} on: {row.text[at - 40 : at + 60]!r}"
    if row.status == "complete" and len(row.text) != len(whole) and page.script.mode != "before text: nothing at all":
        yield f"I3 complete with {len(row.text)} of {len(whole)} characters"


def broken_reading(page: Page, row: Row, reading: Reading) -> Iterator[str]:
    """Yield what one connection got that is not in the row."""
    offset = reading.start
    for reached, text in reading.pieces:
        offset += len(text)
        if reached != offset:
            yield f"I4 an event says offset {reached} at {offset}"
            return
    if reading.reply and row.code != reading.reply["reply"]:
        yield "I7 another reply's events"
    if row.text[reading.start : offset] != reading.text:
        other = f"/{page.script.tag} " not in reading.text and "/" in reading.text
        yield f"{'I7 another text' if other else 'I4 not what is stored'}: {reading.text[-80:]!r}"
    is_last = reading.done and not page.continued
    if is_last and (offset, reading.done["status"]) != (len(row.text), row.status):
        yield f"I4 told {reading.done['status']} at {offset}; it is {row.status} at {len(row.text)}"
