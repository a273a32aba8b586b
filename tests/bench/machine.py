"""What this was measured on, and whether it was left alone meanwhile."""

import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("motor", "pymongo", "aiokafka", "faststream", "fastapi", "uvicorn", "pydantic")
QUIET_LOAD = 0.5
MUCH_STOLEN = 0.02
_STAT = Path("/proc/stat")
_STEAL = 7


def described() -> str:
    """One line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"{cores} cores ({_processor()}), {memory:.0f} GiB, Python {platform.python_version()}, {libraries}"


@dataclass
class Quiet:
    """Looks at the beginning; `note` and `warnings` tell how it was from then until now."""

    load_at_start: float = field(default_factory=lambda: os.getloadavg()[0])
    ticks_at_start: tuple[int, ...] = field(default_factory=lambda: _ticks())

    @property
    def stolen(self) -> float | None:
        """The share of the time that the machine's host gave to others; None where it does not say."""
        spent: list[int] = [now - then for now, then in zip(_ticks(), self.ticks_at_start, strict=True)]
        return spent[_STEAL] / sum(spent) if len(spent) > _STEAL and any(spent) else None

    @property
    def note(self) -> str:
        stolen = "not told" if self.stolen is None else f"{self.stolen:.1%}"
        return f"load {self.load_at_start:.1f} at the start, {os.getloadavg()[0]:.1f} at the end; CPU stolen: {stolen}"

    @property
    def warnings(self) -> list[str]:
        found = []
        if self.load_at_start > QUIET_LOAD:
            found.append(
                f"The machine was busy when this began (load {self.load_at_start:.1f}): "
                f"trust neither the figures nor, fully, the ratios."
            )
        if self.stolen is not None and self.stolen > MUCH_STOLEN:
            found.append(f"The machine's host gave {self.stolen:.1%} of the time to others: figures are too low.")
        return found


def _ticks() -> tuple[int, ...]:
    """user nice system idle iowait irq softirq steal, of all processors."""
    if not _STAT.exists():
        return ()
    return tuple(map(int, _STAT.read_text().splitlines()[0].split()[1:9]))


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
