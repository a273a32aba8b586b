"""The staff that a district already has: who leads its schools, who works there, and the ordinary coming and going."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count

from deploy.demonstration.accounts import Account, Position, Season
from deploy.demonstration.directory import District
from deploy.demonstration.names import Name, NameBook, Numbers, mail_name

FEWEST_PER_SCHOOL = 5
ROLES, ROLE_WEIGHTS = ("teacher", "aide", "counselor"), (0.78, 0.17, 0.05)
SHARE_WITH_STATE_ID = 0.7
SHARE_TWICE = 0.01
SHARE_WITHOUT_ADDRESS = 0.02
SHARE_MOVING, SHARE_LEAVING, SHARE_NEW = 0.01, 0.02, 0.05
LEADS_TWO, VACANT, SHARED_ADDRESS = 0.06, 0.10, 0.15  # upper bounds of the draw, in this order
SHARE_WITHOUT_PERSON_ID = 0.1
STUDENTS_PER_SCHOOL = 3


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """Who holds a role; `person_id` blank where the directory does not know the person by number."""

    organization_code: str
    role: str
    person_id: str
    name: Name
    email: str


@dataclass(slots=True)
class Staffed:
    """A district with its staff, its role holders and the counter of its local numbers."""

    district: District
    observed: list[date]
    rng: random.Random
    names: NameBook
    numbers: Numbers
    season: Season = field(default_factory=Season)
    holders: list[RoleHolder] = field(default_factory=list)
    staff: int = 0
    serials: Iterator[int] = field(default_factory=lambda: count(1001))

    @property
    def days(self) -> int:
        """The number of the last day; day 0 is the baseline."""
        return len(self.observed) - 1

    def account(self, name: Name, *positions: Position, prefix: str = "T") -> Account:
        serial = next(self.serials)
        return Account.of(name, f"{prefix}{serial:06d}", self.address(f"{mail_name(name)}{serial}"), *positions)

    def address(self, local_part: str) -> str:
        return f"{local_part}@d{self.district.code}.example.org"

    def a_school(self) -> str:
        return self.rng.choice(self.district.schools).code

    def a_later_day(self) -> int:
        """Most of the season's hiring is seen in the first snapshot after the baseline."""
        days = range(1, self.days + 1)
        return self.rng.choices(days, weights=[1 / day for day in days])[0]

    def begins_between(self, day: int) -> date:
        """A first working day between the snapshot before this one and this one."""
        span = (self.observed[day] - self.observed[day - 1]).days
        return self.observed[day] - timedelta(days=self.rng.randrange(span))


def staff_district(
    district: District,
    per_school: float,
    observed: list[date],
    *,
    rng: random.Random,
    names: NameBook,
    numbers: Numbers,
) -> Staffed:
    """People the district and lets them come, go and move over the season; completers are placed afterwards."""
    staffed = Staffed(district, observed, rng, names, numbers)
    _lead_district(staffed)
    _lead_schools(staffed)
    for school in district.schools:
        people = max(FEWEST_PER_SCHOOL, round(per_school * rng.uniform(0.75, 1.25))) - 1
        for _ in range(people):
            _employ(staffed, school.code)
        _enrol_students(staffed, school.code)
    _season_of_others(staffed)
    return staffed


def _lead_district(staffed: Staffed) -> None:
    code = staffed.district.code
    for role in ("superintendent", "district_contact"):
        account = staffed.account(staffed.names.draw(), Position(code, "districtAdministrator"))
        staffed.season.baseline[account.key] = account
        staffed.staff += 1
        staffed.holders.append(_holder(staffed, code, role, account))


def _lead_schools(staffed: Staffed) -> None:
    """One principal each, but: some lead two schools, some schools have none, some two share one address."""
    before: Account | None = None
    for school in staffed.district.schools:
        draw = staffed.rng.random() if before is not None else 1.0
        position = Position(school.code, "principal")
        if before is not None and draw < LEADS_TWO and len(before.positions) == 1:
            before = replace(before, positions=(*before.positions, position))
            staffed.season.baseline[before.key] = before
            known = staffed.holders[-1]
            if not known.person_id:
                known = replace(known, person_id=_person_id(staffed, before))
                staffed.holders[-1] = known
            staffed.holders.append(replace(known, organization_code=school.code))
            continue
        if draw < VACANT:
            continue
        account = staffed.account(staffed.names.draw(), position)
        if before is not None and draw < SHARED_ADDRESS:
            account = replace(account, email=before.email)
        staffed.season.baseline[account.key] = account
        staffed.staff += 1
        staffed.holders.append(_holder(staffed, school.code, "principal", account))
        before = account


def _holder(staffed: Staffed, code: str, role: str, account: Account) -> RoleHolder:
    known = role != "principal" or staffed.rng.random() >= SHARE_WITHOUT_PERSON_ID
    name = Name(account.given, account.family)
    return RoleHolder(code, role, _person_id(staffed, account) if known else "", name, account.email)


def _person_id(staffed: Staffed, account: Account) -> str:
    return f"{staffed.district.code}-{account.local_number}"


def _employ(staffed: Staffed, school_code: str) -> None:
    rng = staffed.rng
    role = rng.choices(ROLES, weights=ROLE_WEIGHTS)[0]
    begins_on = date(rng.randrange(2004, 2025), 8, 25) if rng.random() < 0.5 else None
    account = staffed.account(staffed.names.draw(), Position(school_code, role, begins_on))
    if rng.random() < SHARE_WITH_STATE_ID:
        account = replace(account, state_id=staffed.numbers.state_id())
    if rng.random() < SHARE_WITHOUT_ADDRESS:
        account = replace(account, email=staffed.address("noemail"))
    staffed.season.baseline[account.key] = account
    staffed.staff += 1
    if rng.random() < SHARE_TWICE:
        double = replace(account, key=f"X{account.key[1:]}")
        staffed.season.baseline[double.key] = double


def _enrol_students(staffed: Staffed, school_code: str) -> None:
    """Rows that nobody asked for: a reader has to drop them before it keeps anything."""
    for number in range(STUDENTS_PER_SCHOOL):
        role, prefix = ("guardian", "G") if number == 0 else ("student", "S")
        name = Name("Student", f"Simulated {school_code}")
        account = staffed.account(name, Position(school_code, role), prefix=prefix)
        staffed.season.baseline[account.key] = account


def _season_of_others(staffed: Staffed) -> None:
    """Those who are no completers of ours: some leave, some move between schools, some are new."""
    season, rng = staffed.season, staffed.rng
    movable = [account for account in season.baseline.values() if account.positions[0].role in ROLES]
    rng.shuffle(movable)
    leaving = round(len(movable) * SHARE_LEAVING)
    moving = round(len(movable) * SHARE_MOVING)
    for account in movable[:leaving]:
        season.leaves(staffed.a_later_day(), account.key)
    for account in movable[leaving : leaving + moving]:
        season.becomes(staffed.a_later_day(), account.moved_to(staffed.a_school()))
    for _ in range(round(len(movable) * SHARE_NEW)):
        day = staffed.a_later_day()
        begins_on = staffed.begins_between(day) if rng.random() < 0.5 else None
        role = rng.choices(ROLES, weights=ROLE_WEIGHTS)[0]
        account = staffed.account(staffed.names.draw(), Position(staffed.a_school(), role, begins_on))
        if rng.random() < SHARE_WITH_STATE_ID:
            account = replace(account, state_id=staffed.numbers.state_id())
        season.arrives(day, account)
