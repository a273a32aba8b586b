"""Completers in a district's feed: those who were hired, and those who only look like it."""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from deploy.demonstration.accounts import Account, Position
from deploy.demonstration.directory import Provider
from deploy.demonstration.names import Name
from deploy.demonstration.preparation import Candidate
from deploy.demonstration.staffing import Staffed
from deploy.demonstration.truth import Expected, Kind, MatchableBy, TruthRow

SAME_SCHOOL_AGAIN = 0.4
SHARE_STATE_ID, SHARE_LICENCE = 0.75, 0.12
SHARE_WITH_ROLE_DATE = 0.6
SHARE_UNDER_NEW_FAMILY_NAME = 0.2
SHARE_WITH_SECOND_ACCOUNT = 0.05
HIRED_MORE = 2.5  # the power of its size by which a provider's completers are hired in these districts
LOOKALIKES_PER_HIRE = {
    Kind.STUDENT_TEACHER: 0.25,
    Kind.EMPLOYED: 0.2,
    Kind.TRANSFER: 0.15,
    Kind.SUBSTITUTE: 0.12,
    Kind.ABSENCE: 0.08,
    Kind.AIDE: 0.08,
    Kind.NAMESAKE: 0.06,
    Kind.FOREIGN_IDENTIFIER: 0.05,
}


class Supply:
    """The candidates who have not been placed yet. Large providers' completers are hired the most."""

    def __init__(self, providers: Iterable[Provider], candidates: Iterable[Candidate], season: int) -> None:
        self._weights = {provider.code: provider.size**HIRED_MORE for provider in providers}
        self._recent: dict[str, list[Candidate]] = {}
        self._earlier: dict[str, list[Candidate]] = {}
        self._enrolled: dict[str, list[Candidate]] = {}
        for candidate in candidates:
            if not candidate.is_completer:
                pool = self._enrolled
            else:
                pool = self._recent if candidate.latest_year >= season - 1 else self._earlier
            pool.setdefault(candidate.provider_code, []).append(candidate)

    def recent(self, rng: random.Random) -> Candidate:
        """One who completed in the season's year or the year before."""
        return self._take(self._recent, rng)

    def earlier(self, rng: random.Random) -> Candidate:
        return self._take(self._earlier if self._earlier else self._recent, rng)

    def enrolled(self, rng: random.Random) -> Candidate | None:
        return self._take(self._enrolled, rng) if self._enrolled else None

    def _take(self, pool: dict[str, list[Candidate]], rng: random.Random) -> Candidate:
        codes = list(pool)
        code = rng.choices(codes, weights=[self._weights[code] for code in codes])[0]
        waiting = pool[code]
        place = rng.randrange(len(waiting))
        waiting[place], waiting[-1] = waiting[-1], waiting[place]
        candidate = waiting.pop()
        if not waiting:
            del pool[code]
        return candidate


def place_completers(staffed: Staffed, hires: int, supply: Supply) -> list[TruthRow]:
    """Puts so many hires, and the lookalikes that go with them, into the district's season."""
    rng = staffed.rng
    rows: list[TruthRow] = []
    for _ in range(hires):
        again = bool(rows) and rng.random() < SAME_SCHOOL_AGAIN
        school = rng.choice(rows).school_code if again else staffed.a_school()
        rows.append(_hire(staffed, supply.recent(rng), school))
    lookalikes = (
        _LOOKALIKES[kind](staffed, supply)
        for kind, rate in LOOKALIKES_PER_HIRE.items()
        for _ in range(int(rate * hires + rng.random()))
    )
    return [*rows, *(row for row in lookalikes if row is not None)]


def _hire(staffed: Staffed, candidate: Candidate, school: str) -> TruthRow:
    rng = staffed.rng
    day = staffed.a_later_day()
    begins_on = staffed.begins_between(day) if rng.random() < SHARE_WITH_ROLE_DATE else None
    role = "siteAdministrator" if candidate.leads_schools else "teacher"
    account = staffed.account(candidate.name, Position(school, role, begins_on))
    account, matchable_by = _identified(account, candidate, rng)
    staffed.season.arrives(day, account)
    if rng.random() < SHARE_WITH_SECOND_ACCOUNT:
        staffed.season.arrives(day, replace(account, key=f"X{account.key[1:]}"))
    expected = Expected.REVIEW if matchable_by is MatchableBy.NONE else Expected.FOUND
    hired_on = begins_on or staffed.observed[day]
    return _row(staffed, candidate, account, Kind.HIRE, day, expected, matchable_by, hired_on)


def _identified(account: Account, candidate: Candidate, rng: random.Random) -> tuple[Account, MatchableBy]:
    """The account with as much of the completer's identity as its district happens to keep."""
    draw = rng.random()
    if draw < SHARE_STATE_ID:
        account = replace(account, state_id=candidate.state_id)
        if candidate.name.preferred_given and rng.random() < 0.5:
            account = replace(account, given=candidate.name.preferred_given)
        return account, MatchableBy.STATE_ID
    if draw < SHARE_STATE_ID + SHARE_LICENCE:
        account = replace(account, licence=candidate.licence)
        if candidate.name.former_family:
            account = replace(account, family=candidate.name.former_family)
        elif rng.random() < SHARE_UNDER_NEW_FAMILY_NAME:
            account = replace(account, family=f"{account.family}-Ames", preferred_family=account.family)
        return account, MatchableBy.LICENCE
    return replace(account, licence="00" if rng.random() < 0.3 else ""), MatchableBy.NONE


