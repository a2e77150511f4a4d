"""The commands that start the site: first_run and serve."""

import json
import socket
import stat
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from chat.management.commands.seed_article import shipped
from chat.models import Article, ModelSettings, User


@pytest.fixture
def folder(settings, tmp_path):
    """Stand for the folder of manage.py, so that the real one's accounts are left alone."""
    settings.BASE_DIR, settings.DEBUG = tmp_path, True
    return tmp_path


def first_run(**options):
    output = StringIO()
    call_command("first_run", stdout=output, **options)
    return output.getvalue()


def stored(folder):
    return json.loads((folder / ".first-run.json").read_text())


@pytest.mark.django_db
def test_it_makes_accounts_that_can_log_in(folder, client):
    first_run()
    assert User.objects.get(username="admin").is_superuser
    assert not User.objects.get(username="reader").is_staff
    assert all(client.login(username=name, password=password) for name, password in stored(folder).items())


@pytest.mark.django_db
def test_it_loads_the_articles(folder):
    first_run()
    assert Article.objects.published().count() == len(shipped())


@pytest.mark.django_db
def test_a_second_run_says_the_same_and_changes_nothing(folder):
    first_run()
    before = User.objects.in_bulk(field_name="username"), stored(folder)
    passwords = before[1].values()
    assert all(password in first_run() for password in passwords)
    after = User.objects.in_bulk(field_name="username"), stored(folder)
    assert after == before
    assert all(user.password == before[0][name].password for name, user in after[0].items())


@pytest.mark.django_db
def test_it_makes_the_same_accounts_in_a_new_database(folder):
    first_run()
    before = stored(folder)
    User.objects.all().delete()
    first_run()
    assert stored(folder) == before
    assert User.objects.get(username="reader").check_password(before["reader"])


@pytest.mark.django_db
def test_it_does_not_say_a_password_that_was_changed(folder):
    first_run()
    reader = User.objects.get(username="reader")
    reader.set_password("another one, chosen by the reader")
    reader.save()
    assert stored(folder)["reader"] not in first_run()
    assert "(changed since)" in first_run()


@pytest.mark.django_db
def test_only_the_owner_can_read_the_passwords(folder):
    first_run()
    assert stat.S_IMODE((folder / ".first-run.json").stat().st_mode) == 0o600


@pytest.mark.django_db
def test_it_names_the_port_and_who_answers(folder, settings):
    settings.OPENAI_API_KEY, settings.OPENAI_MODEL = "", "tiny-model"
    assert "http://127.0.0.1:8123/" in first_run(port=8123)
    assert "quotations from the articles only" in first_run()
    settings.OPENAI_API_KEY = "sk-secret"
    assert "tiny-model" in first_run()
    assert "sk-secret" not in first_run()
    ModelSettings.objects.create(model="saved-model", context_chars=50_000)
    assert "saved-model" in first_run()


@pytest.mark.django_db
def test_it_refuses_on_a_public_site(folder, settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="createsuperuser"):
        first_run()
    assert not User.objects.exists()


def test_serve_refuses_a_taken_port_with_a_way_out():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} is taken .* PORT={port + 1}"):
            call_command("serve", port=port)


def test_serve_refuses_what_is_no_port():
    with pytest.raises(CommandError, match="70000 is not a port"):
        call_command("serve", port=70000)
