"""What people write into the forms of partnerships, read into terms and activities; each fault at its field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.terms import Terms
from services.partnership.domain.ledger.ways.record import WayRecord, kind_of
from services.partnership.web.form_refused import FormRefused
from shared.errors import Conflict, InvalidInput
from shared.events.partnerships import Side

GOAL_FIELDS = ("goal_id", "metric", "unit", "baseline", "target", "due_on", "owner", "source", "way")
SIMPLE = ("begins_on", "ends_on", "renewal", "notice_days", "nature")
WRONG = {
    "ways": "Choose at least one way of working together.",
    "begins_on": "Write the first day of the term.",
    "ends_on": "Write the last day of the term.",
    "renewal": "Choose what follows the term.",
    "notice_days": "Write days from 0 to 730.",
    "nature": "Write at most 2,000 characters.",
    "metric": "Say what is measured.",
    "unit": "Give the goal a unit, such as percent or teachers.",
    "baseline": "Write the baseline as a number, or leave it blank.",
    "target": "Write the target as a number.",
    "due_on": "Write the day by which it should be reached.",
    "name": "Write the contact’s name.",
    "email": "Write the contact’s e-mail address.",
    "value": "Write the figure as a number.",
    "measured_on": "Write the day on which it was measured.",
    "happened_on": "Write the day on which it happened.",
}


@dataclass(frozen=True)
class Asked:
    """One question of an activity form."""

    name: str
    label: str
    kind: str
    unit: str
    choices: tuple[str, ...]
    required: bool


def said(form: FormData, start: str) -> str:
    """What was written into the one field whose name begins so: on a page with many forms each field has its own."""
    return next((str(value).strip() for name, value in form.items() if name.startswith(start)), "")


def questions(record: type[WayRecord]) -> list[Asked]:
    """The form of a way follows from its record."""
    asked = []
    for name, field in record.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        unit, choices = str(extra.get("unit", "")), extra.get("choices", ())
        listed = tuple(str(each) for each in choices) if isinstance(choices, (list, tuple)) else ()
        asked.append(Asked(name, field.title or name, kind_of(field), unit, listed, field.is_required()))
    return asked


def written_record(form: FormData, record: type[WayRecord]) -> dict[str, Any]:
    """FormRefused names each field that is not right."""
    given: dict[str, Any] = {}
    for each in questions(record):
        text = str(form.get(each.name, "")).strip()
        if each.kind == "yes":
            given[each.name] = text == "yes"
        elif text:
            given[each.name] = text
    try:
        return record.model_validate(given).model_dump(mode="json", exclude_none=True)
    except ValidationError as invalid:
        asked = {each.name: each for each in questions(record)}
        raise FormRefused({name: _plainly(asked[name]) for name in _fields(invalid) if name in asked}) from None


def _plainly(asked: Asked) -> str:
    if asked.kind == "number":
        return f"{asked.label}: write a number that is not below 0."
    return f"{asked.label}: {'write a day as 2027-03-01.' if asked.kind == 'day' else 'this has to be filled in.'}"


def written_terms(form: FormData, known: Partnership | None) -> Terms:
    """Terms as a form holds them; what no form asks for stays as it was."""
    text = {name: str(form.get(name, "")).strip() for name in form}
    before = known.latest.terms if known is not None and known.latest is not None else None
    rows = goal_rows(text)
    said: dict[str, Any] = {name: text[name] for name in SIMPLE if text.get(name)}
    said |= {
        "ways": [str(each) for each in form.getlist("ways")],
        "school_ids": text.get("school_ids", "").replace(",", " ").split(),
        "program_ids": form.getlist("program_ids") if "asks_programs" in form else before.program_ids if before else (),
        "signatories": _signatories(text, before),
        "goals": [_goal(row, before) for _, row in rows],
    }
    try:
        return Terms.model_validate(said)
    except ValidationError as invalid:
        raise FormRefused(_term_errors(invalid, [number for number, _ in rows])) from None


def _signatories(text: Mapping[str, str], before: Terms | None) -> list[dict[str, Any]]:
    """Who signed already keeps their title and day, and others of their side theirs."""
    known = before.signatories if before else ()
    kept: list[dict[str, Any]] = []
    for side in Side:
        name, theirs = text.get(f"signatory-{side}", ""), [each for each in known if each.side is side]
        if name and name not in [each.name for each in theirs]:
            kept.append({"side": side, "name": name})
        kept += [each.model_dump() for each in theirs[0 if name in [each.name for each in theirs] else 1 :]]
    return kept


def _goal(row: Mapping[str, str], before: Terms | None) -> dict[str, Any]:
    """Whether it counts people stays as it was agreed."""
    known = [each for each in (before.goals if before else ()) if each.goal_id == row["goal_id"]]
    said: dict[str, Any] = {name: value for name, value in row.items() if value}
    return {**said, "counts_people": known[0].counts_people} if known else said


def goal_rows(text: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of goals that somebody wrote something into, by their number on the form."""
    numbers = sorted({int(name.split("-")[1]) for name in text if name.startswith("goal-") and name.endswith("-metric")
                      and name.split("-")[1].isdigit()})  # fmt: skip
    rows = [(number, {name: text.get(f"goal-{number}-{name}", "") for name in GOAL_FIELDS}) for number in numbers]
    return [(number, row) for number, row in rows if any(row[name] for name in ("metric", "unit", "target"))]


