"""One history: readers ask, things break, all comes to rest, and the invariants are checked."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field, replace

from tests.faults.histories.faults import FAULTS, Injected
from tests.faults.histories.invariants import broken
from tests.faults.histories.page import BEHAVIOURS, Page
from tests.faults.histories.rest import Watch, allowed_secs, excess
from tests.faults.histories.script import MODES, RIGHT, SILENT_MODES, Script
from tests.faults.histories.stage import Kind, Stage


@dataclass(frozen=True)
class Visit:
    """A question that is going to be asked."""

    at_secs: float
    script: Script
    behaviour: str


@dataclass(frozen=True)
class Plan:
    """All that is going to happen on a stage."""

    visits: tuple[Visit, ...]
    faults: tuple[tuple[float, str], ...]  # after so many seconds, by name
    seed: int


@dataclass
class Report:
    """What happened, and what should not have."""

    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    rest_secs: float = 0.0  # from the end of the last fault to the end of the last reply
    statuses: Counter[str] = field(default_factory=Counter)


def draw(kind: Kind, tag: str, seed: int, faults: list[str], wanted: list[str], visits: int = 12) -> Plan:
    """Make a plan by chance; what is wanted of modes and behaviours comes first."""
    chance = random.Random(seed)
    fitting = [mode for mode in MODES if mode not in SILENT_MODES or kind.patience_secs < 5]
    modes = [mode for mode in wanted if mode in fitting]
    behaviours = [behaviour for behaviour in wanted if behaviour in BEHAVIOURS]
    drawn = []
    for number in range(visits):
        mode = modes.pop() if modes else chance.choice([*RIGHT, "plain", "plain", "plain", *fitting])
        behaviour = behaviours.pop() if behaviours else chance.choice([*BEHAVIOURS, "steady", "steady"])
        drawn.append(Visit(chance.uniform(0, 2), write(f"{tag}.{number}", mode, behaviour, chance), behaviour))
    if any("claim" in fault for fault in faults):
        drawn += [again(f"{tag}.c{number}", number) for number in range(4)]
    if any("take_over" in fault for fault in faults):
        drawn += [long(f"{tag}.t{number}", number) for number in range(4)]
    moments = sorted(chance.uniform(0.3, 2.5) for _ in faults)
    return Plan(tuple(drawn), tuple(zip(moments, faults, strict=True)), seed)


def write(tag: str, mode: str, behaviour: str, chance: random.Random) -> Script:
    """Make a script that goes with a reader's behaviour."""
    if behaviour == "client never reads":
        return Script(tag, pieces=20, delay_ms=50, piece_chars=10_000)
    script = Script(tag, mode, pieces=chance.randint(3, 40), delay_ms=chance.choice([20, 50, 80]))
    if behaviour.startswith("client stops"):
        return replace(script, pieces=80, delay_ms=50)  # enough to go on with, if Stop did nothing
    return replace(script, failures=2) if chance.random() < 0.2 or behaviour == "client continues" else script


def again(tag: str, number: int) -> Visit:
    """Return a visit whose reply breaks off twice and is continued by its reader."""
    script = Script(tag, "after text: end without finish reason", failures=2, pieces=8, delay_ms=20)
    return Visit(0.4 * number, script, "client continues")


def long(tag: str, number: int) -> Visit:
    """Return a visit whose reply is being written for seconds: one that others have time to take over."""
    return Visit(0.2 * number, Script(tag, pieces=80, delay_ms=80), "steady")


async def play(stage: Stage, plan: Plan) -> Report:
    """Play a plan and check."""
    survivors = {server: server.starts for server in stage.servers}
    began = time.monotonic()
    pages = [page(stage, visit, plan.seed) for visit in plan.visits]
    locks = {fault.family: asyncio.Lock() for fault in FAULTS.values()}
    watch = Watch(stage, pages)
    watching = asyncio.create_task(watch.run())
    visits = [visit_page(each, visit.at_secs) for each, visit in zip(pages, plan.visits, strict=True)]
    faults = [inject(stage, secs, name, locks, plan.seed) for secs, name in plan.faults]
    try:
        async with asyncio.TaskGroup() as group:  # what is left of a history that fails must not disturb the next one
            injecting = [group.create_task(each) for each in faults]
            for each in visits:
                group.create_task(each)
    finally:
        watching.cancel()
    injected = [task.result() for task in injecting]
    last_asked = began + max(visit.at_secs for visit in plan.visits)
    over = max([last_asked, *(each.over for each in injected)])
    await watch.all_ended(max(over, time.monotonic()) + max(allowed_secs(each, stage) for each in pages))
    await watch.all_closed()
    report = Report(rest_secs=max([0.0, *(end - over for end in watch.ends.values())]))
    check(watch, sum(each.deaths for each in injected), over, report)
    for server, starts in survivors.items():
        if server.has_died:
            report.violations.append(f"{server.name} ended by itself: {server.last_words()}")
            await asyncio.to_thread(server.start)
        elif server.starts == starts and (found := await excess(stage, server)):
            report.violations.append(f"I6 {server.name}: {found}")
    count(plan, injected, report)
    for each in pages:
        stage.playwright.forget(each.script.tag)
    return report


def check(watch: Watch, deaths: int, over: float, report: Report) -> None:
    """Note all that does not hold at rest."""
    playwright = watch.stage.playwright
    for page in watch.pages:
        rows = watch.rows.get(page.key.replace("-", ""), [])
        report.statuses.update(row.status for row in rows)
        found = broken(page, rows, deaths, playwright.open(page.script.tag))
        report.violations += [f"{page.script.tag} ({page.script.mode}, {page.behaviour}): {text}" for text in found]
    report.violations += watch.late(over)
    report.violations += [f"a request that no question explains: {text}" for text in playwright.wrong]
    playwright.wrong.clear()
    if not deaths:
        report.violations += watch.grown()


def page(stage: Stage, visit: Visit, seed: int) -> Page:
    chance = random.Random(f"{seed}/{visit.script.tag}")
    reader, stranger = chance.sample(stage.readers, 2)
    seed = chance.getrandbits(60)
    return Page(lambda: stage.ports, reader, stranger, visit.script, visit.behaviour, seed)


async def visit_page(page: Page, at_secs: float) -> None:
    await asyncio.sleep(at_secs)
    await page.run()


async def inject(stage: Stage, at_secs: float, name: str, locks: dict[str, asyncio.Lock], seed: int) -> Injected:
    await asyncio.sleep(at_secs)
    fault = FAULTS[name]
    async with locks[fault.family]:
        return await fault.inject(stage, random.Random(f"{seed}/{name}/{at_secs}"))


def count(plan: Plan, results: list[Injected], report: Report) -> None:
    """Count what was injected and whose invariants were checked."""
    for (_, name), injected in zip(plan.faults, results, strict=True):
        report.counts[name] += injected.has_happened
    for visit in plan.visits:
        report.counts[visit.behaviour] += 1
        report.counts[model(visit.script.mode)] += 1


def model(mode: str) -> str:
    """Return the name under which a mode of the model is counted."""
    return f"model {mode}"
