"""Several processes on one socket: renewed one by one, replaced when they die, and ended with their parent."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from django.db import connection

from chat.models import Message, Role, Status, User
from tests.fake_model import FakeModel, Request
from tests.fake_replies import Reply, say
from tests.reader import Reader, Stream
from tests.site import ROOT, Site

pytestmark = pytest.mark.server

PROCESSES = 2
# Who reads while the processes are renewed; one half begins before, the other one in the middle.
READERS = 50

SETTINGS = "from celebrations_site.settings import *\n"
BROKEN = f'{SETTINGS}ASGI_APPLICATION = "nowhere.application"\n'

LIVEZ = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Crew(Site):
    """A site of several processes, with settings that can be broken."""

    news_from = 0  # where in the log the test began

    def __init__(self, folder: Path, **environment: str) -> None:
        self.settings = folder / "crew_settings.py"
        self.settings.write_text(SETTINGS)
        own = {"DJANGO_SETTINGS_MODULE": "crew_settings", "PYTHONPATH": f"{folder}:{ROOT}"}
        super().__init__(**{**environment, **own})

    def command(self) -> list[str]:
        return [*super().command(), "--workers", str(PROCESSES)]

    @property
    def serving(self) -> list[int]:
        """Return the processes that have begun to serve, in their order, among them those that have ended."""
        return [int(pid) for pid in re.findall(r"Process (\d+) serves \(uvloop\)", self.log.read_text())]

    @property
    def alive(self) -> list[int]:
        """Return those of them that are still there."""
        return [pid for pid in self.serving if is_alive(pid)]

    @property
    def children(self) -> list[int]:
        """Return the parent's processes that are there, the oldest first, whether they serve or not."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [pid for pid in map(int, listed.split()) if is_alive(pid)]

    @property
    def news(self) -> str:
        """Return what was logged since the test began."""
        return self.log.read_text()[self.news_from :]

    def wait_until_log(self, words: str, timeout_secs: float = 20) -> None:
        wait_until(lambda: words in self.news, timeout_secs)

    def wait_until_complete(self) -> None:
        """Wait until there are as many processes as wanted, no more and no fewer, and all of them serve."""
        wait_until(lambda: len(self.children) == PROCESSES and set(self.children) <= set(self.serving), 40)

    def wait_until_serving(self, count: int) -> None:
        """Wait until so many processes have begun to serve since the beginning of the log."""
        wait_until(lambda: len(self.serving) >= count)

    def renew(self) -> None:
        """Tell the parent to renew its processes."""
        os.kill(self.pid, signal.SIGHUP)


class Child(Site):
    """One process as a parent starts it."""

    fds: tuple[int, int]

    def command(self) -> list[str]:
        listening, lifeline = self.fds
        return [*super().command(), f"--fd={listening}", f"--lifeline={lifeline}"]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


def wait_until(is_so: Callable[[], bool], timeout_secs: float = 20) -> None:
    deadline = time.monotonic() + timeout_secs
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)  # neither a log nor the end of a stranger's child can be waited for


