"""The invariants of delivery, I1 to I13: each says of a run at rest what it violates.

A violation is something `lost`, something `doubled`, or something else that is `wrong`. test_invariants.py shows of
each that it bites.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import delivery, effects
from tests.faults.evidence import Evidence, Found, Kind

INVARIANTS: dict[str, Callable[[Evidence], Found]] = {
    "I1": effects.no_hire_is_lost,
    "I2": effects.nothing_is_issued_twice,
    "I3": effects.what_was_acknowledged_is_stored,
    "I4": effects.each_answer_is_counted_once,
    "I5": effects.a_form_is_taken_once,
    "I6": delivery.the_outbox_drains,
    "I7": delivery.order_is_kept,
    "I8": delivery.nothing_is_committed_before_it_is_applied,
    "I9": delivery.every_record_is_accounted_for,
    "I10": delivery.everybody_sees_only_their_own,
    "I11": delivery.every_service_works,
    "I12": effects.every_change_leaves_one_trace,
    "I13": effects.mail_is_sent_once,
}


@dataclass(frozen=True)
class Violation:
    invariant: str
    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.kind}: {self.what}"


@dataclass(frozen=True)
class Report:
    """What came of a run. `parked`: records that wait for a person, as they should."""

    violations: tuple[Violation, ...]
    parked: int

    @property
    def lost(self) -> int:
        return self._of("lost")

    @property
    def doubled(self) -> int:
        return self._of("doubled")

    def _of(self, kind: Kind) -> int:
        return sum(violation.kind == kind for violation in self.violations)

    def __str__(self) -> str:
        return "\n".join(map(str, self.violations)) or "nothing lost, nothing doubled"


def violations(run: Evidence, *only: str) -> tuple[Violation, ...]:
    """Of all invariants, or of `only` these."""
    wanted = only or tuple(INVARIANTS)
    return tuple(Violation(name, kind, what) for name in wanted for kind, what in INVARIANTS[name](run))
