"""What people fill in about a review: read, and what is wrong told at its field."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from services.partnership.domain.reviews.added_contact import AddedContact
from services.partnership.domain.reviews.process import PROCESSES
from services.partnership.domain.reviews.review import NewReview, Review, ReviewPlan
from services.partnership.web.form_refused import FormRefused
from shared.errors import Refused

Model = TypeVar("Model", bound=BaseModel)
PERSON = "person"
"""In the place of a role: somebody by name and address."""
WRONG = {
    "provider_id": "Choose a provider.",
    "process": "Choose a process.",
    "size_class": "Choose the size of the provider.",
    "begins_on": "Say on which day the review begins.",
    "answers_until": "Say until which day answers are taken.",
    "district_id": "Choose a district.",
    "organization_id": "Write the code of a school of the district, or leave it blank.",
    "role": "Choose a role, or a person.",
    "name": "Write the person’s name.",
    "email": "Write the person’s e-mail address: without one nobody can be asked.",
    "stage": "Choose a stage.",
    "reached_on": "Write a day, or leave it blank for today.",
}


def new_review(fields: Mapping[str, Any]) -> NewReview:
    """With the dates that its stages usually have; they can be changed in the draft."""
    sent = {name: _text(fields, name) for name in ("provider_id", "process", "size_class")}
    begins_on = _day(_text(fields, "begins_on"))
    errors = {name: WRONG[name] for name, value in sent.items() if not value}
    if begins_on is None:
        errors["begins_on"] = WRONG["begins_on"]
    process = next((each for each in PROCESSES.values() if each.process == sent["process"]), None)
    if errors or process is None or begins_on is None:
        raise FormRefused(errors or {"process": WRONG["process"]})
    try:
        plan, until = process.usual_plan(begins_on), process.usual_last_day(begins_on)
    except (ValueError, OverflowError):
        raise FormRefused({"begins_on": WRONG["begins_on"]}) from None
    stages = [each.model_dump(mode="json") for each in plan]
    return _read(NewReview, {**sent, "stages": stages, "answers_until": until.isoformat()})


def changed_plan(review: Review, fields: Mapping[str, Any]) -> ReviewPlan:
    stages = [
        {
            "stage": each.stage,
            "begins_on": _text(fields, f"{each.stage}-begins_on"),
            "ends_on": _text(fields, f"{each.stage}-ends_on"),
        }
        for each in review.plan.stages
    ]
    sent = {name: _text(fields, name) for name in ("size_class", "answers_until")}
    return _read(ReviewPlan, {**sent, "process": review.plan.process, "stages": stages}, review.plan)


def added_contact(fields: Mapping[str, Any]) -> AddedContact:
    role, district_id = _text(fields, "role"), _text(fields, "district_id")
    names = ("name", "email") if role == PERSON else ("role", "organization_id")
    sent = {name: text for name in names if (text := _text(fields, name))}
    missing = [name for name in names if name not in sent and name != "organization_id"]
    if not district_id or missing:
        raise FormRefused({name: WRONG[name] for name in ([] if district_id else ["district_id"]) + missing})
    return _read(AddedContact, {**sent, "district_id": district_id})


def told_of(refusal: Refused, otherwise: str, plan: ReviewPlan | None = None) -> dict[str, str]:
    """What was refused, at its field where it names one."""
    told = f"{refusal.message} {refusal.hint}".strip()
    return {_control(refusal.where.split("."), plan) or otherwise: told}


def day_of(text: str) -> date | None:
    """None: nothing was written. FormRefused if it is no day."""
    if text and _day(text) is None:
        raise FormRefused({"reached_on": WRONG["reached_on"]})
    return _day(text)


def _read(model: type[Model], sent: Mapping[str, Any], plan: ReviewPlan | None = None) -> Model:
    try:
        return model.model_validate(sent)
    except ValidationError as invalid:
        errors = {}
        for fault in invalid.errors():
            place = [str(part) for part in fault["loc"]]
            control = _control(place, plan) or "role"
            errors[control] = WRONG.get(place[0] if place else "", "Write a day as it is in the calendar.")
        raise FormRefused(errors) from None


def _control(place: list[str], plan: ReviewPlan | None) -> str:
    """The id of the control for a place in a model: `stages.1.ends_on` is `initial_inquiry-ends_on`."""
    if len(place) == 3 and place[0] == "stages" and plan is not None:
        return f"{plan.stages[int(place[1])].stage}-{place[2]}"
    return place[0] if len(place) == 1 and place[0] in WRONG else ""


def _text(fields: Mapping[str, Any], name: str) -> str:
    return str(fields.get(name, "")).strip()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-08-24") else None
    except ValueError:
        return None
