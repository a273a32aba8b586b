"""Simulates a feed of every day for some districts: all that happens to completers there, all that happens to files.

What must come of it is known: `truth.json` names each hire as it must stand at the end, whatever the order in which the
files arrive and however often.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from deploy.demonstration.accounts import Account, Position
from deploy.demonstration.directory import District, districts, preparing_providers
from deploy.demonstration.hiring import Supply
from deploy.demonstration.names import NameBook, Numbers
from deploy.demonstration.oneroster import write_roster
from deploy.demonstration.preparation import Candidate
from deploy.demonstration.simulate import EXPORT_HOUR_UTC, all_candidates, write_registers
from deploy.demonstration.staffing import Staffed, staff_district
from deploy.demonstration.vendors import vendor_of

DAYS = 30
DISTRICTS = 5
FEW_SCHOOLS = range(3, 6)
STAFF_PER_SCHOOL = 6.0
COMPLETERS_PER_DISTRICT = 12
REKEYED, TRUNCATED, MASS_CHANGE = (1, 18), (2, 9), (3, 12)
"""(district, day): from then on all keys of the source are new; the file is cut off; most of the staff are missing."""

Fate = Literal["apply", "reject", "refuse"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A day's file. `fate`: applied; rejected by the reader; refused, or taken back, by a person who looks at it."""

    district_code: str
    day: int
    observed_at: str
    file: str
    fate: Fate = "apply"


@dataclass(frozen=True, slots=True)
class TrueHire:
    """A hire as it must stand in the end. `employment` counts the person's employments in the district."""

    provider_code: str
    candidate_identifier: str
    district_code: str
    employment: int
    school_code: str
    hire_date: str
    basis: str
    variant: str
    ended_on: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    deliveries: tuple[Delivery, ...]
    hires: tuple[TrueHire, ...]


class Days:
    """One district's month, with what it must come to."""

    def __init__(self, staffed: Staffed, supply: Supply) -> None:
        self.staffed, self.season = staffed, staffed.season
        self._supply = supply
        self.hires: list[TrueHire] = []

    def on(self, day: int) -> date:
        return self.staffed.observed[day]

    def newcomer(self, role: str = "teacher", begins_on: date | None = None) -> tuple[Candidate, Account]:
        """A completer whom the state's id in the feed tells."""
        candidate = self._supply.recent(self.staffed.rng)
        account = self.staffed.account(candidate.name, Position(self.staffed.a_school(), role, begins_on))
        return candidate, replace(account, state_id=candidate.state_id)

    def another_school(self, account: Account) -> str:
        now = account.positions[0].organization_code
        others = [school.code for school in self.staffed.district.schools if school.code != now]
        return self.staffed.rng.choice(others) if others else now

    def must_hold(self, candidate: Candidate, account: Account, day: int | date, **said: str | int | None) -> None:
        hired_on = day if isinstance(day, date) else self.on(day)
        facts: dict[str, str | int | None] = {
            "employment": 1,
            "basis": "role_begin" if isinstance(day, date) else "first_seen",
            "variant": "hired",
            **said,
        }
        self.hires.append(
            TrueHire(
                candidate.provider_code,
                candidate.identifier,
                self.staffed.district.code,
                school_code=account.positions[0].organization_code,
                hire_date=hired_on.isoformat(),
                **facts,  # type: ignore[arg-type]
            )
        )


def _hired(days: Days) -> None:
    candidate, account = days.newcomer()
    days.season.arrives(2, account)
    days.must_hold(candidate, account, 2)


def _hired_with_a_date(days: Days) -> None:
    begins_on = days.on(4) - timedelta(days=3)
    candidate, account = days.newcomer(begins_on=begins_on)
    days.season.arrives(4, account)
    days.must_hold(candidate, account, begins_on)


def _moved(days: Days) -> None:
    candidate, account = days.newcomer()
    days.season.arrives(3, account)
    moved = account.moved_to(days.another_school(account))
    days.season.becomes(11, moved)
    days.must_hold(candidate, moved, 3)


def _renamed(days: Days) -> None:
    """Marries, and the export forgets the state's id: the same person all the same."""
    candidate, account = days.newcomer()
    days.season.arrives(4, account)
    days.season.becomes(13, replace(account, family=f"{account.family}-Ames", state_id=""))
    days.must_hold(candidate, account, 4)


def _left(days: Days) -> None:
    candidate, account = days.newcomer()
    days.season.arrives(1, account)
    days.season.leaves(7, account.key)
    days.must_hold(candidate, account, 1, ended_on=days.on(7).isoformat())


def _left_by_a_date(days: Days) -> None:
    candidate, account = days.newcomer()
    days.season.arrives(5, account)
    ends_on = days.on(20)
    position = replace(account.positions[0], ends_on=ends_on)
    days.season.becomes(16, replace(account, positions=(position,)))
    days.must_hold(candidate, account, 5, ended_on=ends_on.isoformat())


