"""Zips and folders of files: those of others are read with care; the same files are written as the same bytes."""

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812  # an exception in all but its name

from chat.text.documents import MAX_BYTES

# The questions and the summary stand before the text.
MAX_FILE_BYTES = MAX_BYTES + 200_000
# More articles than one publication has; all of them are in memory at once.
MAX_FILES = 20_000
MAX_TOTAL_BYTES = 200_000_000
# What an upload may be: text becomes a third of its size in a zip.
MAX_ZIP_BYTES = 12_000_000

TEXT_NAMES = (".md", ".markdown", ".txt")
# What file managers put into every zip and folder.
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
# The first moment that a zip can name: the time of an export says nothing about an article.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class ArchiveError(ValueError):
    """The zip or folder cannot be read; `str()` is a sentence that says why."""


@dataclass(frozen=True)
class File:
    """One file, with its path inside the zip or folder."""

    name: str
    data: bytes


def read_zip(source: IO[bytes]) -> list[File]:
    """Return the files of a zip by name, without litter; raise ArchiveError for what is damaged, or meant to harm."""
    try:
        with ZipFile(source) as archive:
            members = [member for member in archive.infolist() if _counts(member)]
            _check_members(members)
            return sorted(_read_members(archive, members), key=lambda file: file.name)
    except BadZipFile as error:
        raise ArchiveError("This is not a zip file, or it is damaged.") from error
    except (NotImplementedError, RuntimeError) as error:
        raise ArchiveError("The zip is packed in a way that is not supported. Pack it with “deflate”.") from error
    except (ZlibError, EOFError, OSError, ValueError) as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError("The zip is damaged: it cannot be unpacked.") from error


def read_folder(folder: Path) -> list[File]:
    """Return the texts and covers of a folder; raise ArchiveError if one is too large."""
    paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in TEXT_NAMES and path.is_file()]
    if not paths:
        raise ArchiveError("The folder holds no Markdown files.")
    kept = [path for path in paths if not path.name.startswith(".")]
    return [File(path.name, _read_limited(path)) for path in kept] + read_covers(folder)


def read_covers(folder: Path) -> list[File]:
    """Return the pictures that lie beside the texts of a folder."""
    return [
        File(path.relative_to(folder).as_posix(), _read_limited(path)) for path in sorted(folder.glob("covers/*.webp"))
    ]


def write_zip(target: IO[bytes], files: Iterable[File]) -> None:
    """Write the files; the same files give the same bytes."""
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=6) as archive:
        for file in files:
            member = ZipInfo(file.name, _EPOCH)
            member.compress_type = ZIP_DEFLATED
            member.create_system = 3  # on every machine the same: Unix
            member.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(member, file.data)


def _counts(member: ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    return not (member.is_dir() or any(part in _LITTER for part in path.parts))


def _check_members(members: list[ZipInfo]) -> None:
    if len(members) > MAX_FILES:
        raise ArchiveError(f"The zip holds {len(members):,} files; at most {MAX_FILES:,} are read. Divide it.")
    seen: set[str] = set()
    for member in members:
        name = member.filename
        if _leads_outside(name):
            raise ArchiveError(f"The zip holds the path “{name}”, which leads out of it.")
        if member.flag_bits & 0x1:
            raise ArchiveError(f"{name} is encrypted: pack the zip without a password.")
        if name in seen:
            raise ArchiveError(f"The zip holds {name} twice.")
        seen.add(name)
    if sum(member.file_size for member in members) > MAX_TOTAL_BYTES:
        raise ArchiveError(_too_large_in_all())


def _leads_outside(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")


def _read_members(archive: ZipFile, members: list[ZipInfo]) -> Iterator[File]:
    """Yield the files; what is unpacked is counted, whatever the zip says about its sizes."""
    total = 0
    for member in members:
        with archive.open(member) as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise ArchiveError(f"{member.filename} is larger than {MAX_BYTES // 1_000_000} MB.")
        total += len(data)
        if total > MAX_TOTAL_BYTES:
            raise ArchiveError(_too_large_in_all())
        yield File(member.filename, data)


def _read_limited(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise ArchiveError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB.")
    return data


def _too_large_in_all() -> str:
    return f"The zip holds more than {MAX_TOTAL_BYTES // 1_000_000} MB of text. Divide it."
