# ruff: noqa: T201 - its output is what it is for
"""The soak, `python -m tests.faults.histories MINUTES`: histories on many stages at once until the time is over."""

import argparse
import asyncio
import random
import secrets
import signal
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.fake_model import FakeModel
from tests.faults.histories.faults import FAULTS
from tests.faults.histories.history import Plan, Report, draw, model, play
from tests.faults.histories.page import BEHAVIOURS
from tests.faults.histories.rest import excess
from tests.faults.histories.script import MODES
from tests.faults.histories.stage import Kind, Stage, Workshop

# How often each fault has to have happened, so that a soak proves something.
WANTED = 50
# Fewer readers a history than Hypothesis has: readers and models come often enough, processes have to die more often.
VISITS = 6
# Together they use two cores; each waits for leases most of its time.
KINDS = (
    Kind("sqlite", 2, patience_secs=30),
    Kind("postgresql", 2, has_redis=True, patience_secs=30),
    Kind("sqlite", 1, patience_secs=30),
    Kind("postgresql", 2, patience_secs=3),
    Kind("sqlite", 2, has_redis=True, patience_secs=3),
    Kind("postgresql", 1, has_redis=True, patience_secs=30),
    Kind("sqlite", 1, has_redis=True, patience_secs=3),
    Kind("postgresql", 2, has_redis=True, patience_secs=3),
)


class Soak:
    """Many stages; the fault that was seen least is next."""

    def __init__(self, seed: int, only: str, ends_with_enough: bool, model_url: str) -> None:
        self.seed, self.model_url = seed, model_url
        self.until = 0.0
        self.ends_with_enough = ends_with_enough
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.violations: list[str] = []
        self.histories = 0
        self.longest_rest = 0.0
        self.under_way: Counter[str] = Counter()
        self.names = [*FAULTS, *BEHAVIOURS[1:], *(model(mode) for mode in MODES if mode != "plain")]
        self.only = only

    async def run(self, stage: Stage, number: int) -> None:
        """Play histories on one stage until the time is over, or each fault was seen often enough."""
        chance = random.Random(f"{self.seed}/{number}")
        await stage.start()
        await self.warm_up(stage, number)
        while time.monotonic() < self.until and (self.few() or not self.ends_with_enough):
            stage.turn += 1
            plan = self.plan(stage.kind, f"s{number}h{stage.turn}", chance.getrandbits(32), chance)
            try:
                self.add(await play(stage, plan), stage, plan)
            except Exception:  # a history that could not be played is no proof either
                self.violations.append(f"{stage.kind.name} {plan.faults}: {traceback.format_exc()}")
                print("VIOLATION", self.violations[-1], flush=True)
                await self.start_again(stage)

    async def start_again(self, stage: Stage) -> None:
        """Have the stage as it was at first, however long a machine with too much to do takes for that."""
        while True:
            try:
                for server in stage.servers:
                    await asyncio.to_thread(server.end)
                    await asyncio.to_thread(server.start)
                return
            except AssertionError as error:
                print(error, flush=True)

    async def warm_up(self, stage: Stage, number: int) -> None:
        """Have the processes make all that they keep, and note what that is."""
        await play(stage, draw(stage.kind, f"s{number}h0", 1, [], ["steady"] * 30, visits=30))
        loads = [await asyncio.to_thread(server.load) for server in stage.servers]
        stage.baseline = max(loads, key=lambda load: (load.threads, load.descriptors))
        for server in stage.servers:
            assert not (found := await excess(stage, server)), found

    def plan(self, kind: Kind, tag: str, seed: int, chance: random.Random) -> Plan:
        """Plan what is wanted most and fits: one to three faults, of processes mostly.

        After one death alone every reply has to become complete; more show that nothing worse comes of them.
        """
        fitting = [fault for fault in FAULTS.values() if fault.fits(kind) and self.only in fault.name]
        fitting.sort(key=lambda fault: (self.counts[fault.name] + self.under_way[fault.name], chance.random()))
        names: list[str] = []
        room = Counter(process=chance.choice([1, 2, 3]), redis=1, database=1, clock=1)
        wanted = chance.choice([1, 2, 3, 3])
        for fault in fitting:
            if len(names) < wanted and room[fault.family] > 0:
                names.append(fault.name)
                room[fault.family] -= 1
        self.under_way.update(names)
        seen = {name: self.counts[name] + self.counts[model(name)] for name in (*BEHAVIOURS, *MODES)}
        others = sorted(seen, key=lambda name: (seen[name], chance.random()))
        return draw(kind, tag, seed, names, others[:VISITS], visits=VISITS)

    def add(self, report: Report, stage: Stage, plan: Plan) -> None:
        """Add up, and print what is wrong at once."""
        self.histories += 1
        if self.histories % 50 == 0:
            few = f"{len(self.few())} faults fewer than {WANTED} times"
            print(f"{self.histories} histories, {len(self.violations)} violations, {few}", flush=True)
        self.counts += report.counts
        self.under_way.subtract(name for _, name in plan.faults)
        self.statuses += report.statuses
        self.longest_rest = max(self.longest_rest, report.rest_secs)
        faults = ", ".join(f"{name} at {secs:.1f} s" for secs, name in plan.faults)
        for violation in report.violations:
            self.violations.append(f"{stage.kind.name} [{faults}] seed {plan.seed}: {violation}")
            print("VIOLATION", self.violations[-1], flush=True)

    def few(self) -> list[str]:
        """Return what was not seen often enough."""
        return [name for name in self.names if self.counts[name] < WANTED and self.only in name]

    def table(self) -> str:
        lines = [f"{self.counts[name]:6}  {name}" for name in self.names if self.only in name]
        statuses = ", ".join(f"{number} {status}" for status, number in self.statuses.most_common())
        return "\n".join([
            *lines,
            f"\n{self.histories} histories, {self.statuses.total()} replies: {statuses}.",
            f"The last reply ended at most {self.longest_rest:.1f} s after the last fault.",
            f"Fewer than {WANTED} times: {', '.join(self.few()) or 'nothing'}.",
            f"{len(self.violations)} violations.",
        ])  # fmt: skip


