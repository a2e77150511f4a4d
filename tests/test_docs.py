"""Every setting and every command is documented, and nothing is that does not exist."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from celebrations_site.logs import FIELDS
from celebrations_site.settings import BASE_DIR, Env
from chat import measures

SETTINGS = (Path(BASE_DIR) / "docs/settings.md").read_text()
COMMANDS = (Path(BASE_DIR) / "docs/commands.md").read_text()
WATCHING = (Path(BASE_DIR) / "docs/watching.md").read_text()
ROWS = {row[1]: row[2] for row in re.finditer(r"^\| `([A-Z_]+)` \| (.*?) \|", SETTINGS, re.MULTILINE)}
OURS = sorted(name for name, app in get_commands().items() if app == "chat")


def test_it_documents_exactly_the_settings_that_are_read():
    assert sorted(ROWS) == sorted(Env.model_fields)


@pytest.mark.parametrize("name", [name for name in Env.model_fields if name != "DATABASE_URL"])
def test_it_documents_the_default_that_is_used(name):
    default = Env.model_fields[name].default
    assert ROWS[name] == (f"`{default}`" if default not in ("", None, []) else "none")


def test_it_documents_exactly_the_commands_that_exist():
    assert re.findall(r"^## `(\w+)`", COMMANDS, re.MULTILINE) == OURS


@pytest.mark.parametrize("name", OURS)
def test_it_documents_exactly_the_options_of_a_command(name):
    section = re.split(rf"^## `{name}`$", COMMANDS, flags=re.MULTILINE)[1].split("\n## ")[0]
    assert re.findall(r"^- `(--[\w-]+)`", section, re.MULTILINE) == options(load_command_class("chat", name))


def test_it_documents_exactly_the_numbers_that_are_told():
    told = {family.name for family in measures.REGISTRY.collect()}
    assert sorted(re.findall(r"^\| `(chat_\w+)` \|", WATCHING, re.MULTILINE)) == sorted(told)


def test_it_documents_exactly_the_dangers_that_are_looked_for():
    source = (Path(BASE_DIR) / "chat/checks.py").read_text()
    assert re.findall(r"^\| `(chat\.W\d+)` \|", WATCHING, re.MULTILINE) == re.findall(r'id="(chat\.W\d+)"', source)


def test_it_documents_exactly_the_fields_of_the_log():
    own = ("time", "level", "logger", "message", "process", "request_id", "error", "traceback")
    documented = re.findall(r"^\| `([a-z_]+)` \|", WATCHING.split("## The log")[1], re.MULTILINE)
    assert sorted(documented) == sorted({*own, *FIELDS})


def options(command: BaseCommand) -> list[str]:
    """Return what a command adds to the options that all commands have, or the one of the same name that it extends."""
    common = named(type(command).__base__())
    return [option for option in named(command) if option not in common]


def named(command: BaseCommand) -> list[str]:
    return list(command.create_parser("manage.py", "any")._option_string_actions)
