"""Verdicts are stored with their text, seen alike by all followers, and kept when a writer dies."""

import asyncio
import threading
import uuid
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import IntegrityError

from chat.answering import ask as asks
from chat.answering.citations import MAX_CITATIONS
from chat.models import Article, Citation, Conversation, Message, Role, Status, User, Verdict
from chat.replies import pieces as room
from chat.replies.extend import Extension, store
from chat.replies.journal import Entry, Journal
from chat.replies.live import Live
from chat.replies.pieces import Pieces
from tests.fake_model import FakeModel
from tests.fake_replies import Do, say, steps
from tests.reader import Reader
from tests.site import Site

BREAD = "“People share bread” [3]"
CAKE = "“People share cake.” [3]"
INVENTED = "“nobody ever shares anything” [3]"
SAID = (f"First {BREAD}, ", f"then {INVENTED}, ", f"then {CAKE} and {BREAD}", " again.")


def the_reply() -> Message:
    return Message.objects.get(role=Role.ASSISTANT)


def verdicts(reply: Message) -> list[tuple[int | None, str, str]]:
    """Return number, verdict and words of what a reply cites."""
    return list(reply.citations.values_list("number", "verdict", "exact"))


EXPECTED = [
    (1, "verified", "People share bread"),
    (None, "missing", "nobody ever shares anything"),
    (2, "verified", "People share cake."),
    (1, "verified", "People share bread"),
]


# --- one transaction --------------------------------------------------------------------------------------------


def test_text_is_not_stored_without_the_citations_in_it(transactional_db: None, alice: User, article: Article):
    """The database itself refuses the citation: its revision does not exist."""
    reply = Conversation.objects.create(owner=alice, article=article).ask("Bread?", writer="me")
    rows = [Extension(reply.pk, "me", 0, BREAD)]
    stray = Citation(reply_id=reply.pk, ordinal=1, exact="x", start=0, end=1, at=1, revision_id=999_999)
    with pytest.raises(IntegrityError):
        store(rows, {"me": [stray]})
    reply.refresh_from_db()
    assert (reply.text, reply.citations.count()) == ("", 0)
    stray.revision = article.revision
    assert store(rows, {"me": [stray]}) == {"me": False}
    reply.refresh_from_db()
    assert (reply.text, reply.citations.count()) == (BREAD, 1)


def test_a_repeated_flush_stores_no_citation_twice(db: None, alice: User, article: Article):
    reply = Conversation.objects.create(owner=alice, article=article).ask("Bread?", writer="me")
    cited = {"reply_id": reply.pk, "ordinal": 1, "exact": "x", "start": 0, "end": 1, "revision": article.revision}
    for _ in range(2):
        store([Extension(reply.pk, "me", 0, BREAD)], {"me": [Citation(**cited)]})
    assert reply.citations.count() == 1


def test_a_writer_that_lost_its_reply_stores_no_citation(db: None, alice: User, article: Article):
    reply = Conversation.objects.create(owner=alice, article=article).ask("Bread?", writer="another")
    cited = Citation(reply_id=reply.pk, ordinal=1, exact="x", verdict=Verdict.MISSING)
    assert store([Extension(reply.pk, "me", 0, BREAD)], {"me": [cited]}) == {}
    assert reply.citations.count() == 0


@pytest.mark.server
def test_at_every_piece_the_row_and_its_citations_fit_together(reader: Reader, article: Article, model: FakeModel):
    model.script(say(*SAID, pause_after=(1, 2, 3)))
    counts = []
    with reader.asking(article="feasts") as stream:
        for piece in SAID[:3]:
            stream.until(piece.rstrip(" ]"))
            row = the_reply()
            counts.append(row.citations.count())
            assert all(citation.at <= len(row.text) for citation in row.citations.all())
            model.go()
        stream.to_end()
    assert counts == [1, 2, 4]
    assert verdicts(the_reply()) == EXPECTED


class Still(Journal):
    """A journal whose thread does nothing: the test flushes."""

    def _run(self) -> None:
        pass


def test_a_citation_that_comes_during_a_flush_belongs_to_the_next_one():
    """Else it would be shown before it is stored, and twice."""
    loop = asyncio.new_event_loop()
    log, entry = Still(loop), Entry(Live(1, uuid.uuid4()), "me", lambda: None)
    log.open(entry)
    log.append(entry, "First ")
    (under_way,), _ = log._collect()
    cited = Citation(reply_id=1, ordinal=1, exact="x")
    log.append(entry, BREAD, [cited])
    assert (under_way.piece, list(under_way.citations)) == ("First ", [])
    (following,), _ = log._collect()
    assert (following.piece, list(following.citations)) == (BREAD, [cited])
    loop.close()


# --- followers --------------------------------------------------------------------------------------------------


@pytest.fixture
def other(site: Site) -> Iterator[Site]:
    """A second process on the same database, which a test may kill."""
    other = Site(**site.environment).start()
    yield other
    other.kill()


@pytest.mark.server
def test_all_followers_see_the_same_chips(reader: Reader, other: Site, alice: User, article: Article, model: FakeModel):
    model.script(say(*SAID, pause_after=(1, 2)))
    with Reader(other.url, alice) as elsewhere, reader.asking(query="?format=blocks", article="feasts") as live:
        model.wait_for(lambda: model.paused == 1)
        events = the_reply().events_url
        with elsewhere.following(f"{events}?format=blocks") as polled, reader.following(events) as text:
            text.until("People share bread")
            model.go(2)
            seen = live.to_end()
            assert polled.to_end().blocks == seen.blocks
            assert text.to_end().citations == seen.citations
        for offset in range(0, len(the_reply().text), 9):
            for follower in (reader, elsewhere):
                rest = follower.follow(f"{events}?format=blocks&after={offset}")
                assert {**seen.blocks, **rest.blocks} == seen.blocks
                assert rest.citations == seen.citations
    assert [(c["n"], c["verdict"], c["exact"]) for c in seen.citations] == EXPECTED
    whole = "".join(seen.blocks.values())
    assert (whole.count('class="chip"'), whole.count("not in the article")) == (3, 1)


