"""A person's account in a district's student information system, and how it changes over a hiring season."""

from dataclasses import dataclass, field, replace
from datetime import date

from deploy.demonstration.names import Name


@dataclass(frozen=True, slots=True)
class Position:
    """A role at a school, or at the district itself; `role` in the words of OneRoster 1.2. `ends_on` is the first day
    without it."""

    organization_code: str
    role: str
    begins_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One row of users.csv with its rows of roles.csv; `key` is unique in the district and its sourcedId."""

    key: str
    given: str
    family: str
    email: str
    positions: tuple[Position, ...]
    middle: str = ""
    preferred_given: str = ""
    preferred_family: str = ""
    state_id: str = ""
    licence: str = ""
    local_number: str = ""
    username: str = ""

    @classmethod
    def of(cls, name: Name, key: str, email: str, *positions: Position) -> "Account":
        """A plain account: key and number of the person are the same, the user name is the address."""
        return cls(
            key=key,
            given=name.given,
            family=name.family,
            email=email,
            positions=positions,
            middle=name.middle,
            local_number=key.lstrip("TSGX"),
            username=email,
        )

    def moved_to(self, school_code: str) -> "Account":
        return replace(self, positions=(replace(self.positions[0], organization_code=school_code),))


@dataclass(slots=True)
class Season:
    """A district's accounts on the first day, and what is different on each later one."""

    baseline: dict[str, Account] = field(default_factory=dict)
    arrivals: dict[int, list[Account]] = field(default_factory=dict)
    departures: dict[int, list[str]] = field(default_factory=dict)
    changes: dict[int, list[Account]] = field(default_factory=dict)

    def arrives(self, day: int, account: Account) -> None:
        self.arrivals.setdefault(day, []).append(account)

    def leaves(self, day: int, key: str) -> None:
        self.departures.setdefault(day, []).append(key)

    def becomes(self, day: int, account: Account) -> None:
        """From this day the account of this key is as given; one who had left is back."""
        self.changes.setdefault(day, []).append(account)

    def on(self, day: int, before: dict[str, Account]) -> dict[str, Account]:
        """The accounts of a day, from those of the day before it; day 0 is the baseline."""
        if day == 0:
            return dict(self.baseline)
        accounts = dict(before)
        for key in self.departures.get(day, ()):
            accounts.pop(key, None)
        for account in (*self.changes.get(day, ()), *self.arrivals.get(day, ())):
            accounts[account.key] = account
        return accounts
