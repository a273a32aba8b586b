"""A OneRoster zip: our reading against `csv.DictReader` into pydantic models of the same columns."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import perf_counter

from pydantic import BaseModel, create_model

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.oneroster import read_oneroster
from services.partnership.domain.roster_zip import RosterLimits
from tests.bench.figures import Pace
from tests.partnership.rosters import (
    ORG_HEADER,
    ROLE_HEADER,
    USER_HEADER_11,
    USER_HEADER_12,
    Row,
    a_district,
    a_manifest,
    a_role,
    a_school,
    a_teacher_11,
    a_user,
)

COLUMNS = {"orgs.csv": ORG_HEADER, "roles.csv": ROLE_HEADER, "users.csv": USER_HEADER_12}
STUDENT = "S"
LIMITS = RosterLimits(max_unpacked_bytes=1 << 30)
"""As large as the service takes unless it is told otherwise."""


def write(path: Path, staff: int, students: int = 0, version: str = "1.2") -> None:
    """A district of so many, whose students come first: written row by row."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        names = ["orgs.csv", "users.csv", *(["roles.csv"] if version == "1.2" else [])]
        archive.writestr("manifest.csv", a_manifest(version, names))
        _rows(archive, "orgs.csv", ORG_HEADER, [a_district(), a_school()])
        if version == "1.2":
            _rows(archive, "roles.csv", ROLE_HEADER, _roles(staff, students))
            _rows(archive, "users.csv", USER_HEADER_12, _users(staff, students))
        else:
            _rows(archive, "users.csv", USER_HEADER_11, _users_11(staff, students))


def ours(path: Path, staff: int) -> Pace:
    """Parsed, checked, compared with what is allowed, and gone through, as a snapshot's comparison does."""
    began = perf_counter()
    with path.open("rb") as file:
        roster = read_oneroster(file, ConnectionMapping(district_code="00350000"), LIMITS)
        seen = sum(person.active for person in roster.observations)
    ended = perf_counter()
    if seen != staff:
        raise ValueError(f"{seen} people were kept of {staff}.")
    return Pace(sum(roster.rows_read.values()), ended - began)


def bare(path: Path) -> Pace:
    """The same files, row by row, into lists of models."""
    models = {
        name: create_model(name.partition(".")[0], **dict.fromkeys(columns, (str, ...)))  # type: ignore[call-overload]
        for name, columns in COLUMNS.items()
    }
    began = perf_counter()
    read: dict[str, list[BaseModel]] = {}
    with zipfile.ZipFile(path) as archive:
        for name, model in models.items():
            with archive.open(name) as packed:
                rows = csv.DictReader(io.TextIOWrapper(packed, "utf-8", newline=""))
                read[name] = [model.model_validate(row) for row in rows]
    return Pace(sum(map(len, read.values())), perf_counter() - began)


def nothing(path: Path) -> Path:
    """What the process holds before it reads is what this one holds."""
    return path


def _users(staff: int, students: int) -> Iterator[Row]:
    for number in range(students):
        yield a_user(number, sourcedId=f"{STUDENT}{number}", userIds="", grades="09", password="x")
    yield from map(a_user, range(staff))


def _users_11(staff: int, students: int) -> Iterator[Row]:
    for number in range(students):
        yield a_teacher_11(number, sourcedId=f"{STUDENT}{number}", userIds="", role="student", password="x")
    yield from map(a_teacher_11, range(staff))


def _roles(staff: int, students: int) -> Iterator[Row]:
    for number in range(students):
        yield a_role(number, sourcedId=f"R{number}", userSourcedId=f"{STUDENT}{number}", role="student")
    yield from map(a_role, range(staff))


def _rows(archive: zipfile.ZipFile, name: str, header: Sequence[str], rows: Iterable[Row]) -> None:
    with archive.open(name, "w") as packed, io.TextIOWrapper(packed, "utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows([row.get(column, "") for column in header] for row in rows)