@pytest.mark.server
def test_the_same_text_twice_gets_the_same_verdicts(reader: Reader, article: Article, model: FakeModel):
    whole = "".join(SAID)
    model.script(say(whole), say(*whole))
    one, other = (reader.ask(article="feasts", query="?format=blocks") for _ in range(2))
    assert one.citations == other.citations
    assert one.blocks == other.blocks
    assert [citation["n"] for citation in one.citations] == [1, None, 2, 1]


@pytest.mark.server
def test_a_reply_taken_over_keeps_its_citations_and_their_numbers_go_on(
    site: Site, other: Site, alice: User, article: Article, model: FakeModel
):
    model.script(steps(SAID[0], SAID[1], Do.HANG), say(SAID[2], SAID[3]))
    with Reader(other.url, alice) as reader, reader.asking(article="feasts") as stream:
        received = stream.until("nobody ever shares anything")
        kept = set(the_reply().citations.values_list("pk", flat=True))
        other.kill()
    with Reader(site.url, alice) as reader:
        rest = reader.follow(received.reply["events"], str(received.offset))
    reply = the_reply()
    assert (reply.status, reply.text, reply.attempt) == (Status.COMPLETE, "".join(SAID), 2)
    assert verdicts(reply) == EXPECTED
    assert len(kept) == 2
    assert kept < set(reply.citations.values_list("pk", flat=True))
    assert [(c["n"], c["verdict"], c["exact"]) for c in rest.citations] == EXPECTED


# --- no answer, and too many ------------------------------------------------------------------------------------


@pytest.mark.server
def test_no_answer_leads_to_the_nearest_sections(reader: Reader, article: Article, model: FakeModel):
    model.script("[no answer] The article does not say.")
    received = reader.ask("Who baked the first cake?", query="?format=blocks", article="feasts")
    reply = the_reply()
    assert (reply.is_unanswered, reply.status) == (True, Status.COMPLETE)
    assert {citation.verdict for citation in reply.citations.all()} == {Verdict.NEAREST}
    shown = "".join(received.blocks.values())
    assert "#food" in shown.split('class="nearest"')[1]
    assert 'class="chip"' not in shown
    assert "[no answer]" not in shown


@pytest.mark.server
def test_a_reply_that_quotes_has_an_answer_whatever_it_says(reader: Reader, article: Article, model: FakeModel):
    model.script(f"[no answer] But {BREAD}.")
    reader.ask("Who baked?", article="feasts")
    assert the_reply().is_unanswered is False
    assert verdicts(the_reply()) == EXPECTED[:1]


@pytest.mark.server
def test_no_reply_has_more_citations_than_anyone_would_check(reader: Reader, article: Article, model: FakeModel):
    model.script(say(*[f"{BREAD}, "] * (MAX_CITATIONS + 10)))
    received = reader.ask(article="feasts")
    assert received.text == f"{BREAD}, " * (MAX_CITATIONS + 10)
    assert the_reply().citations.count() == MAX_CITATIONS


# --- the way to the journal -------------------------------------------------------------------------------------


class Log:
    """Stands for the journal: notes what would be stored."""

    def __init__(self) -> None:
        self.stored: list[tuple[str, list[str]]] = []

    def append(self, entry: object, text: str, citations: tuple[Citation, ...] = ()) -> None:
        self.stored.append((text, [citation.exact for citation in citations]))


@pytest.fixture
def way(alice: User, article: Article) -> tuple[Pieces, Log]:
    """The pieces of a reply about the article, and where they go."""
    reply = Conversation.objects.create(owner=alice, article=article).ask("Bread?")
    log = Log()
    return Pieces(SimpleNamespace(live=SimpleNamespace(pk=reply.pk)), log, asks.read(reply), ()), log


def test_stop_in_the_middle_of_a_look_up_loses_no_text(way: tuple[Pieces, Log]):
    pieces, log = way
    gate = threading.Event()

    async def stopped() -> None:
        held = asyncio.get_running_loop().run_in_executor(room._pool, gate.wait, 10)
        reading = asyncio.create_task(pieces.append(f"It says {BREAD}, and more. "))
        await asyncio.sleep(0)  # it has begun, and waits for the look-up behind the gate
        reading.cancel()
        await asyncio.wait({reading})
        assert reading.cancelled()
        assert log.stored == []
        gate.set()
        await held
        await pieces.flush()

    asyncio.run(stopped())
    assert log.stored[0] == (f"It says {BREAD}, and more. ", ["People share bread"])
    assert "".join(text for text, _ in log.stored) == f"It says {BREAD}, and more. "


def test_a_look_up_that_fails_costs_its_verdicts_and_no_text(way: tuple[Pieces, Log], monkeypatch, caplog):
    pieces, log = way

    def fail(quotations: object) -> list[Citation]:
        raise RuntimeError("broken look-up")

    monkeypatch.setattr(pieces._verifier, "verify", fail)

    async def write() -> None:
        await pieces.append(f"It says {BREAD}, and more.")
        await pieces.flush()

    asyncio.run(write())
    assert "".join(text for text, _ in log.stored) == f"It says {BREAD}, and more."
    assert "broken look-up" in caplog.text
