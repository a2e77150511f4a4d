"""`serve`: run the site, with everything that open streams need, until it is told to stop."""

import asyncio
import socket
from argparse import ArgumentTypeError

from channels.routing import get_default_application
from django.core.management.base import BaseCommand, CommandError, CommandParser

from celebrations_site.prepare import describe, port_problem
from celebrations_site.workers import Parent

# How many connections may wait while the processes are busy; 50, the usual number, is too few when everyone reloads.
BACKLOG = 2048


class Command(BaseCommand):
    """Serve on one address, in one process or in several."""

    help = "Serve the site over HTTP."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0 takes any free one")
        parser.add_argument("--workers", type=count, default=1, help="how many processes serve (default: 1)")
        parser.add_argument("--fd", type=int, help="instead: a socket that listens already, by its descriptor")
        parser.add_argument("--lifeline", type=int, help="used by --workers: a descriptor that leads to the parent")

    def handle(
        self, *, host: str, port: int, workers: int, fd: int | None, lifeline: int | None, **options: object
    ) -> None:
        listening = listen(host, port) if fd is None else inherited_listening(fd)
        if workers == 1:
            self.serve(listening, is_shared=fd is not None, lifeline=inherited(lifeline) if lifeline else None)
        elif not asyncio.run(Parent(listening, workers).run(lambda: self.announce(listening))):
            raise CommandError(f"None of the {workers} processes began to serve; the reason is in their log.")

    def serve(self, listening: socket.socket, is_shared: bool, lifeline: socket.socket | None) -> None:
        """Serve in this process; its parent, if it has one, says so itself."""
        # Here, because the parent of several processes needs none of what this imports.
        from celebrations_site.server import Server

        Server(
            get_default_application(),
            listening=listening,
            is_shared=is_shared,
            lifeline=lifeline,
            ready_callable=None if lifeline else lambda: self.announce(listening),
        ).run()

    def announce(self, listening: socket.socket) -> None:
        """Print where the site is, once connections are accepted there."""
        address = listening.getsockname()
        if isinstance(address, tuple):
            host, port, *_ = address
            address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        self.stdout.write(f"Serving on {address} (stop: Ctrl+C)")
        self.stdout.flush()


def count(words: str) -> int:
    """Return how many processes are wanted."""
    if not words.isdecimal() or int(words) < 1:
        raise ArgumentTypeError("a number from 1 on is expected.")
    return int(words)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; raise CommandError with a way out when none can."""
    if problem := port_problem(host, port):
        raise CommandError(problem)
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    try:
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:  # another program was faster
        raise CommandError(describe(error, host, port)) from error


def inherited_listening(fd: int) -> socket.socket:
    """Return the listening socket that this process was given under this number."""
    given = inherited(fd)
    if not given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise CommandError(f"The descriptor {fd} is a socket that does not listen.")
    return given


def inherited(fd: int) -> socket.socket:
    """Return the socket that this process was given under this number."""
    try:
        given = socket.socket(fileno=fd)
    except OSError as error:
        raise CommandError(f"The descriptor {fd} is no socket ({error}).") from error
    given.set_inheritable(False)
    return given