async def soak(arguments: argparse.Namespace, model: FakeModel, workshop: Workshop) -> Soak:
    """Run all stages; close them whatever happens."""
    soak = Soak(arguments.seed, arguments.only, arguments.enough, model.base_url)
    kinds = [KINDS[number % len(KINDS)] for number in range(arguments.stages)]
    stages: list[Stage] = []
    # Threads wait for processes to start, several for each stage; whoever has to act at once must not wait for them.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(8 * len(kinds)))
    try:
        for number, kind in enumerate(kinds):
            stages.append(await asyncio.to_thread(workshop.make, kind, number, model.base_url))
        model.script(
            lambda request: next(stage.playwright for stage in stages if owns(stage, stages, request))(request)
        )
        soak.until = time.monotonic() + arguments.minutes * 60
        await asyncio.gather(*(soak.run(stage, number) for number, stage in enumerate(stages)))
    finally:
        for stage in stages:
            stage.close()
    return soak


def owns(stage: Stage, stages: list[Stage], request: object) -> bool:
    """Tell whether a request belongs to a question asked on this stage: its tag names the stage's number."""
    return f'"tag": "s{stages.index(stage)}h' in str(request.body["messages"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--stages", type=int, default=2 * len(KINDS), help="how many run at once")
    parser.add_argument("--only", default="", help="only faults whose name holds this")
    parser.add_argument("--enough", action="store_true", help=f"end when each fault has happened {WANTED} times")
    parser.add_argument("--keep", action="store_true", help="keep the processes' logs")
    arguments = parser.parse_args()
    print(f"Seed {arguments.seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    workshop = Workshop()
    try:
        with FakeModel() as model:
            result = asyncio.run(soak(arguments, model, workshop))
    finally:
        print(f"Logs are in {workshop.folder}") if arguments.keep else workshop.close()
    print(result.table())
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
