"""A match as the API tells it: the person, each candidate beside them field by field, the evidence, the decisions."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.partnership.domain.completer import Completer
from services.partnership.domain.matching import Candidate
from services.partnership.domain.side_by_side import side_by_side
from services.partnership.domain.staff import Staff
from services.partnership.store.completers import CompleterStore
from services.partnership.web.likeness_words import THRESHOLDS, weighed


async def told(people: list[Staff], completers: CompleterStore) -> list[dict[str, Any]]:
    known = await completers.by_ids({each.completer_id for person in people for each in person.matching.candidates})
    return [_told(each, known) for each in people]


def _told(staff: Staff, known: Mapping[str, Completer]) -> dict[str, Any]:
    kept = staff.model_dump(mode="json", include={"staff_id", "connection_id", "district_id", "matching"})
    for told, candidate in zip(kept["matching"]["candidates"], staff.matching.candidates, strict=True):
        told.update(_beside(staff, candidate, known.get(candidate.completer_id)))
    appointment = staff.appointment.model_dump(mode="json") if staff.appointment else None
    return kept | {
        "school_id": staff.school_id,
        "role": staff.role,
        "appointment": appointment,
        "hire_id": staff.hire_id,
        "thresholds": THRESHOLDS,
    }


def _beside(staff: Staff, candidate: Candidate, completer: Completer | None) -> dict[str, Any]:
    """`fields`: both records side by side; `weighed`: the steps of likeness in words."""
    fields = side_by_side(staff.known, completer.known) if completer else []
    steps = weighed(candidate.likeness) if candidate.likeness else []
    return {"fields": [asdict(each) for each in fields], "weighed": [asdict(each) for each in steps]}
