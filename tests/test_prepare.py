"""What happens before anything is installed: run with a Python that knows nothing of the site."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from celebrations_site import prepare

SCRIPT = Path(prepare.__file__)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Stand for a fresh checkout with one requirements file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").write_text("# nothing is needed\n")
    return tmp_path


def run_script(*arguments):
    command = [sys.executable, "-I", "-S", SCRIPT, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_taken_port_is_noticed_before_anything_is_made(folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run_script("--port", str(port), "requirements.txt")
    assert result.returncode == 1
    assert f"Port {port} is taken" in result.stderr
    assert not (folder / ".venv").exists()


def test_a_free_port_is_no_problem():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    assert prepare.port_problem("127.0.0.1", port) == ""


def test_an_old_python_is_told_which_one_is_needed(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed; .* is 3\.9\.2"):
        prepare.refuse_old_python()


def test_a_python_without_venv_is_told_what_to_install(folder, monkeypatch):
    monkeypatch.setattr(prepare.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        prepare.make_venv()


def test_it_installs_once_and_again_when_the_file_changed(folder, monkeypatch):
    commands = []
    monkeypatch.setattr(prepare, "run", lambda command, is_quiet=False: not commands.append(command))
    (folder / ".venv").mkdir()
    prepare.install("requirements.txt")
    prepare.install("requirements.txt")
    assert installs(commands) == 1
    (folder / "requirements.txt").write_text("# something else\n")
    prepare.install("requirements.txt")
    assert installs(commands) == 2


def test_a_failed_installation_is_tried_again(folder, monkeypatch):
    monkeypatch.setattr(prepare, "run", lambda command, is_quiet=False: "install" not in command)
    (folder / ".venv").mkdir()
    with pytest.raises(SystemExit, match=r"requirements\.txt could not be installed"):
        prepare.install("requirements.txt")
    assert not (folder / ".venv/requirements.txt").exists()


def installs(commands):
    return sum("--require-hashes" in command for command in commands)
