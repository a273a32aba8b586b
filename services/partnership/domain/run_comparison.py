"""A run beside the one before it: what is otherwise, in figures."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.partnership.domain.finding_groups import by_level, grouped
from services.partnership.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was counted in both; None: not counted there."""

    what: str
    before: int | None
    now: int | None

    @property
    def difference(self) -> int:
        return (self.now or 0) - (self.before or 0)


def beside(run: Snapshot, previous: Snapshot) -> list[Figure]:
    """People, rows of each file, and findings of each level; what is nought in both is left out."""
    found = _counted(run)
    before = _counted(previous)
    figures = [Figure(what, before.get(what), found.get(what)) for what in dict.fromkeys([*found, *before])]
    return [each for each in figures if each.before or each.now]


def codes_only_in(run: Snapshot, other: Snapshot) -> tuple[str, ...]:
    """Findings that the other did not have."""
    return tuple(sorted(run.finding_counts.keys() - other.finding_counts.keys()))


def _counted(run: Snapshot) -> dict[str, int]:
    return dict(_figures(run))


def _figures(run: Snapshot) -> Iterator[tuple[str, int]]:
    yield "Staff kept", run.people_kept
    yield "People dropped", sum(run.people_dropped.values())
    for file, rows in run.rows_read.items():
        yield f"Rows of {file}", rows
    for level, count in by_level(grouped(run.findings, run.finding_counts)).items():
        yield f"Findings: {level}", count
