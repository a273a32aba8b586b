"""What really happened to each completer, and what a right system must conclude from the feeds."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from pathlib import Path


class MatchableBy(StrEnum):
    """Which exact identifier the feed carries."""

    STATE_ID = "state_id"
    LICENCE = "licence"
    NONE = "none"


class Kind(StrEnum):
    """What the completer's account in the feed comes from; only `hire` is one."""

    HIRE = "hire"
    EMPLOYED = "employed"
    TRANSFER = "transfer"
    ABSENCE = "absence"
    SUBSTITUTE = "substitute"
    AIDE = "aide"
    STUDENT_TEACHER = "student_teacher"
    NAMESAKE = "namesake"
    FOREIGN_IDENTIFIER = "foreign_identifier"


class Expected(StrEnum):
    """`found`: told as a hire. `review`: laid before a person. `not_a_hire`: never told as a hire."""

    FOUND = "found"
    REVIEW = "review"
    NOT_A_HIRE = "not_a_hire"


@dataclass(frozen=True, slots=True)
class TruthRow:
    """`first_seen_day`: the first snapshot that shows the account; 0 is the baseline."""

    provider_code: str
    candidate_identifier: str
    district_code: str
    school_code: str
    hire_date: date | None
    first_seen_day: int
    role: str
    matchable_by: MatchableBy
    kind: Kind
    expected: Expected


COLUMNS = (
    "ProviderCode",
    "CandidateIdentifier",
    "DistrictCode",
    "SchoolCode",
    "HireDate",
    "FirstSeenDay",
    "Role",
    "MatchableBy",
    "Kind",
    "ExpectedOutcome",
)


def write_truth(path: Path, rows: Iterable[TruthRow]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            values = (getattr(row, field.name) for field in fields(row))
            writer.writerow("" if value is None else str(value) for value in values)


def read_truth(path: Path) -> Iterator[TruthRow]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield TruthRow(
                provider_code=row["ProviderCode"],
                candidate_identifier=row["CandidateIdentifier"],
                district_code=row["DistrictCode"],
                school_code=row["SchoolCode"],
                hire_date=date.fromisoformat(row["HireDate"]) if row["HireDate"] else None,
                first_seen_day=int(row["FirstSeenDay"]),
                role=row["Role"],
                matchable_by=MatchableBy(row["MatchableBy"]),
                kind=Kind(row["Kind"]),
                expected=Expected(row["ExpectedOutcome"]),
            )
