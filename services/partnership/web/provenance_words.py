"""What a page, or an answer, says of where a hire comes from."""

from typing import Any

from services.partnership.domain.provenance import Rule
from services.partnership.use_cases.trace_hire import Provenance

RULE_WORDS: dict[Rule, str] = {
    "new_person": "The person took up an educator’s work while we were watching, and was not there before",
    "match": "The person is a completer whom we know",
    "completion": "A completion is recorded; hired long before it, they are told as employed before completing",
    "educator_role": "The role is one that preparation programs prepare for",
    "no_placement": "It is no account of a student teacher",
    "told_once": "Told once for this completer, district and employment",
}
LOOKED_AT_WORDS = {
    "first_seen_on": "first seen on",
    "in_baseline": "in the baseline",
    "employment": "employment number",
    "basis": "by",
    "confidence": "confidence",
    "needed": "needed",
    "completed_on": "completed on",
    "hire_date": "hired on",
    "days_after_completion": "days after completion",
    "variant": "kind",
    "role": "role",
    "dated_by_the_source": "dated by the source",
    "key": "key",
}
EVENT_WORDS = {
    "partnership.completer_hired.v1": "told as a hire",
    "partnership.hire_amended.v1": "amended",
    "partnership.hire_withdrawn.v1": "withdrawn",
    "partnership.employment_ended.v1": "told as ended",
}
PERSON_WORDS = {
    "given_name": "Given name",
    "family_name": "Family name",
    "birth_date": "Birth date",
    "email": "E-mail",
    "state_id": "State educator id",
    "licence": "Licence number",
    "local_id": "Number in the district",
    "master_id": "Number across systems",
}


def provenance_json(traced: Provenance) -> dict[str, Any]:
    """The same as the page, for machines."""
    matching = traced.staff.matching
    return {
        "hire_id": traced.hire.hire_id,
        "rows": [
            {
                "snapshot_id": snapshot.snapshot_id if snapshot else None,
                "observed_at": snapshot.observed_at.isoformat() if snapshot else None,
                "day": turn.day.isoformat(),
                "file": turn.file or None,
                "line": turn.line or None,
                "seen": turn.facts.model_dump(mode="json") if turn.facts else None,
            }
            for turn, snapshot in traced.rows
        ],
        "person": traced.person,
        "rule": [
            {"number": step.number, "rule": step.rule, "holds": step.holds, "looked_at": step.looked_at}
            for step in traced.steps
        ],
        "hire_date_basis": traced.hire.hire_date_basis.value,
        "match": {
            "basis": traced.hire.match_basis.value,
            "confidence": traced.hire.match_confidence,
            "evidence": list(traced.hire.match_evidence),
            "decided_by": matching.decided_by,
            "decision_reason": matching.decision_reason,
        },
        "told": [each.model_dump(mode="json") for each in traced.hire.history],
    }