def _student_teacher(staffed: Staffed, supply: Supply) -> TruthRow | None:
    """Still enrolled; has an account as teacher or aide for the practicum."""
    candidate = supply.enrolled(staffed.rng)
    if candidate is None:
        return None
    return _arrival(staffed, candidate, Kind.STUDENT_TEACHER, staffed.rng.choice(("teacher", "aide")))


def _substitute(staffed: Staffed, supply: Supply) -> TruthRow:
    return _arrival(staffed, supply.recent(staffed.rng), Kind.SUBSTITUTE, "ext:substituteTeacher")


def _aide(staffed: Staffed, supply: Supply) -> TruthRow:
    return _arrival(staffed, supply.recent(staffed.rng), Kind.AIDE, "aide")


def _arrival(staffed: Staffed, candidate: Candidate, kind: Kind, role: str) -> TruthRow:
    day = staffed.a_later_day()
    account = staffed.account(candidate.name, Position(staffed.a_school(), role))
    account = replace(account, state_id=candidate.state_id)
    staffed.season.arrives(day, account)
    return _row(staffed, candidate, account, kind, day, Expected.NOT_A_HIRE, MatchableBy.STATE_ID)


def _employed(staffed: Staffed, supply: Supply) -> TruthRow:
    """There since before the baseline."""
    return _settled(staffed, supply, Kind.EMPLOYED)[0]


def _transfer(staffed: Staffed, supply: Supply) -> TruthRow:
    """There since before the baseline; moves to another school of the same district."""
    row, account = _settled(staffed, supply, Kind.TRANSFER)
    staffed.season.becomes(staffed.a_later_day(), account.moved_to(staffed.a_school()))
    return row


def _absence(staffed: Staffed, supply: Supply) -> TruthRow:
    """Missing from one snapshot and back in the next: a fault of the export, no exit and no rehire."""
    row, account = _settled(staffed, supply, Kind.ABSENCE)
    if staffed.days >= 2:
        staffed.season.leaves(1, account.key)
        staffed.season.becomes(2, account)
    return row


def _settled(staffed: Staffed, supply: Supply, kind: Kind) -> tuple[TruthRow, Account]:
    candidate = supply.earlier(staffed.rng)
    since = date(min(candidate.latest_year, staffed.observed[0].year - 1), 8, 25)
    account = staffed.account(candidate.name, Position(staffed.a_school(), "teacher", since))
    account = replace(account, state_id=candidate.state_id)
    staffed.season.baseline[account.key] = account
    staffed.staff += 1
    return _row(staffed, candidate, account, kind, 0, Expected.NOT_A_HIRE, MatchableBy.STATE_ID), account


def _namesake(staffed: Staffed, supply: Supply) -> TruthRow:
    """Somebody else of the same name, with a state id of their own."""
    candidate, day = supply.recent(staffed.rng), staffed.a_later_day()
    account = staffed.account(
        Name(candidate.name.given, candidate.name.family), Position(staffed.a_school(), "teacher")
    )
    account = replace(account, state_id=staffed.numbers.state_id())
    staffed.season.arrives(day, account)
    return _row(staffed, candidate, account, Kind.NAMESAKE, day, Expected.NOT_A_HIRE, MatchableBy.NONE)


def _foreign_identifier(staffed: Staffed, supply: Supply) -> TruthRow:
    """Somebody else, entered with a completer's state id by mistake: the names tell, so a person has to look."""
    candidate, day = supply.recent(staffed.rng), staffed.a_later_day()
    other = staffed.names.draw()
    own = candidate.name
    while {other.given, other.family} & {own.given, own.preferred_given, own.family, own.former_family}:
        other = staffed.names.draw()
    account = staffed.account(other, Position(staffed.a_school(), "teacher"))
    account = replace(account, state_id=candidate.state_id)
    staffed.season.arrives(day, account)
    return _row(staffed, candidate, account, Kind.FOREIGN_IDENTIFIER, day, Expected.REVIEW, MatchableBy.STATE_ID)


def _row(
    staffed: Staffed,
    candidate: Candidate,
    account: Account,
    kind: Kind,
    day: int,
    expected: Expected,
    matchable_by: MatchableBy,
    hired_on: date | None = None,
) -> TruthRow:
    return TruthRow(
        provider_code=candidate.provider_code,
        candidate_identifier=candidate.identifier,
        district_code=staffed.district.code,
        school_code=account.positions[0].organization_code,
        hire_date=hired_on,
        first_seen_day=day,
        role=account.positions[0].role,
        matchable_by=matchable_by,
        kind=kind,
        expected=expected,
    )


_LOOKALIKES: dict[Kind, Callable[[Staffed, Supply], TruthRow | None]] = {
    Kind.STUDENT_TEACHER: _student_teacher,
    Kind.EMPLOYED: _employed,
    Kind.TRANSFER: _transfer,
    Kind.SUBSTITUTE: _substitute,
    Kind.ABSENCE: _absence,
    Kind.AIDE: _aide,
    Kind.NAMESAKE: _namesake,
    Kind.FOREIGN_IDENTIFIER: _foreign_identifier,
}
