"""A OneRoster zip: our reading against `csv.DictReader` into pydantic models of the same columns."""

import csv
import io
import zipfile
from pathlib import Path
from time import perf_counter

from pydantic import BaseModel, create_model

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.oneroster import read_oneroster
from tests.bench.figures import Pace
from tests.partnership.rosters import ORG_HEADER, ROLE_HEADER, USER_HEADER_12, a_roster, a_user

COLUMNS = {"orgs.csv": ORG_HEADER, "roles.csv": ROLE_HEADER, "users.csv": USER_HEADER_12}


def write(path: Path, staff: int) -> None:
    """A district of so many."""
    path.write_bytes(a_roster(users=[a_user(number) for number in range(staff)]).getvalue())


def ours(path: Path, staff: int) -> Pace:
    """Parsed, checked, compared with what is allowed, and gone through, as a snapshot's comparison does."""
    began = perf_counter()
    with path.open("rb") as file:
        roster = read_oneroster(file, ConnectionMapping(district_code="00350000"))
        seen = sum(person.active for person in roster.observations)
    ended = perf_counter()
    if seen != staff:
        raise ValueError(f"{seen} people were kept of {staff}.")
    return Pace(staff, ended - began)


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
    return Pace(len(read["users.csv"]), perf_counter() - began)


def nothing(path: Path) -> Path:
    """What the process holds before it reads is what this one holds."""
    return path