def values_of(known: Partnership | None) -> dict[str, Any]:
    """What an amendment starts from."""
    terms = known.latest.terms if known is not None and known.latest is not None else None
    if terms is None:
        nature = known.nature if known else ""
        return {"ways": [], "program_ids": [], "renewal": "none", "notice_days": "90", "nature": nature}
    values: dict[str, Any] = {name: str(getattr(terms, name)) for name in SIMPLE}
    values |= {"ways": list(terms.ways), "school_ids": " ".join(terms.school_ids)}
    values["program_ids"] = list(terms.program_ids)
    values |= {f"signatory-{each.side}": each.name for each in reversed(terms.signatories)}
    for number, goal in enumerate(terms.goals):
        told = goal.model_dump(mode="json", exclude_none=True)
        values |= {f"goal-{number}-{name}": str(told.get(name, "")) for name in GOAL_FIELDS}
    return values


def in_place(refusal: InvalidInput | Conflict, places: Mapping[str, str]) -> dict[str, str]:
    """A refusal at the field that it is about."""
    field = next((name for start, name in places.items() if refusal.where.startswith(start)), "form")
    return {field: f"{refusal.message} {refusal.hint}".strip()}


def faults_of(invalid: ValidationError, *, prefix: str = "") -> dict[str, str]:
    """Field → what to write there."""
    return {f"{prefix}{name}": WRONG.get(name, "This cannot be taken as it is.") for name in _fields(invalid)}


def _fields(invalid: ValidationError) -> list[str]:
    return [str(fault["loc"][-1]) for fault in invalid.errors(include_url=False, include_input=False) if fault["loc"]]


def _term_errors(invalid: ValidationError, rows: list[int]) -> dict[str, str]:
    errors = {}
    for fault in invalid.errors(include_url=False, include_input=False):
        match fault["loc"]:
            case ("goals", int(number), field, *_):
                errors[f"goal-{rows[number]}-{field}"] = WRONG.get(str(field), "This cannot be taken as it is.")
            case (field, *_):
                errors[str(field)] = WRONG.get(str(field), "This cannot be taken as it is.")
            case _:
                is_goal = "goal" in fault["msg"]
                field = f"goal-{rows[0]}-due_on" if is_goal and rows else "ends_on"
                errors[field] = (
                    "A goal is due before the term begins." if is_goal else "The last day lies before the first."
                )
    return errors
