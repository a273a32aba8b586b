"""Something that both did together: recorded by one side, attested or disputed by the other, voided with a reason."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.statements import Standing, Statement, attestation, may_answer, said, standing
from services.partnership.domain.ledger.terms import Line, Text
from services.partnership.domain.ledger.ways import WAYS
from services.partnership.domain.ledger.ways.record import WayRecord
from services.partnership.domain.school_years import school_year_of
from services.partnership.domain.stated_hire import Day
from shared.errors import Conflict, InvalidInput
from shared.events.partnerships import ActivityRecorded, Claim, PartnershipEvent, Side, Verdict
from shared.ids import derived


class NewActivity(BaseModel):
    """`record` holds the fields of its way; `evidence` says where more can be read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    way: Line
    happened_on: Day
    record: dict[str, Any]
    note: Text = ""
    evidence: Line = ""


class Voided(BaseModel):
    model_config = ConfigDict(frozen=True)

    by: str
    at: datetime
    reason: str


class Activity(BaseModel):
    """`version` is the version of the terms that were in force when it was recorded."""

    model_config = ConfigDict(frozen=True)

    activity_id: str
    partnership_id: str
    provider_id: str
    district_id: str
    version: int
    way: str
    happened_on: date
    record: dict[str, Any]
    note: str = ""
    evidence: str = ""
    stated_by: Side
    statements: tuple[Statement, ...]
    voided: Voided | None = None
    revision: int = 1

    @property
    def standing(self) -> Standing:
        return standing(self.statements)

    @property
    def measures(self) -> dict[str, float]:
        return WAYS[self.way].model_validate(self.record).measures()

    def recorded(self) -> ActivityRecorded:
        fields = {"activity_id", "partnership_id", "provider_id", "district_id", "version", "way", "happened_on"}
        return ActivityRecorded(
            **self.model_dump(include=fields),
            school_year=school_year_of(self.happened_on),
            measures=self.measures,
            stated_by=self.stated_by,
            is_void=self.voided is not None,
        )


Told = tuple[Activity, tuple[PartnershipEvent, ...]]


def record(partnership: Partnership, new: NewActivity, *, side: Side, by: str, now: datetime) -> Told:
    """One side says that this happened. Said again with the same words, it is the same activity."""
    version = partnership.in_force
    if version is None:
        raise Conflict("Nothing is agreed on yet.", hint="Both sides have to attest the terms before activities count.")
    if new.way not in version.terms.ways:
        raise InvalidInput(
            "This way of working together is not among the terms.", hint="Amend the terms first.", where="way"
        )
    if not version.terms.begins_on <= new.happened_on <= now.date():
        raise InvalidInput("The activity should lie between the first day of the term and today.", where="happened_on")
    details = checked(new.way, new.record)
    kept = details.model_dump(mode="json", exclude_none=True)
    facts = (
        partnership.partnership_id,
        side,
        new.way,
        new.happened_on.isoformat(),
        details.model_dump_json(),
        new.note,
    )
    activity = Activity(
        activity_id=derived("activity", *facts),
        partnership_id=partnership.partnership_id,
        provider_id=partnership.provider_id,
        district_id=partnership.district_id,
        version=version.number,
        way=new.way,
        happened_on=new.happened_on,
        record=kept,
        note=new.note,
        evidence=new.evidence,
        stated_by=side,
        statements=(Statement(side=side, verdict=Verdict.ATTESTED, by=by, at=now),),
    )
    return activity, (activity.recorded(),)


def answer(activity: Activity, verdict: Verdict, *, side: Side, by: str, now: datetime, reason: str = "") -> Told:
    """The other side attests or disputes it; its later word replaces its earlier one."""
    may_answer(activity.stated_by, side)
    if activity.voided is not None:
        raise Conflict("This activity has been voided.")
    word = Statement(side=side, verdict=verdict, by=by, at=now, reason=reason)
    statements = said(activity.statements, word)
    if statements is activity.statements:
        return activity, ()
    after = activity.model_copy(update={"statements": statements, "revision": activity.revision + 1})
    return after, (attestation(after, Claim.ACTIVITY, after.activity_id, word),)


def void(activity: Activity, *, side: Side, by: str, reason: str, now: datetime) -> Told:
    """The side that recorded it takes it back."""
    if activity.stated_by is not side:
        raise Conflict("The other side recorded this.", hint="Dispute it; only they can void it.")
    if activity.voided is not None:
        return activity, ()
    voided = Voided(by=by, at=now, reason=reason)
    after = activity.model_copy(update={"voided": voided, "revision": activity.revision + 1})
    return after, (after.recorded(),)


def checked(way: str, details: dict[str, Any]) -> WayRecord:
    """InvalidInput names the first field that is not right, and what was expected of it."""
    try:
        return WAYS[way].model_validate(details)
    except ValidationError as invalid:
        fault = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
        raise InvalidInput(
            f"{fault['msg']}.", where=".".join(["record", *(str(part) for part in fault["loc"])])
        ) from None
