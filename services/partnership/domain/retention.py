"""What is forgotten of people who left and were nobody's completer (sis §5.1); and how a rehire is told apart after it.

The keys under which the source knows somebody are kept as hashes under a secret: whoever has a key can ask whether it
is known, and nobody can read one out of what is kept.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from services.partnership.domain.match_keys import Known
from services.partnership.domain.matching import Matching
from services.partnership.domain.staff import Staff


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how many days what is kept."""

    people: int
    held_runs: int
    findings: int
    sources: int


HIDDEN = "gone:"
Hide = Callable[[str], str]


def hidden_by(secret: str) -> Hide:
    """How keys are hidden under this secret. A hidden one stays as it is."""

    def hide(key: str) -> str:
        if key.startswith(HIDDEN):
            return key
        return HIDDEN + hmac.new(secret.encode(), key.encode(), sha256).hexdigest()[:40]

    return hide


def left_on(staff: Staff) -> str | None:
    """Since when nothing personal is needed any more; None while it is, or if it is forgotten already."""
    is_over = staff.status == "exited" and staff.completer_id is None and bool(staff.episodes)
    if not is_over or not (staff.known.given or staff.known.family) or staff.now.ended_on is None:
        return None
    return staff.now.ended_on.isoformat()


def forgotten(staff: Staff, hide: Hide) -> Staff:
    """Without name, address, birth date and identifiers; when they worked in which role stays, of nobody known."""
    return staff.model_copy(
        update={
            "known": Known(given="", family=""),
            "source_keys": tuple(sorted({hide(key) for key in staff.source_keys})),
            "digest": "",
            "leads": (),
            "matching": Matching(rejected=staff.matching.rejected),
            "revision": staff.revision + 1,
        }
    )
