"""Makes a backup while the site runs, and tries out whether one can be restored."""

from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from django.db import connection

from chat.backup import archive, manifest
from chat.backup.engine import engine
from chat.backup.manifest import FORMAT, Manifest
from chat.backup.trouble import Trouble
from chat.backup.whole_file import whole_file


def make(path: Path) -> Manifest:
    """Write everything that is stored at this moment into a file; it is there whole or not at all."""
    made = manifest.now()
    # The engine says only at the end of its block whether the data were whole: before the file gets its name.
    with (
        whole_file(path) as file,
        TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder,
        engine().snapshot(Path(folder)) as snapshot,
        ZipFile(file, "w") as target,
    ):
        if not snapshot.rows:
            raise Trouble("The database has no tables. Does DATABASE_URL name the right one?")
        digest = archive.put(target, snapshot)
        told = Manifest(
            format=FORMAT,
            made=made,
            engine=connection.vendor,
            server=snapshot.server,
            migrations=manifest.applied_migrations(),
            rows=snapshot.rows,
            data_bytes=digest.size_bytes,
            data_sha256=digest.sha256.hexdigest(),
        )
        target.writestr(archive.MANIFEST, told.as_json())
    return told


def try_out(path: Path) -> Manifest:
    """Restore a backup into a database that is thrown away; raise Trouble when it does not come out whole."""
    told, target = archive.manifest_of(path), engine()
    manifest.refuse_foreign(told)
    with TemporaryDirectory(dir=target.scratch(), prefix=".restore-") as folder:
        refuse_difference(told, target.try_out(archive.take(path, told, Path(folder))))
    return told


def refuse_difference(told: Manifest, rows: dict[str, int]) -> None:
    """Raise Trouble when a table has not as many rows as the manifest says."""
    names = sorted({*told.rows, *rows})
    wrong = [name for name in names if told.rows.get(name) != rows.get(name)]
    if wrong:
        name = wrong[0]
        raise Trouble(f"The table {name} has {rows.get(name)} rows, and the manifest says {told.rows.get(name)}.")
