"""Two records that may be one person, field by field: in the feed, at the provider, and whether they agree.

Compared in the form in which matching compares them, shown as they were told.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from services.partnership.domain.match_keys import LICENCE, STATE_ID, Known

Verdict = Literal["agrees", "differs", "one_side"]


@dataclass(frozen=True, slots=True)
class Side:
    """One field of both records."""

    field: str
    in_feed: str
    at_provider: str
    verdict: Verdict


def side_by_side(person: Known, completer: Known) -> list[Side]:
    """What neither record has is left out."""
    sides = [
        _side("given_name", _givens(person), _givens(completer), person.givens, completer.givens),
        _side("middle_name", [person.middle], [completer.middle], _plain(person.middle), _plain(completer.middle)),
        _side("family_name", _families(person), _families(completer), person.families, completer.families),
        _side("birth_date", _birth(person), _birth(completer), _birth(person), _birth(completer)),
        _side("email", person.emails, completer.emails, person.addresses, completer.addresses),
    ]
    for system in (STATE_ID, LICENCE):
        mine, theirs = person.numbers(system), completer.numbers(system)
        sides.append(_side(system, _ids(person, system), _ids(completer, system), mine, theirs))
    return [side for side in sides if side.in_feed or side.at_provider]


def _side(
    field: str, shown: Iterable[str], other: Iterable[str], mine: Collection[str], theirs: Collection[str]
) -> Side:
    left, right = _told(shown), _told(other)
    if not mine or not theirs:
        return Side(field, left, right, "one_side")
    return Side(field, left, right, "agrees" if set(mine) & set(theirs) else "differs")


def _told(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(value for value in values if value))


def _givens(known: Known) -> list[str]:
    return [known.given, _called(known.preferred_given)]


def _families(known: Known) -> list[str]:
    return [known.family, _called(known.preferred_family), *(f"formerly {name}" for name in known.former_families)]


def _called(name: str) -> str:
    return f"called {name}" if name else ""


def _birth(known: Known) -> list[str]:
    return [known.birth_date.isoformat()] if known.birth_date else []


def _plain(name: str) -> list[str]:
    return [name.casefold().rstrip(".")] if name else []


def _ids(known: Known, system: str) -> list[str]:
    return [value for name, value in known.identifiers if name == system]
