"""The house has floors: a file imports only from floors below its own, or from its own part of its floor."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

# The longest name that fits decides. Names on one floor that are not the same part do not know each other.
FLOORS = {
    "chat.management.commands.serve": 8,  # these two run the whole site
    "chat.management.commands.runserver": 8,
    "celebrations_site": 7,
    "celebrations_site.settings": 7,
    "chat.urls": 6,
    "chat.routing": 6,
    "chat.views": 5,
    "chat.api": 5,
    "chat.consumers": 5,
    "chat.admin": 5,
    "chat.management": 5,
    "chat.apps": 5,
    "chat.replies": 4,
    "chat.doctor": 4,
    "chat.checks": 4,
    "chat.answering": 3,
    "chat.quota": 3,
    "chat.backup": 3,
    "chat.exchange": 3,
    "chat.models": 2,
    "chat.migrations": 2,
    "chat.text": 1,
    "chat.errors": 1,
    "chat.measures": 1,
    "chat.roles": 1,
    "chat.tracing": 1,
}
ROOT = Path(settings.BASE_DIR)
FILES = sorted(path for top in ("chat", "celebrations_site") for path in (ROOT / top).rglob("*.py"))


def part(module: str) -> str:
    """Return the entry of FLOORS that a module belongs to; "" for other people's packages and for empty parents."""
    return max((name for name in FLOORS if f"{module}.".startswith(f"{name}.")), key=len, default="")


def imports(path: Path) -> set[str]:
    """Return the full names of everything that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def broken_rules(path: Path) -> list[str]:
    """Return the imports of a file that its floor does not allow."""
    own = part(".".join(path.relative_to(ROOT).with_suffix("").parts))
    used = {name: part(name) for name in imports(path)}
    return [
        f"{path.relative_to(ROOT)}: {name}"
        for name, other in used.items()
        if other and other != own and (other == "celebrations_site.settings" or FLOORS[other] >= FLOORS.get(own, 0))
    ]


def test_every_file_imports_only_from_floors_below():
    assert [rule for path in FILES for rule in broken_rules(path)] == []


def test_every_file_stands_on_a_floor():
    homeless = {path.stem for path in FILES if not part(".".join(path.relative_to(ROOT).with_suffix("").parts))}
    assert homeless <= {"__init__"}


@pytest.mark.parametrize("name", settings.MIDDLEWARE)
def test_every_middleware_is_async(name):
    """One that is not would run everything behind it in a thread, for as long as a stream is open."""
    assert getattr(import_string(name), "async_capable", False)
