"""Settings that are made rather than read."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from celebrations_site import settings

PROCESSES = 8
TIMES = 20


def test_processes_that_start_at_once_make_one_secret_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "BASE_DIR", tmp_path)
    for _ in range(TIMES):
        start = Barrier(PROCESSES)

        def read(_: int, start: Barrier = start) -> str:
            start.wait(10)
            return settings.read_secret_key()

        with ThreadPoolExecutor(PROCESSES) as pool:
            assert len(set(pool.map(read, range(PROCESSES)))) == 1
        (key,) = tmp_path.iterdir()
        assert (key.name, key.stat().st_mode & 0o777) == (".secret-key", 0o600)
        key.unlink()
