"""What breaks besides readers and models: processes, Redis, databases, disks, clocks. Each heals what it broke."""

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.histories.database import Cluster, Sqlite
from tests.faults.histories.servers import Server
from tests.faults.histories.stage import Kind, Stage

# Longer than the lease (10 s): meanwhile others take over.
FROZEN_SECS = 12.0
# How long a process may pass by without dying at its point.
POINT_SECS = 6.0
TAKE_OVER_SECS = 14.0
# How many passes may come first.
PASSES = {"ask": 4, "claim": 1, "extend": 40, "end": 4, "release": 3, "take_over": 2}
POINTS = tuple(f"{name}:{when}" for name in PASSES for when in ("before", "after"))


@dataclass(frozen=True)
class Injected:
    """What a fault did: whether it happened at all, how many writers a reply may have lost, until when it lasted."""

    has_happened: bool
    deaths: int
    over: float


Injection = Callable[[Stage, random.Random], Awaitable[Injected]]


@dataclass(frozen=True)
class Fault:
    """A way to break a stage. Faults of one family come one after another."""

    name: str
    family: str
    inject: Injection
    fits: Callable[[Kind], bool] = lambda kind: True


def now(deaths: int = 0, has_happened: bool = True) -> Injected:
    return Injected(has_happened, deaths, time.monotonic())


async def restart(server: Server) -> None:
    await asyncio.to_thread(server.start)


def one_of(stage: Stage, chance: random.Random) -> Server:
    return chance.choice(stage.servers)


# --- processes ------------------------------------------------------------------------------------------------


async def kill(stage: Stage, chance: random.Random) -> Injected:
    """SIGKILL, and a new start."""
    server = one_of(stage, chance)
    await asyncio.to_thread(server.kill)
    died = now(1)
    await restart(server)
    return died if len(stage.servers) > 1 else now(1)


async def drain(stage: Stage, chance: random.Random) -> Injected:
    """SIGTERM, and a new start."""
    server = one_of(stage, chance)
    await asyncio.to_thread(ended, server)
    died = now(1)
    await restart(server)
    return died if len(stage.servers) > 1 else now(1)


def ended(server: Server) -> int:
    """Have a process end in order; return its exit code."""
    server.is_going = True
    server.send(signal.SIGTERM)
    code = server.wait(30)
    assert code in (0, -signal.SIGKILL), f"{server.name} ended with {code}"
    return code


async def freeze(stage: Stage, chance: random.Random) -> Injected:
    """SIGSTOP until its replies are others', then SIGCONT."""
    server = one_of(stage, chance)
    server.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(FROZEN_SECS)
    finally:
        server.send(signal.SIGCONT)
    return now(1)


def die_at(point: str) -> Injection:
    """Return what has a process kill itself before or after a commit."""

    async def inject(stage: Stage, chance: random.Random) -> Injected:
        armed = f"{point}:{chance.randint(1, PASSES[point.split(':')[0]])}"
        if point.startswith("release"):
            return await die_at_release(stage, chance, armed)
        if point.startswith("take_over"):
            return await die_at_take_over(stage, chance, armed)
        for server in stage.servers:
            server.arm(armed)
        return await one_dies(stage, POINT_SECS)

    return inject


async def die_at_take_over(stage: Stage, chance: random.Random, armed: str) -> Injected:
    """Kill one whose replies another takes over, or itself when it is there again, and dies at that."""
    first = one_of(stage, chance)
    await asyncio.to_thread(first.kill)
    for server in stage.servers:
        if server is not first:
            server.arm(armed)
    await restart(first)
    first.arm(armed)
    if chance.random() < 0.6:  # else it takes as long as it takes
        await jump(-1)(stage, chance)
    return await one_dies(stage, TAKE_OVER_SECS, deaths=1)


async def one_dies(stage: Stage, secs: float, deaths: int = 0) -> Injected:
    """Wait for the death of a process that is armed, after so many others; start again those that died.

    The other one may come to its point, too, before it is disarmed: it may have taken over what the first one wrote.
    """
    await one_dead(stage, secs)
    dead = [server for server in stage.servers if await asyncio.to_thread(server.disarm)]
    deaths += max(1, len(dead))
    died = now(deaths, has_happened=bool(dead))
    await asyncio.gather(*(restart(server) for server in dead))
    return died if len(stage.servers) > len(dead) else now(deaths, bool(dead))


async def one_dead(stage: Stage, secs: float) -> None:
    """Return as soon as a process has died, at the latest after so long."""
    deadline = time.monotonic() + secs
    while time.monotonic() < deadline and not any(server.has_died for server in stage.servers):  # noqa: ASYNC110
        await asyncio.sleep(0.02)  # the other events of a process come from its parent, which is busy with readers


