"""`doctor`: nothing on a healthy site, and every planted fault by its name."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.doctor.database import file_system
from tests import redis_server
from tests.browser.stage import own_database, running
from tests.elsewhere import done, empty_database, manage
from tests.fake_model import FakeModel
from tests.fake_replies import SECRET, Delay, Do, Reply, chunk, failure, frame, say
from tests.proxy import Habits, Proxy
from tests.site import Site

pytestmark = pytest.mark.server

KEY = "sk-the-key-of-this-site"
PASSWORD = "password-of-the-mail-server"


@pytest.fixture(scope="module")
def healthy(django_db_setup: None, django_db_blocker: object, fake_model: FakeModel) -> Iterator[Site]:
    """A site that wants for nothing; its heartbeat is quick, since the doctor waits for one."""
    own = {"OPENAI_BASE_URL": fake_model.base_url, "OPENAI_API_KEY": KEY, "HEARTBEAT_SECS": "1"}
    with own_database() as database, running(Site, DATABASE_URL=database, **own) as site:
        yield site


def doctor(site: Site, *words: str, **environment: str) -> list[dict[str, Any]]:
    """Return what the doctor finds, with the settings of the site but for some."""
    own = {**site.environment, **environment}
    result = manage(own.pop("DATABASE_URL"), "doctor", "--json", *words, **own)
    assert not result.stderr
    assert SECRET not in result.stdout
    assert KEY not in result.stdout
    assert PASSWORD not in result.stdout
    found = json.loads(result.stdout)
    assert result.returncode == any(finding["level"] == "error" for finding in found)
    assert all(finding["what"] and finding["remedy"] for finding in found)
    return list(found)


def only(found: list[dict[str, Any]]) -> tuple[str, str]:
    """Return part and words of the one finding."""
    assert len(found) == 1, found
    return found[0]["part"], found[0]["what"]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_it_finds_nothing_on_a_healthy_site(healthy: Site, model: FakeModel):
    assert doctor(healthy, "--url", healthy.url) == []
    assert model.requests[0].body["stream"] is True


def test_it_finds_nothing_on_a_healthy_site_with_redis(healthy: Site, model: FakeModel):
    with redis_server.running() as redis:
        assert doctor(healthy, REDIS_URL=redis.url) == []


def test_it_says_so_in_words(healthy: Site, model: FakeModel):
    own = {**healthy.environment, "OPENAI_BASE_URL": "", "OPENAI_API_KEY": ""}
    told = manage(own.pop("DATABASE_URL"), "doctor", **own)
    assert "Nothing is wrong.\nNot looked at: what readers get through a proxy" in told.stdout


# --- planted faults: the database, Redis, disk, settings ------------------------------------------------------


def test_a_database_that_is_away(healthy: Site, model: FakeModel, tmp_path: Path):
    part, what = only(doctor(healthy, DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/site.sqlite3")[:1])
    assert (part, "does not answer" in what) == ("database", True)


def test_a_database_without_the_tables(healthy: Site, model: FakeModel, tmp_path: Path):
    part, what = only(doctor(healthy, DATABASE_URL=f"sqlite:///{tmp_path}/site.sqlite3"))
    assert (part, "migrations are missing" in what) == ("database", True)


def test_a_file_on_a_network_file_system(tmp_path: Path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/home {tmp_path}/shared nfs4 rw 0 0\n")
    assert file_system(tmp_path / "shared" / "site", mounts) == "nfs4"
    assert file_system(tmp_path, mounts) == "ext4"


def test_a_redis_that_is_away(healthy: Site, model: FakeModel):
    part, what = only(doctor(healthy, REDIS_URL=f"redis://127.0.0.1:{closed_port()}/0"))
    assert (part, "does not answer" in what) == ("redis", True)


def test_a_redis_that_is_frozen(healthy: Site, model: FakeModel):
    with redis_server.running() as redis:
        redis.freeze()
        part, what = only(doctor(healthy, REDIS_URL=redis.url))
    assert (part, "does not answer" in what) == ("redis", True)


def test_a_disk_that_is_almost_full(healthy: Site, model: FakeModel):
    found = doctor(healthy, DISK_MIN_FREE_MB=str(10**9))
    assert {finding["part"] for finding in found} == {"disk"}
    assert all("are free for" in finding["what"] for finding in found)


def test_settings_that_are_dangerous(healthy: Site, model: FakeModel):
    found = doctor(healthy, DEBUG="false", SECRET_KEY="short", ALLOWED_HOSTS="127.0.0.1", STATIC_ROOT="")
    assert any(finding["part"] == "settings" and "SECRET_KEY" in finding["what"] for finding in found)


def test_staff_without_the_second_factor_that_is_wanted(healthy: Site, model: FakeModel):
    def told(wanted: str) -> list[str]:
        found = doctor(healthy, STAFF_SECOND_FACTOR=wanted)
        return [finding["what"] for finding in found if finding["part"] == "staff"]

    assert told("true") == []  # nobody is staff
    healthy.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
    own = {**healthy.environment}
    manage(own.pop("DATABASE_URL"), "createsuperuser", "--noinput", "--username", "root", "--email", "", **own)
    assert "1 administrator(s) have no second factor" in told("true")[0]
    assert told("false") == []


DIED = """
from datetime import timedelta
from django.utils import timezone
from chat.models import Conversation, Message, Role, Status, User

