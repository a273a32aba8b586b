"""Which completers a new colleague may be, as far as likeness tells: proposals on which a person decides."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import product
from math import log2

from services.partnership.domain.block_keys import block_keys
from services.partnership.domain.completer import Completer
from services.partnership.domain.likeness import EXPECTED_SHARE, Agreement, Likeness
from services.partnership.domain.linkage.model import LinkageModel
from services.partnership.domain.linkage.records import Record
from services.partnership.domain.linkage.scoring import Pair, score
from services.partnership.domain.match_keys import LICENCE, STATE_ID, Known, comparable_name
from services.partnership.domain.staff import Staff

FIELDS = ("given", "family", "born", "email", "state_id", "licence", "timing")
MOST_NAMES = 6
SHARED_BY = 3
"""An e-mail address that so many people of one side have says nothing of any of them."""
LEAST_WEIGHT = 6.0


def proposals(
    people: Sequence[Staff], completers: Sequence[Completer], registry: int, model: LinkageModel
) -> dict[str, list[tuple[Completer, Likeness]]]:
    """Staff id → completers who are at all probable, the most probable first. `registry`: how many there are in all."""
    known = {each.completer_id: each for each in completers if each.completions}
    shared = _shared([each.known for each in people]) | _shared([each.known for each in known.values()])
    pairs = score(
        [record_of_staff(each, shared) for each in people],
        [record_of_completer(each, shared) for each in known.values()],
        model,
        at_least=LEAST_WEIGHT,
    )
    prior = log2(EXPECTED_SHARE / max(registry, len(known), 1))
    version = model.version
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair.left, []).append(pair)
    return {
        staff_id: [(known[pair.right], _likeness(pair, of_one, prior, version)) for pair in of_one]
        for staff_id, of_one in found.items()
    }


def _likeness(pair: Pair, of_one: Iterable[Pair], prior: float, version: str) -> Likeness:
    """A person is at most one completer: the others' odds count against each."""
    odds = [2.0 ** (each.weight + prior) for each in of_one]
    agreements = tuple(Agreement(field=each.field, level=each.level, weight=each.weight) for each in pair.findings)
    return Likeness(
        probability=round(2.0 ** (pair.weight + prior) / (1 + sum(odds)), 4),
        prior=round(prior, 2),
        model=version,
        agreements=agreements,
    )


def record_of_staff(staff: Staff, shared: Collection[str] = ()) -> Record:
    hired = [appointment.hire_date for each in staff.episodes if (appointment := staff.appointment_in(each))]
    return _record(staff.staff_id, staff.known, hired[-1] if hired else None, shared)


def record_of_completer(completer: Completer, shared: Collection[str] = ()) -> Record:
    completed = [each.completed_on for each in completer.completions]
    return _record(completer.completer_id, completer.known, max(completed) if completed else None, shared)


def _record(record_id: str, known: Known, day: date | None, shared: Collection[str]) -> Record:
    givens = dict.fromkeys(name for name in (known.given, known.preferred_given) if name)
    families = dict.fromkeys(name for name in (known.family, known.preferred_family, *known.former_families) if name)
    names: Mapping[tuple[str, str], tuple[str, str]] = {
        (comparable_name(given), comparable_name(family)): (given, family)
        for given, family in product(givens or ("",), families or ("",))
    }
    return Record(
        record_id,
        tuple(names.values())[:MOST_NAMES],
        frozenset(block_keys(known)),
        born=known.birth_date.strftime("%Y%m%d") if known.birth_date else None,
        emails=tuple(sorted(known.addresses - set(shared))),
        day=day.toordinal() if day else None,
        more={system: min(known.numbers(system), default=None) for system in (STATE_ID, LICENCE)},
    )


def _shared(people: Iterable[Known]) -> set[str]:
    counts = Counter(address for each in people for address in each.addresses)
    return {address for address, count in counts.items() if count >= SHARED_BY}