async def die_at_release(stage: Stage, chance: random.Random, armed: str) -> Injected:
    server = one_of(stage, chance)
    server.arm(armed)
    code = await asyncio.to_thread(ended, server)
    died = now(1, has_happened=code == -signal.SIGKILL)
    await restart(server)
    return died if len(stage.servers) > 1 else now(1, died.has_happened)


# --- Redis ----------------------------------------------------------------------------------------------------


async def lose_redis(stage: Stage, chance: random.Random) -> Injected:
    await asyncio.to_thread(stage.redis.kill)
    await asyncio.sleep(chance.uniform(2, 4))
    await asyncio.to_thread(stage.redis.start)
    return now()


async def restart_redis(stage: Stage, chance: random.Random) -> Injected:
    await asyncio.to_thread(stage.redis.kill)
    await asyncio.to_thread(stage.redis.start)
    return now()


async def freeze_redis(stage: Stage, chance: random.Random) -> Injected:
    stage.redis.freeze()
    try:
        await asyncio.sleep(chance.uniform(2, 6))
    finally:
        stage.redis.thaw()
    return now()


# --- databases and disks --------------------------------------------------------------------------------------


def restart_postgres(mode: str) -> Injection:
    async def inject(stage: Stage, chance: random.Random) -> Injected:
        cluster = stage.database
        assert isinstance(cluster, Cluster)
        await asyncio.to_thread(cluster.stop, mode)
        await asyncio.sleep(chance.choice([0, 0.5, 2]))
        await asyncio.to_thread(cluster.start)
        return now()

    return inject


async def cut_connections(stage: Stage, chance: random.Random) -> Injected:
    names = ", ".join(f"'{server.name}'" for server in stage.servers)
    sql = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name IN ({names})"
    await stage.execute(sql)
    return now()


async def lock(stage: Stage, chance: random.Random) -> Injected:
    """Keep all writers out for longer than any of them waits; now and then for longer than the journal tries."""
    secs = 25.0 if chance.random() < 0.05 else chance.uniform(3, 5)
    await asyncio.to_thread(hold, stage.database, secs)
    return now(1 if secs > 8 else 0)


def hold(database: Sqlite, secs: float) -> None:
    with database.connection() as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(secs)
        connection.execute("ROLLBACK")


async def fill(stage: Stage, chance: random.Random) -> Injected:
    """Leave no byte free on the database's disk for a while."""
    if stage.disk is None:
        return now(has_happened=False)
    filler = stage.disk / "filler"
    try:
        await asyncio.to_thread(write_until_full, filler)
        await asyncio.sleep(chance.uniform(1, 3))
    finally:
        filler.unlink(missing_ok=True)
    if isinstance(stage.database, Cluster):
        await asyncio.to_thread(stage.database.ensure_started)
    return now()


def write_until_full(path: object) -> None:
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
        for size in (1_000_000, 4096, 512):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)):
                    pass


def jump(hours: int) -> Injection:
    """Return what a jump of the database's clock does to leases: all heartbeats lie hours away at once."""

    async def inject(stage: Stage, chance: random.Random) -> Injected:
        if stage.database.vendor == "sqlite":
            moved = f"STRFTIME('%Y-%m-%d %H:%M:%f', heartbeat_at, '{hours:+d} hours')"
        else:
            moved = f"heartbeat_at + INTERVAL '{hours} hours'"
        sql = f"UPDATE chat_message SET heartbeat_at = {moved} WHERE status IN ('pending', 'writing')"
        await stage.execute(sql)
        return now(1)

    return inject


def is_own_postgres(kind: Kind) -> bool:
    return kind.vendor == "postgresql" and kind.is_own


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("process killed", "process", kill),
        Fault("process told to end", "process", drain),
        Fault("process frozen", "process", freeze, lambda kind: kind.patience_secs > FROZEN_SECS),
        *(Fault(f"killed at {point}", "process", die_at(point)) for point in POINTS),
        Fault("Redis killed", "redis", lose_redis, lambda kind: kind.has_redis),
        Fault("Redis restarted", "redis", restart_redis, lambda kind: kind.has_redis),
        Fault("Redis frozen", "redis", freeze_redis, lambda kind: kind.has_redis),
        Fault("PostgreSQL restarted", "database", restart_postgres("fast"), is_own_postgres),
        Fault("PostgreSQL crashed", "database", restart_postgres("immediate"), is_own_postgres),
        Fault("PostgreSQL connections cut", "database", cut_connections, lambda kind: kind.vendor == "postgresql"),
        Fault("SQLite locked", "database", lock, lambda kind: kind.vendor == "sqlite"),
        Fault("disk full", "database", fill, lambda kind: kind.is_own),
        Fault("clock jumps ahead", "clock", jump(-1)),
        Fault("clock jumps back", "clock", jump(1)),
    )
}
