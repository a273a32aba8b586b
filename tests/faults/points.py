"""The kill points as the source has them, and the services that can come to each."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.services import SERVICES
from tests.journeys.records import READS

ROOT = Path(__file__).parents[2]
READING = ("shared/consumer.py", "shared/parking.py")
"""Where only those come that read topics."""
OF_COMMANDS = "rebuild."
"""No service comes to these; tests/analytics/test_rebuild_command.py kills the command at each."""


@dataclass(frozen=True, order=True)
class Point:
    """One place in the source, in one service. Its name says what has just been done there."""

    service: str
    name: str

    def __str__(self) -> str:
        return f"{self.service}: {self.name}"


def points(root: Path = ROOT) -> list[Point]:
    """All to which a service can come."""
    return sorted(
        Point(service, name)
        for path, name in set(_calls(root))
        for service in _services_at(path)
        if not name.startswith(OF_COMMANDS)
    )


def _calls(root: Path) -> Iterator[tuple[str, str]]:
    for folder in ("shared", "services"):
        for path in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(func=ast.Name(id="fault"), args=[ast.Constant(value=str(name))]):
                        yield path.relative_to(root).as_posix(), name
                    case ast.Call(func=ast.Name(id="fault")):
                        raise AssertionError(f"{path}:{node.lineno} names its kill point in a way that nobody can read")


def _services_at(path: str) -> tuple[str, ...]:
    if path.startswith("services/"):
        return (path.split("/")[1],)
    return tuple(READS) if path in READING else SERVICES
