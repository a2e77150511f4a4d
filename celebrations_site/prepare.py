"""Make .venv fit for a requirements file: standard library only, because it runs before anything is installed.

It says what is missing also where Python is too old for the rest of this code, so it keeps to old syntax.
"""

import argparse
import errno
import filecmp
import importlib.util
import os
import shutil
import socket
import subprocess
import sys

OLDEST_PYTHON = (3, 11)
VENV = ".venv"
VENV_PYTHON = os.path.join(VENV, "bin", "python")


def port_problem(host: str, port: int) -> str:
    """Return why a server cannot listen there, as a sentence; "" when it can."""
    # getaddrinfo would take 70000 for 4464.
    if not 0 <= port <= 65535:
        return f"{port} is not a port: a number from 1 to 65535 is."
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # As servers do: a port that only waits for its old connections to end is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return describe(error, host, port)
    return ""


def describe(error: OSError, host: str, port: int) -> str:
    """Return what to do about a failed bind."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Choose another one: make run PORT={port + 1}"
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights. Choose one above 1023: make run PORT=8000"
    return f"Nothing can listen on {host}:{port} ({error})."


def refuse_old_python() -> None:
    """Exit with a sentence when the Python that runs this is too old."""
    if sys.version_info < OLDEST_PYTHON:
        oldest, found = (".".join(map(str, version[:3])) for version in (OLDEST_PYTHON, sys.version_info))
        sys.exit(f"Python {oldest} or newer is needed; {sys.executable} is {found}. Name another: make PYTHON=… run")


def run(command: "list[str]", is_quiet: bool = False) -> bool:
    """Run a command and return whether it ended well."""
    try:
        return subprocess.run(command, check=False, capture_output=is_quiet).returncode == 0  # noqa: S603 - written in this file
    except OSError:
        return False


def works(statement: str) -> bool:
    """Return whether the Python of .venv runs this statement."""
    return run([VENV_PYTHON, "-c", statement], is_quiet=True)


def make_venv() -> None:
    """Make .venv unless there is one with a pip that works (one that was interrupted has none)."""
    if works("import pip"):
        return
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit("This Python cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv")
    say(f"Making a virtual environment in {VENV}.")
    if not run([sys.executable, "-m", "venv", "--clear", VENV]):
        sys.exit(f"The virtual environment {VENV} could not be made: the reason is above.")


def install(requirements: str) -> None:
    """Install the locked packages, unless this very file was the last one installed."""
    stamp = os.path.join(VENV, os.path.basename(requirements))
    if os.path.exists(stamp) and filecmp.cmp(stamp, requirements, shallow=False) and works("import django"):
        return
    make_venv()
    say(f"Installing {requirements}. The first time this takes a minute or two.")
    pip = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    if not run([*pip, "--require-hashes", "-r", requirements]):
        sys.exit(f"{requirements} could not be installed: the reason is above. It needs the network; try again.")
    # The stamp comes last: an interrupted installation is done again.
    shutil.copyfile(requirements, stamp)


def say(sentence: str) -> None:
    """Tell the person who waits, at once even through a pipe."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def main() -> None:
    """Check what is cheap first: Python, then the port, then the packages."""
    refuse_old_python()
    parser = argparse.ArgumentParser(description="Make .venv fit for a requirements file.")
    parser.add_argument("requirements")
    parser.add_argument("--port", type=int, help="stop unless a server could listen here on 127.0.0.1")
    options = parser.parse_args()
    problem = port_problem("127.0.0.1", options.port) if options.port is not None else ""
    if problem:
        sys.exit(problem)
    install(options.requirements)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
