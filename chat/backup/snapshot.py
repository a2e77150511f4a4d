"""What a backup needs of a database engine."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol


@dataclass(frozen=True)
class Snapshot:
    """The whole database as it is at one moment."""

    server: str  # the version of the engine
    rows: dict[str, int]  # of each table
    data: IO[bytes]  # to be read once, in pieces
    is_compressed: bool  # whether the data are as small as they can be


class Engine(Protocol):
    """A database engine and the one database of it that the site uses. Everything raises Trouble."""

    def snapshot(self, folder: Path) -> AbstractContextManager[Snapshot]:
        """Hand over the database as it is now; others go on writing. Large files are put into the folder."""
        ...

    def scratch(self) -> Path | None:
        """Return where there must be room for the data on its way back; None: wherever temporary files are."""
        ...

    def try_out(self, data: Path) -> dict[str, int]:
        """Restore data somewhere else, check it, forget it; return the rows of each table."""
        ...

    def is_empty(self) -> bool:
        """Tell whether there is nothing at all yet, not even tables."""
        ...

    def replaced(self, data: Path) -> AbstractContextManager[dict[str, int]]:
        """Put data in the place of the database, and hand over the rows of each table.

        What was there before comes back when the block raises, and is gone when it ends well.
        """
        ...