past = timezone.now() - timedelta(minutes=2)
conversation = Conversation.objects.create(owner=User.objects.create_user("alice"))
question = Message.objects.create(conversation=conversation, role=Role.USER, text="When?")
Message.objects.create(
    conversation=conversation, role=Role.ASSISTANT, parent=question, status=Status.WRITING, heartbeat_at=past
)
Message.objects.update(created=past)
"""


def test_replies_that_nobody_writes(db: None, tmp_path: Path):
    # On a database of its own: a server that lives would end them.
    with empty_database(tmp_path) as url:
        for words in (("migrate",), ("shell", "--no-imports", "--command", DIED)):
            done(manage(url, *words))
        told = manage(url, "doctor", "--json")
    assert only(json.loads(told.stdout)) == (
        "replies",
        "1 replies are unfinished, and nobody has written them for over a minute.",
    )


# --- planted faults: the model --------------------------------------------------------------------------------

LATE = (Delay(1.2), b"".join(frame(chunk({"content": f"{n} "})) for n in range(40)), Do.DONE)
MODEL_FAULTS = {
    "refuses the key": Reply(status=401, body=f'{{"error": {{"message": "{SECRET}"}}}}'.encode()),
    "does not know the model": Reply(status=404, body=b"{}"),
    "too many requests": Reply(status=429, body=b"{}"),
    "answers with status 500": Reply(status=500, body=b"{}"),
    "does not stream": Reply(body=b"{}", content_type="application/json"),
    "without a word": Reply(steps=(Do.DONE,)),
    "everything at once": Reply(steps=LATE),
    "cannot be reached": Reply(drops_at_once=True),
}


@pytest.mark.parametrize("what", MODEL_FAULTS)
def test_a_model_with_a_fault(healthy: Site, model: FakeModel, what: str):
    model.script(MODEL_FAULTS[what])
    part, words = only(doctor(healthy))
    assert part == "model"
    assert what in words


def test_a_model_that_waited_once_for_a_busy_machine_is_healthy(healthy: Site, model: FakeModel):
    model.script(Reply(steps=LATE), say("One", "two"))
    assert doctor(healthy) == []
    assert len(model.requests) == 2


def test_a_model_that_is_away(healthy: Site, model: FakeModel):
    part, what = only(doctor(healthy, OPENAI_BASE_URL=f"http://127.0.0.1:{closed_port()}/v1"))
    assert (part, "cannot be reached" in what) == ("model", True)


def test_the_model_that_is_asked_is_the_one_that_counts(healthy: Site, model: FakeModel):
    values = "model='saved-model', temperature=None, max_tokens=7, max_tokens_field='max_completion_tokens'"
    save = f"from chat.models import ModelSettings; ModelSettings.objects.create({values}, context_chars=50_000)"
    own = {**healthy.environment}
    database = own.pop("DATABASE_URL")
    assert manage(database, "shell", "--command", save, **own).returncode == 0
    try:
        model.script(failure(404))
        part, what = only(found := doctor(healthy))
        assert (part, "does not know the model saved-model" in what) == ("model", True)
        assert "the model settings in the admin" in found[0]["remedy"]
        sent = [model.requests[0].body.get(name) for name in ("model", "temperature", "max_completion_tokens")]
        assert sent == ["saved-model", None, 7]
    finally:
        forget = "from chat.models import ModelSettings; ModelSettings.objects.all().delete()"
        assert manage(database, "shell", "--command", forget, **own).returncode == 0


def test_a_model_without_a_finish_reason_where_one_is_needed(healthy: Site, model: FakeModel):
    model.script(say("One", "two", finish=None))
    assert doctor(healthy) == []
    part, what = only(doctor(healthy, MODEL_FINISH="reason"))
    assert (part, "finish reason" in what) == ("model", True)


def test_a_clock_that_is_wrong(healthy: Site, model: FakeModel):
    date = format_datetime(timezone.now() + timedelta(hours=1), usegmt=True)
    model.script(Reply(steps=say("Hello", " world").steps, headers={"Date": date}))
    part, what = only(doctor(healthy))
    assert part == "clock"
    assert what.endswith("s ahead of this machine's.")


# --- planted faults: what stands before the site --------------------------------------------------------------

PROXY_FAULTS = {
    "keeps streams back": Habits(keeps_back=True),
    "cuts a stream that is silent": Habits(patience_secs=0.6),
    "refuses the name": Habits(host="elsewhere.example"),
    "The site is told that its name is localhost": Habits(host="localhost"),
    "No WebSocket comes through": Habits(drops_upgrade=True),
    "compresses streams": Habits(adds="Content-Encoding: identity"),
}


@pytest.mark.parametrize("what", PROXY_FAULTS)
def test_a_proxy_with_a_fault(healthy: Site, model: FakeModel, what: str):
    with Proxy(healthy.port, PROXY_FAULTS[what]) as proxy:
        found = doctor(healthy, "--url", proxy.url, OPENAI_BASE_URL="", OPENAI_API_KEY="")
    assert {finding["part"] for finding in found} == {"public address"}
    assert what in found[0]["what"]


def test_a_proxy_without_a_fault(healthy: Site, model: FakeModel):
    with Proxy(healthy.port, Habits()) as proxy:
        assert doctor(healthy, "--url", proxy.url) == []


def test_a_public_address_where_nothing_is(healthy: Site, model: FakeModel):
    part, what = only(doctor(healthy, "--url", f"http://127.0.0.1:{closed_port()}"))
    assert (part, "cannot be reached" in what) == ("public address", True)


def test_another_site_at_the_public_address(healthy: Site, model: FakeModel):
    part, what = only(doctor(healthy, "--url", healthy.url, SECRET_KEY="of-another-site-" * 4)[:1])
    assert (part, "is another site" in what) == ("public address", True)


def test_the_probe_is_for_who_has_the_key(client: Client, db: None):
    assert client.get("/probe").status_code == 404
    assert client.get("/probe?token=probe:1wXYZ:forged").status_code == 404


# --- planted faults: the mail server --------------------------------------------------------------------------


@contextmanager
def mail_server(*answers: str) -> Iterator[str]:
    """Yield the port of a server that says its lines, one after each line it gets."""

    def serve() -> None:
        with suppress(OSError):
            reader, _ = server.accept()
            with reader, reader.makefile("r") as lines:
                for answer in answers:
                    reader.sendall(f"{answer}\r\n".encode())
                    lines.readline()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield str(server.getsockname()[1])


MAIL = {
    "EMAIL_HOST": "127.0.0.1", "EMAIL_USE_TLS": "false", "EMAIL_HOST_USER": "site", "EMAIL_HOST_PASSWORD": PASSWORD,
    "EMAIL_FROM": "post@example.org", "OPENAI_BASE_URL": "", "OPENAI_API_KEY": "",
}  # fmt: skip


def test_a_mail_server_that_is_away(healthy: Site):
    part, what = only(doctor(healthy, **MAIL, EMAIL_PORT=str(closed_port())))
    assert (part, "cannot be reached" in what) == ("mail", True)


def test_a_mail_server_that_refuses_the_password(healthy: Site):
    with mail_server("220 hello", "250-hello\r\n250 AUTH PLAIN", "535 no", "221 bye") as port:
        part, what = only(doctor(healthy, **MAIL, EMAIL_PORT=port))
    assert (part, "refuses the user name or the password" in what) == ("mail", True)


def test_a_mail_server_that_lets_the_site_in(healthy: Site):
    with mail_server("220 hello", "250-hello\r\n250 AUTH PLAIN", "235 come in", "221 bye") as port:
        assert doctor(healthy, **MAIL, EMAIL_PORT=port) == []


def test_an_address_that_other_servers_refuse(healthy: Site):
    with mail_server("220 hello", "250-hello\r\n250 AUTH PLAIN", "235 come in", "221 bye") as port:
        own = {**MAIL, "EMAIL_FROM": "Celebrations <noreply@localhost>"}
        assert only(doctor(healthy, **own, EMAIL_PORT=port))[0] == "mail"
