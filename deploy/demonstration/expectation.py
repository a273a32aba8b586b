"""What a right system makes of the simulated files: derived from them alone, never from the system."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from deploy.demonstration.truth import Expected, TruthRow, read_truth
from shared.events.partnership import Role
from shared.ids import derived

Sighting = tuple[str, str]
"""Completer id and district code: a completer is hired by a district."""

ASKED_OF_SUPERINTENDENT = frozenset({"siteAdministrator", "principal", "districtAdministrator"})


@dataclass(frozen=True, slots=True)
class Expectation:
    """`surveys` counts completer and program; `people` are those with an address who are to be written to."""

    found: frozenset[Sighting]
    review: frozenset[Sighting]
    surveys: int
    people: frozenset[str]


def expectation(folder: Path) -> Expectation:
    """Read truth, role holders and completions."""
    rows = list(read_truth(folder / "truth.csv"))
    found = [row for row in rows if row.expected is Expected.FOUND]
    programs = _programs_completed(folder)
    holders = reachable_holders(folder)
    asked = (_recipient(row) for row in found)
    return Expectation(
        found=frozenset(map(sighting, found)),
        review=frozenset(sighting(row) for row in rows if row.expected is Expected.REVIEW),
        surveys=sum(programs[row.provider_code, row.candidate_identifier] for row in found),
        people=frozenset(holders[role_key] for role_key in asked if role_key in holders),
    )


def sighting(row: TruthRow) -> Sighting:
    return derived("completer", row.provider_code, row.candidate_identifier), row.district_code


def _recipient(row: TruthRow) -> str:
    """The role that is asked: whoever leads the school; about those who lead themselves, the superintendent."""
    if row.role in ASKED_OF_SUPERINTENDENT:
        return f"{row.district_code}:{Role.SUPERINTENDENT}"
    return f"{row.school_code}:{Role.PRINCIPAL}"


def _programs_completed(folder: Path) -> Counter[tuple[str, str]]:
    path = folder / "candidateEducatorPreparationProgramAssociation.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return Counter(
            (row["EducationOrganizationId"], row["CandidateIdentifier"])
            for row in csv.DictReader(file)
            if row["EndDate"]
        )


def reachable_holders(folder: Path) -> dict[str, str]:
    """Role key → the person behind it: the directory's number, or the role itself where the directory has none."""
    with (folder / "role_holders.csv").open(encoding="utf-8", newline="") as file:
        return {
            (role_key := f"{row['OrganizationCode']}:{row['Role']}"): row["PersonId"] or role_key
            for row in csv.DictReader(file)
            if row["ElectronicMailAddress"]
        }