def is_alive(pid: int) -> bool:
    """Return whether a process is there; one that has ended and that nobody has asked after is not."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture(scope="module")
def hired(served: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    """The processes for all tests of this file."""
    hired = Crew(tmp_path_factory.mktemp("settings"), **{**served.environment, "DRAIN_SECS": "30"})
    yield hired
    hired.stop()


@pytest.fixture
def crew(hired: Crew, site: Site) -> Crew:
    """Processes that serve, all of them, whatever the test before has left them in."""
    if hired.process is None or hired.process.poll() is not None:
        hired.log.write_text("")
        hired.start()
    hired.wait_until_complete()
    hired.news_from = len(hired.log.read_text())
    return hired


def by_question(request: Request) -> Reply:
    """Answer at once, but pause in the middle of a long story."""
    is_long = "long" in str(request.body["messages"][-1]["content"])
    return say("Once", " upon a time", pause_after=1) if is_long else say("Yes.")


@contextmanager
def someone_who_asks(url: str, user: User) -> Iterator[list[str]]:
    """Ask short questions over new connections, one after the other; yield the list of how they ended."""
    ends: list[str] = []
    is_over = threading.Event()

    def ask() -> None:
        try:
            while not is_over.wait(0.05):
                with Reader(url, user) as reader:
                    received = reader.ask("Short?")
                    ends.append(f"{received.done and received.done['status']}: {received.text}")
        except Exception as error:
            ends.append(repr(error))
        finally:
            connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield ends
    finally:
        is_over.set()
        asking.join(20)


def test_renewing_under_fifty_readers_harms_nobody(crew: Crew, alice: User, model: FakeModel):
    model.script(by_question)
    before = crew.alive
    with ExitStack() as opened:
        reader, other = (opened.enter_context(Reader(crew.url, alice)) for _ in range(2))
        other.client.get("/livez")  # a connection that is kept open
        asked = opened.enter_context(someone_who_asks(crew.url, alice))

        def listen() -> list[Stream]:
            streams = [opened.enter_context(reader.asking("A long story?")) for _ in range(READERS // 2)]
            for stream in streams:
                stream.until("Once")
            return streams

        streams = listen()
        crew.renew()
        crew.wait_until_log("takes the place")
        streams += listen()
        model.go(READERS // 2)
        wait_until(lambda: crew.news.count("takes the place") == PROCESSES)
        model.go(READERS // 2)
        ends = [stream.to_end() for stream in streams]
        crew.wait_until_log("All processes are renewed")
        assert other.ask("Short?").text == "Yes."
    assert {(end.text, end.done["status"]) for end in ends} == {("Once upon a time", "complete")}
    assert len(asked) > PROCESSES
    assert set(asked) == {"complete: Yes."}
    replies = Message.objects.filter(role=Role.ASSISTANT)
    assert set(replies.values_list("status", flat=True)) == {Status.COMPLETE}
    assert replies.count() == READERS + len(asked) + 1
    assert not set(crew.alive) & set(before)


def test_a_process_that_is_killed_is_replaced(crew: Crew, alice: User):
    before, victim = crew.serving, crew.children[0]
    os.kill(victim, signal.SIGKILL)
    with Reader(crew.url, alice) as reader:
        assert reader.ask().done["status"] == "complete"
        crew.wait_until_serving(len(before) + 1)
        assert reader.ask().done["status"] == "complete"
    assert f"Process {victim} died (-9)" in crew.news


def test_a_process_that_is_killed_during_a_renewal_is_replaced_at_once(crew: Crew, alice: User, model: FakeModel):
    model.script(by_question)
    before, (renewed, victim) = crew.serving, crew.children
    os.kill(victim, signal.SIGSTOP)  # so that it is the other one who accepts the question
    with Reader(crew.url, alice) as reader, reader.asking("A long story?") as stream:
        stream.until("Once")
        crew.renew()
        wait_until(lambda: len(crew.children) > PROCESSES)
        os.kill(victim, signal.SIGKILL)
        crew.wait_until_serving(len(before) + 2)  # the one that takes the place, and the one for the victim
        assert is_alive(renewed)
        model.go()
        assert stream.to_end().done["status"] == "complete"
    crew.wait_until_log("All processes are renewed")
    crew.wait_until_complete()
    assert not {renewed, victim} & set(crew.children)
    assert f"takes the place of {victim}" not in crew.news  # it had left none


def test_what_cannot_serve_takes_nobodys_place(crew: Crew, alice: User):
    before = crew.alive
    crew.settings.write_text(BROKEN)
    crew.renew()
    crew.wait_until_log("does not begin to serve")
    crew.settings.write_text(SETTINGS)
    assert crew.alive == before
    with Reader(crew.url, alice) as reader:
        assert reader.ask().done["status"] == "complete"


def test_told_to_end_all_finish_what_they_write(crew: Crew, alice: User, model: FakeModel):
    model.script(by_question)
    with Reader(crew.url, alice) as reader, ExitStack() as opened:
        streams = [opened.enter_context(reader.asking("A long story?")) for _ in range(6)]
        for stream in streams:
            stream.until("Once")
        os.kill(crew.pid, signal.SIGTERM)
        crew.wait_until_log("may finish")
        model.go(len(streams))
        assert {stream.to_end().done["status"] for stream in streams} == {"complete"}
    assert crew.wait() == 0
    assert not crew.alive


def test_a_process_without_its_parent_leaves_in_order(site: Site, alice: User, model: FakeModel):
    """The test is the parent: it holds the listening socket and an end of the lifeline."""
    model.script(by_question)
    child = Child(**site.environment)
    with ExitStack() as opened:
        listening = opened.enter_context(socket.create_server(("127.0.0.1", child.port)))
        lifeline, far_end = map(opened.enter_context, socket.socketpair())
        child.fds = (listening.fileno(), far_end.fileno())
        child.start(pass_fds=child.fds)
        assert lifeline.recv(16) == b"ready"
        assert not os.get_blocking(listening.fileno())  # else the slower one of two that accept waits for the next
        idle, silent = (opened.enter_context(child.connect()) for _ in range(2))
        idle.sendall(LIVEZ)
        assert b"close" not in idle.recv(4096)
        reader = opened.enter_context(Reader(child.url, alice))
        stream = opened.enter_context(reader.asking("A long story?"))
        stream.until("Once")

        lifeline.close()
        child.wait_until_log("may finish")
        assert idle.recv(4096) == b""
        silent.sendall(LIVEZ)
        assert b"connection: close" in silent.recv(4096).lower()
        opened.enter_context(child.connect())
        listening.settimeout(5)
        opened.enter_context(listening.accept()[0])  # nobody else does
        model.go()
        assert stream.to_end().done["status"] == "complete"
        assert child.wait() == 0


def test_a_start_that_fails_is_said_in_one_sentence(hired: Crew, site: Site):
    hired.settings.write_text(BROKEN)
    started = subprocess.run(
        hired.command(), cwd=ROOT, env=hired.environment, capture_output=True, text=True, timeout=30
    )
    hired.settings.write_text(SETTINGS)
    assert started.returncode == 1
    assert started.stderr.endswith(f"None of the {PROCESSES} processes began to serve; the reason is in their log.\n")