def _returned(days: Days) -> None:
    candidate, account = days.newcomer()
    days.season.arrives(2, account)
    days.season.leaves(4, account.key)
    days.season.becomes(23, account)
    days.must_hold(candidate, account, 2, ended_on=days.on(4).isoformat())
    days.must_hold(candidate, account, 23, employment=2, variant="rehired")


def _missing_for_two_days(days: Days) -> None:
    candidate, account = days.newcomer()
    days.season.arrives(3, account)
    days.season.leaves(8, account.key)
    days.season.becomes(10, account)
    days.must_hold(candidate, account, 3)


def _promoted(days: Days) -> None:
    candidate, account = days.newcomer("aide")
    days.season.arrives(3, account)
    teaching = replace(account, positions=(replace(account.positions[0], role="teacher"),))
    days.season.becomes(10, teaching)
    days.must_hold(candidate, teaching, 10)


def _there_all_along(days: Days) -> None:
    _, account = days.newcomer()
    days.season.baseline[account.key] = account


def _there_before_and_rehired(days: Days) -> None:
    candidate, account = days.newcomer()
    days.season.baseline[account.key] = account
    days.season.leaves(5, account.key)
    days.season.becomes(22, account)
    days.must_hold(candidate, account, 22, employment=2, variant="rehired")


def _substitute(days: Days) -> None:
    _, account = days.newcomer("ext:substituteTeacher")
    days.season.arrives(6, account)


EVENTS: tuple[Callable[[Days], None], ...] = (
    *(_hired, _hired_with_a_date, _moved, _renamed, _left, _left_by_a_date, _returned, _missing_for_two_days),
    *(_promoted, _there_all_along, _there_before_and_rehired, _substitute),
)


def write_day_series(seed: int, folder: Path, *, season: int = 2026) -> Series:
    """Registers, a zip for each district and day, and the truth. The same arguments give the same bytes."""
    rng = random.Random(f"prepbridge:days:{seed}:{season}")
    names, numbers = NameBook(rng), Numbers(seed)
    observed = [date(season, 9, 1) + timedelta(days=day) for day in range(DAYS)]
    providers = preparing_providers()
    candidates = list(all_candidates(providers, season, DISTRICTS * COMPLETERS_PER_DISTRICT, rng, names, numbers))
    supply = Supply(providers, candidates, season)
    (folder / "feeds").mkdir(parents=True, exist_ok=True)
    write_registers(folder, providers, candidates, with_faults=False)
    deliveries: list[Delivery] = []
    hires: list[TrueHire] = []
    for place, district in enumerate(_drawn(seed)):
        staffed = staff_district(district, STAFF_PER_SCHOOL, observed, rng=rng, names=names, numbers=numbers)
        days = Days(staffed, supply)
        for event in EVENTS:
            event(days)
        deliveries += _write_feed(folder, staffed, place)
        hires += days.hires
    series = Series(tuple(deliveries), tuple(hires))
    (folder / "truth.json").write_text(json.dumps(asdict(series), indent=1), encoding="utf-8")
    return series


def _drawn(seed: int) -> list[District]:
    """Districts of a few schools, so that people can move, and a month of files stays small."""
    few = [district for district in districts() if len(district.schools) in FEW_SCHOOLS]
    return random.Random(f"prepbridge:day districts:{seed}").sample(few, DISTRICTS)


def _write_feed(folder: Path, staffed: Staffed, place: int) -> Iterator[Delivery]:
    code = staffed.district.code
    (folder / "feeds" / code).mkdir(exist_ok=True)
    accounts = staffed.season.on(0, {})
    for day, observed in enumerate(staffed.observed):
        accounts = staffed.season.on(day, accounts)
        path = folder / "feeds" / code / f"day-{day:02d}.zip"
        written = list(accounts.values())
        if place == REKEYED[0] and day >= REKEYED[1]:
            written = [replace(account, key=f"N-{account.key}") for account in written]
        if (place, day) == MASS_CHANGE:
            written = written[: len(written) // 3]
        write_roster(path, staffed.district, written, vendor_of(place), observed)
        fate: Fate = "refuse" if (place, day) == MASS_CHANGE else "apply"
        if (place, day) == TRUNCATED:
            path.write_bytes(path.read_bytes()[:-400])
            fate = "reject"
        at = datetime.combine(observed, EXPORT_HOUR_UTC).isoformat().replace("+00:00", "Z")
        yield Delivery(code, day, at, path.relative_to(folder).as_posix(), fate)


def simulate_days_command(
    folder: Annotated[Path, typer.Option(help="Where the files go.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 3,
) -> None:
    """Simulate a month of daily feeds of five districts, with all that goes wrong, and the truth about it."""
    series = write_day_series(seed, folder)
    typer.echo(f"{len(series.deliveries)} files and {len(series.hires)} hires to be found, in {folder}/truth.json.")
