"""What it takes to run a broker: the command, its folder, and what to tell the person who runs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

BrokerKind = Literal["kafka", "tansu"]


@dataclass(frozen=True)
class Recipe:
    """`note` is one line: what was taken and what it cannot do."""

    kind: BrokerKind
    note: str
    command: tuple[str | Path, ...]
    folder: Path
    environment: Mapping[str, str]
