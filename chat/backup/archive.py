"""A backup's file: a zip with the engine's own data in it, and a manifest that tells what it must be."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from chat.backup.manifest import Manifest, read
from chat.backup.snapshot import Snapshot
from chat.backup.trouble import Trouble

DATA, MANIFEST = "data", "manifest.json"
# Enough for the disk, and nothing for the memory.
PIECE_BYTES = 1024 * 1024


class Digest:
    """How many bytes went by, and their SHA-256."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self.sha256 = hashlib.sha256()

    def copy(self, source: IO[bytes], target: IO[bytes]) -> None:
        while piece := source.read(PIECE_BYTES):
            self.size_bytes += len(piece)
            self.sha256.update(piece)
            target.write(piece)


def put(archive: ZipFile, snapshot: Snapshot) -> Digest:
    """Add the data; return what they were."""
    entry = ZipInfo(DATA)
    entry.compress_type = ZIP_STORED if snapshot.is_compressed else ZIP_DEFLATED
    digest = Digest()
    with archive.open(entry, "w", force_zip64=True) as target:
        digest.copy(snapshot.data, target)
    return digest


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what reading a damaged or missing file raises into a sentence."""
    try:
        yield
    except FileNotFoundError as error:
        raise Trouble(f"{path} does not exist.") from error
    except (BadZipFile, KeyError, EOFError, NotImplementedError) as error:
        raise Trouble(f"{path} is no backup of this site, or it is damaged.") from error
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror or error}.") from error


def manifest_of(path: Path) -> Manifest:
    """Return what a backup says about itself."""
    with told(path), ZipFile(path) as archive:
        return read(archive.read(MANIFEST))


def take(path: Path, manifest: Manifest, folder: Path) -> Path:
    """Return the data as a file in the folder; raise Trouble when they are not what the manifest says."""
    data, digest = folder / "data", Digest()
    with told(path), ZipFile(path) as archive, archive.open(DATA) as source, data.open("wb") as target:
        digest.copy(source, target)
    if (digest.size_bytes, digest.sha256.hexdigest()) != (manifest.data_bytes, manifest.data_sha256):
        raise Trouble(f"{path} is damaged: its data are not what its manifest says.")
    return data
