"""Each test that plays a row of the fault matrix adds a line to its table; `make faults` writes that down."""

import platform
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path
from typing import Any

import pytest

from tests.faults.rows import Row, table, write

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "faults.md"
ROW = pytest.StashKey[Row]()
ROWS = pytest.StashKey[list[Row]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash.setdefault(ROWS, [])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What takes minutes is for `make faults`."""
    is_long = collection_path == HERE / "long" or HERE / "long" in collection_path.parents
    return True if is_long and not config.getoption("--all-faults") else None


@pytest.fixture
def mongo_driver() -> str:
    """The stores are run on both drivers elsewhere; what a fault does to us is seen on the default."""
    return "motor"


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Iterator[Row]:
    """The line of this test; it has to be filled in, and nothing may be lost or doubled."""
    played: Row = request.node.stash[ROW]
    yield played
    if played.verdict == "held":
        assert played.is_complete, "The test says that its row held, but not what came of it."
        assert (played.lost, played.doubled) == (0, 0)


def pytest_itemcollected(item: pytest.Item) -> None:
    marker = item.get_closest_marker("fault")
    if marker is not None:
        number, injected = marker.args
        item.stash[ROW] = Row(number, injected)
        item.config.stash.setdefault(ROWS, []).append(item.stash[ROW])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    played = item.stash.get(ROW, None)
    if played is not None:
        played.verdict = _verdict(report, played.verdict)
    return report


def _verdict(report: pytest.TestReport, so_far: str) -> str:
    if report.skipped:
        reason = getattr(report, "wasxfail", None) or str(report.longrepr[2] if report.longrepr else "")  # type: ignore[index]
        kind = "known to be short" if hasattr(report, "wasxfail") else "not run"
        return f"{kind}: {reason.removeprefix('Skipped: ')}"
    if report.failed:
        return "FAILED"
    return "held" if report.when == "call" else so_far


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    played = [row for row in config.stash.get(ROWS, []) if row.verdict != "not finished"]
    if played and config.getoption("--all-faults"):
        terminalreporter.section("fault matrix")
        terminalreporter.write(table(played))
        if config.getoption("--write-faults"):
            for row in played:
                row.played = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
            machine = (
                f"{cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
            )
            write(played, DOCUMENT, told=f"{machine}.", keep=bool(config.getoption("keyword")))
