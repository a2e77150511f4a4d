"""What processes use, read from /proc: CPU time, memory, threads, open files."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Usage:
    """Of a process and its children."""

    cpu_secs: float = 0
    rss_bytes: int = 0
    threads: int = 0


def stats() -> Iterator[tuple[int, list[str]]]:
    """Yield each process's id and the fields of its stat after the name; one may end while we look."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue


def family(pid: int) -> set[int]:
    """Return the ids of a process and of all that descend from it."""
    children = defaultdict(list)
    for child, fields in stats():
        children[int(fields[1])].append(child)
    found, left = set(), [pid]
    while left:
        found.add(parent := left.pop())
        left += children[parent]
    return found


def measure(pid: int) -> Usage:
    """Return what the process and its children use now."""
    members = family(pid)
    cpu, rss, threads = 0.0, 0, 0
    for member, fields in stats():
        if member in members:
            cpu += (int(fields[11]) + int(fields[12])) / TICKS
            threads += int(fields[17])
            rss += int(fields[21]) * PAGE
    return Usage(cpu, rss, threads)


def others_cores() -> Callable[[], float]:
    """Return what tells, when called, how many cores all but this process and its children used since now."""
    began, busy, mine = time.monotonic(), busy_secs(), measure(os.getpid()).cpu_secs

    def tell() -> float:
        foreign = busy_secs() - busy - (measure(os.getpid()).cpu_secs - mine)
        return max(0.0, foreign / (time.monotonic() - began))

    return tell


def busy_secs() -> float:
    """Return how long all cores together have been busy."""
    fields = [int(field) / TICKS for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return sum(fields[:3]) + sum(fields[5:7])


def descriptors(pid: int) -> list[str]:
    """Return where the process's open files lead."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(os.readlink(link))
        except OSError:
            continue
    return found
