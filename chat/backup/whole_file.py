"""Files with readers' words in them: for their owner's eyes only, and either whole or not there at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from chat.backup.trouble import Trouble


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Hand over a file that takes the name `path` (and another one's place) once the block has ended well.

    Until then it has a name of its own beside it, and after any failure it is gone. Raises Trouble.
    """
    try:
        descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    except OSError as error:
        raise Trouble(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            # On the disk before it has its name: a power cut must not leave an empty file in an older one's place.
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise Trouble(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        Path(name).unlink(missing_ok=True)
