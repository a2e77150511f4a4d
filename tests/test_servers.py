"""The application under other servers than `serve`: uvicorn, and `runserver` with its eye on the code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from chat.models import Article, Message, Role, Status, User
from tests.fake_model import FakeModel
from tests.fake_replies import Do, say, steps
from tests.reader import Reader
from tests.site import ROOT, Site

pytestmark = pytest.mark.server


class UvicornSite(Site):
    """The application under uvicorn."""

    def command(self) -> list[str]:
        server = [sys.executable, "-m", "uvicorn", "celebrations_site.asgi:application"]
        return [*server, "--port", str(self.port), "--log-level", "warning"]


class DeveloperSite(Site):
    """The site as `runserver` shows it, with settings in a file that can be changed."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.settings = folder / "developer_settings.py"
        self.set_name("Before")
        own = {"DJANGO_SETTINGS_MODULE": self.settings.stem, "PYTHONPATH": f"{folder}:{ROOT}"}
        super().__init__(**{**environment, **own})

    def set_name(self, name: str) -> None:
        self.settings.write_text(f'from celebrations_site.settings import *\n\nSITE_NAME = "{name}"\n')

    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "runserver", f"127.0.0.1:{self.port}"]


@contextmanager
def running(site: Site) -> Iterator[Site]:
    try:
        yield site.start()
    finally:
        site.stop()


def test_all_of_it_works_under_uvicorn(site: Site, alice: User, article: Article, model: FakeModel):
    model.script(say("Hello", " world", pause_after=1), steps("Hello", Do.HANG), say("Late", " words", pause_after=1))
    with running(UvicornSite(**site.environment)) as uvicorn, Reader(uvicorn.url, alice) as reader:
        assert article.title in reader.client.get("/articles/feasts/").text
        with reader.asking() as stream:
            events = stream.until("Hello").reply["events"]
            model.go()
            assert (stream.to_end().text, stream.received.done["status"]) == ("Hello world", "complete")
        assert reader.follow(events, "5").text == " world"
        with reader.asking() as stream:
            assert reader.stop(stream.until("Hello")).status_code == 202
            assert stream.to_end().done["status"] == "stopped"
        with reader.asking() as stream:
            stream.until("Late")
        # Nobody reads any more, but the end of the server waits for what is written.
        assert uvicorn.process
        uvicorn.process.terminate()
        uvicorn.wait_until_log("may finish")
        model.go()
        uvicorn.wait()
    assert Message.objects.filter(role=Role.ASSISTANT).latest("pk").status == Status.COMPLETE


def test_runserver_is_the_same_server_and_sees_new_code(site: Site, alice: User, tmp_path: Path):
    with running(DeveloperSite(tmp_path, **site.environment)) as developer:
        developer.wait_until_log("serves (uvloop)")
        with Reader(developer.url, alice) as reader:
            assert "Before" in reader.client.get("/").text
            assert reader.ask().done["status"] == "complete"
        developer.wait_until_log("changed, reloading", meanwhile=lambda: developer.set_name("Afterwards"))
        developer.wait_until_ready()
        page = httpx2.get(developer.url)
        assert "Afterwards" in page.text
        assert "server" not in page.headers
