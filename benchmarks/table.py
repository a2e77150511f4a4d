"""The figures of a run as a table in Markdown."""

from collections.abc import Sequence

from benchmarks.measures import COMMON, READERS, Figures, Rung

HEAD = (
    "Server",
    "Replies held",
    "p50/p99 there, ms",
    f"µs CPU a token at {COMMON}",
    "at 200",
    f"First token p50/p95, ms ({READERS} in a second)",
    f"({READERS} in an instant)",
    "ms CPU an ask",
    "KB a stream",
    "Threads idle/open",
    "MB idle",
)


def table(figures: Sequence[Figures]) -> str:
    """Return the table."""
    lines = [HEAD, ("---",) * len(HEAD), *(row(one) for one in figures)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def row(figures: Figures) -> tuple[str, ...]:
    """Return one line; – is what was not measured."""
    held = figures.at(figures.held)
    return (
        figures.name,
        str(figures.held) if figures.rungs else "–",
        f"{held.p50_ms:.0f} / {held.p99_ms:.0f}" if held else "–",
        per_token(figures.at(COMMON)),
        per_token(figures.at(200)),
        pair(figures.first_ms),
        pair(figures.burst_ms),
        number(figures.ms_per_ask, 1),
        number(figures.kb_per_stream),
        f"{figures.threads_before} / {figures.threads_open}" if figures.threads_open else "–",
        number(figures.idle_mb),
    )


def per_token(rung: Rung | None) -> str:
    """Return the CPU time of a token, in brackets where the replies were not held."""
    if rung is None:
        return "–"
    return f"{rung.us_per_token:.0f}" if rung.is_held else f"({rung.us_per_token:.0f})"


def pair(values: tuple[float, float] | None) -> str:
    return "{:.0f} / {:.0f}".format(*values) if values else "–"


def number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def warnings(figures: Sequence[Figures]) -> list[str]:
    """Return what makes the figures doubtful."""
    said = []
    for one in figures:
        others = max((rung.others_cores for rung in one.rungs), default=0)
        if others > 0.15 and "PostgreSQL" not in one.name:
            said.append(f"{one.name}: other programs used up to {others:.2f} cores meanwhile.")
        if one.errors:
            said.append(f"{one.name}: {len(one.errors)} asks went wrong, first: {one.errors[0]}")
    return said
