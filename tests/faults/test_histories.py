"""A few short histories, made by Hypothesis and always the same; `make soak` plays thousands of longer ones."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.fake_model import FakeModel
from tests.faults.histories.cast import cast
from tests.faults.histories.database import database
from tests.faults.histories.faults import FAULTS
from tests.faults.histories.history import Plan, Visit, play
from tests.faults.histories.page import BEHAVIOURS, Reader
from tests.faults.histories.script import MODES, SILENT_MODES, Script
from tests.faults.histories.stage import Kind, Stage
from tests.site import database_url

pytestmark = pytest.mark.server

# What a time-out ends, or takes its time before it fails, has tests of its own.
QUICK_MODES = sorted(set(MODES) - SILENT_MODES)
QUICK_BEHAVIOURS = sorted(set(BEHAVIOURS) - {"client never reads"})
QUICK_FAULTS = ("clock jumps ahead", "clock jumps back", "PostgreSQL connections cut")


@pytest.fixture
def stage(transactional_db: None, model: FakeModel, tmp_path: Path) -> Iterator[Stage]:
    """Two processes on the tests' database, which other tests need whole: nothing is done to the database itself."""
    kind = Kind(connection.vendor, 2, patience_secs=30, is_own=False)
    readers = [Reader(name, cookie) for name, cookie in cast().items()]
    stage = Stage(kind, tmp_path, database(database_url()), readers, model.base_url)
    model.script(stage.playwright)
    try:
        asyncio.run(stage.start())
        yield stage
    finally:
        stage.close()


visits = st.lists(
    st.tuples(
        st.floats(0, 0.5),
        st.sampled_from(QUICK_MODES),
        st.sampled_from(QUICK_BEHAVIOURS),
        st.integers(1, 20),  # pieces
        st.sampled_from([1, 1, 2]),  # how often the model fails
    ),
    min_size=8,
    max_size=12,
)
faults = st.lists(st.tuples(st.floats(0.1, 0.8), st.sampled_from(QUICK_FAULTS)), max_size=1)
EACH_BEHAVIOUR = [(n / 30, "plain", behaviour, 30, 1) for n, behaviour in enumerate(QUICK_BEHAVIOURS)]


@settings(
    derandomize=True,
    max_examples=2,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(visits=EACH_BEHAVIOUR, faults=[(0.2, "killed at extend:before")])
@given(visits=visits, faults=faults)
def test_nothing_is_lost_whatever_happens(stage: Stage, visits: list[tuple], faults: list[tuple[float, str]]):
    stage.turn += 1
    planned = tuple(
        Visit(secs, Script(f"t{stage.turn}.{n}", mode, failures, pieces, delay_ms=25), behaviour)
        for n, (secs, mode, behaviour, pieces, failures) in enumerate(visits)
    )
    fitting = tuple((secs, name) for secs, name in faults if FAULTS[name].fits(stage.kind))
    assert asyncio.run(play(stage, Plan(planned, fitting, seed=stage.turn))).violations == []
