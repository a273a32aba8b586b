"""Districts whose staff grows, and the completers whom a provider registers: files as they are uploaded."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.partnership.domain.completer import completer_id
from services.partnership.domain.organization import program_id
from shared.events.partnership import Role
from tests.faults.history import Hired
from tests.partnership.rosters import a_district, a_role, a_roster, a_school, a_user
from tests.partnership.working import ASSOCIATION_HEADER, CANDIDATE_HEADER, a_candidate, a_completion, as_file

STAFF_BEFORE = 40
PEOPLE_A_FEED = 1_000_000
FIRST_SNAPSHOT = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
BEGAN_WORK = "2026-08-31"
FEEDS = 6
PROGRAMS = 2
"""Few, so that their groups grow large."""


@dataclass(frozen=True)
class Program:
    provider_id: str
    name: str

    @property
    def program_id(self) -> str:
        return program_id(self.provider_id, self.name)


@dataclass
class Feed:
    """A district with its staff: person → school. Each snapshot shows all of them, a minute after the last."""

    district_id: str
    schools: Sequence[str]
    first: int
    at: dict[int, str] = field(default_factory=dict)
    hired: list[int] = field(default_factory=list)
    taken: int = 0

    def __post_init__(self) -> None:
        for number in range(self.first, self.first + STAFF_BEFORE):
            self.at[number] = self.schools[number % len(self.schools)]

    @property
    def connection_id(self) -> str:
        return f"oneroster-{self.district_id}"

    def hire(self, people: int) -> list[int]:
        """So many more; each a number that nobody else has, in this feed or another."""
        new = [self.first + len(self.at) + each for each in range(people)]
        self.at.update((number, self.schools[number % len(self.schools)]) for number in new)
        self.hired += new
        return new

    def move(self, places: int) -> None:
        """One of those hired before goes to another school of the district; which one follows from `places`."""
        if self.hired and len(self.schools) > 1:
            number = self.hired[places % len(self.hired)]
            self.at[number] = self.schools[(self.schools.index(self.at[number]) + 1) % len(self.schools)]

    def snapshot(self) -> tuple[bytes, str]:
        """The zip, and when it was made."""
        district = a_district(sourcedId="district", name=self.district_id, identifier=self.district_id)
        schools = [
            a_school(sourcedId=code, name=code, identifier=code, parentSourcedId="district") for code in self.schools
        ]
        packed = a_roster(
            orgs=[district, *schools],
            users=[a_user(number) for number in self.at],
            roles=[
                a_role(number, userSourcedId=f"u-{number}", orgSourcedId=school, beginDate=BEGAN_WORK)
                for number, school in self.at.items()
            ],
        )
        made_at = FIRST_SNAPSHOT + timedelta(minutes=self.taken)
        self.taken += 1
        return packed.getvalue(), made_at.isoformat()


@dataclass(frozen=True)
class Register:
    """Who prepares whom: person number → program, in turn."""

    programs: Sequence[Program]

    def of(self, number: int) -> Program:
        return self.programs[number % len(self.programs)]

    def hired(self, number: int, district_id: str) -> Hired:
        program = self.of(number)
        return Hired(completer_id(program.provider_id, str(1000 + number)), program.program_id, district_id)

    def files(self, people: Sequence[int]) -> dict[str, bytes]:
        """The two files of an import of these completers."""
        of = {number: self.of(number) for number in people}
        candidates = [
            a_candidate(number, EducationOrganizationId=program.provider_id) for number, program in of.items()
        ]
        completions = [
            a_completion(number, EducationOrganizationId=program.provider_id, ProgramName=f'"{program.name}"')
            for number, program in of.items()
        ]
        return {
            "candidates": as_file(CANDIDATE_HEADER, candidates),
            "associations": as_file(ASSOCIATION_HEADER, completions),
        }


def feeds_in(season: Path) -> list[Feed]:
    """Some districts of the season, with the schools whose principals have an address, and one to spare."""
    principals = {
        row["OrganizationCode"]
        for row in _rows(season / "role_holders.csv")
        if row["Role"] == Role.PRINCIPAL and row["ElectronicMailAddress"]
    }
    schools: dict[str, list[str]] = {}
    for row in _rows(season / "organizations.csv"):
        if row["code"] in principals:
            schools.setdefault(row["parent_code"], []).append(row["code"])
    largest = sorted(schools, key=lambda district: (-len(schools[district]), district))[: FEEDS + 1]
    return [Feed(code, schools[code], PEOPLE_A_FEED * number) for number, code in enumerate(largest, 1)]


def register_in(season: Path) -> Register:
    """Programs of several providers of the season."""
    by_provider = {row["EducationOrganizationId"]: row["ProgramName"] for row in _rows(season / "programs.csv")}
    return Register([Program(provider, name) for provider, name in list(by_provider.items())[:PROGRAMS]])


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
