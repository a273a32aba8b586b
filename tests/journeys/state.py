"""What a run has come to, in a form in which two runs can be compared; and whether it has come to rest."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from deploy.local.services import SERVICES
from tests.journeys.records import Records
from tests.journeys.system import System, until

CAMPAIGN = "hiring-2027"
PARTNER_CAMPAIGN = "partner-survey"
HELD = ("claimed", "handing_over")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class SurveyStory:
    """One survey from its issue to the facts that analytics keeps of it. `mails`: caught mails that announce it."""

    state: str
    asked: str
    listed_on: str | None
    mails: int
    answers: tuple[tuple[str, int], ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """`surveys` by (completer, program, wave), or (review, contact, wave); `figures` as analytics tells them, without
    the moment; so `criteria`, those of the Partner Survey, and `partnerships`. `reviews`: how their contacts stand.
    """

    hires: frozenset[tuple[str, str]]
    surveys: dict[tuple[str, str, str], SurveyStory]
    figures: dict[str, Any]
    criteria: dict[str, Any]
    partnerships: list[Any]
    reviews: dict[str, Any]
    parked: int
    mails_per_person: Counter[str] = field(compare=False)
    """How many mails surveys share depends on when they were issued; that each is announced once does not."""


async def outcome(system: System) -> Outcome:
    """AssertionError if a mail was caught twice."""
    survey, partnership = system.database("survey"), system.database("partnership")
    caught = await caught_mails(system)
    doubled = [mail for mail, times in caught.items() if times > 1]
    assert not doubled, f"these mails arrived more than once: {doubled}"
    announced: Counter[str] = Counter()
    mails_per_person: Counter[str] = Counter()
    for sitting in survey.sittings.find():
        for mail in sitting["mails"]:
            if f"{sitting['_id']}.{mail['kind']}.{mail['number']}" in caught:
                announced.update(mail["survey_ids"])
                mails_per_person[sitting["person_key"]] += 1
    told = facts_by_survey(system)
    kept = {kept["_id"]: kept for kept in survey.surveys.find()}
    return Outcome(
        hires=frozenset((hire["completer_id"], hire["district_id"]) for hire in partnership.hires.find()),
        surveys={
            _key(each): SurveyStory(
                state=each["state"],
                asked=each["target"]["recipient_role"],
                listed_on=each["sitting_id"],
                mails=announced[survey_id],
                answers=tuple(sorted(each["answers"].items())),
                facts=tuple(told.get(survey_id, ())),
            )
            for survey_id, each in kept.items()
        },
        figures=await figures(system),
        criteria=await figures(system, f"/v1/criteria/{PARTNER_CAMPAIGN}"),
        partnerships=(await system.ask("analytics", "/v1/partnerships")).json(),
        reviews={each["_id"]: each["heard"] for each in partnership.review_surveys.find()},
        parked=sum(system.database(name).parked.count_documents({}) for name in SERVICES),
        mails_per_person=mails_per_person,
    )


def _key(survey: dict[str, Any]) -> tuple[str, str, str]:
    if survey["review_id"]:
        return survey["review_id"], survey["target"]["recipient_role"], survey["wave"]
    return survey["completer_id"], survey["program_id"], survey["wave"]


def facts_by_survey(system: System) -> dict[str, list[str]]:
    """Kinds of facts, sorted, those that came twice twice."""
    found: dict[str, list[str]] = {}
    for fact in system.database("analytics").facts.find().sort("kind"):
        found.setdefault(fact["survey_id"], []).append(fact["kind"])
    return found


async def figures(system: System, path: str = f"/v1/results/{CAMPAIGN}") -> dict[str, Any]:
    """What analytics tells the agency, by default of the Hiring Survey; empty while it knows nothing."""
    answer = await system.ask("analytics", path)
    if answer.status_code == httpx.codes.NOT_FOUND:
        return {}
    told: dict[str, Any] = answer.raise_for_status().json()
    return {name: value for name, value in told.items() if name != "as_of"}


async def caught_mails(system: System) -> Counter[str]:
    """How often each mail arrived, by the part of its Message-ID before the @: sitting, kind and number."""
    caught: Counter[str] = Counter()
    async with httpx.AsyncClient(timeout=20, base_url=system.places.mail) as client:
        for mail in (await client.get("/api/messages", params={"limit": 100_000})).json()["messages"]:
            headers = dict((await client.get(f"/api/messages/{mail['id']}")).json()["headers"])
            caught[headers["Message-ID"].strip("<>").partition("@")[0]] += 1
    return caught


async def at_rest(system: System, *, seconds: float = 60.0) -> None:
    """Return when all that was begun has come to its end, from the first service to the last."""
    async with Records.of(system) as records:
        await has_come_to_rest(system, records, seconds=seconds)


async def has_come_to_rest(system: System, records: Records, *, seconds: float) -> None:
    """As `at_rest`, for whoever reads the records anyway."""
    reason = "nothing was looked at"

    async def is_at_rest() -> bool:
        nonlocal reason
        reason = _unrest_of_partnership(system) or await _unrest_behind(system, records)
        return not reason

    await until(is_at_rest, seconds=seconds, what=lambda: f"coming to rest ({reason})")


def _unrest_of_partnership(system: System) -> str:
    database = system.database("partnership")
    if database.snapshots.count_documents({"state": {"$in": ["staging", "complete"]}}):
        return "a snapshot is being taken"
    if database.pulls.count_documents({"is_open": True}):
        return "a system is being asked"
    if database.completers.count_documents({"to_match": True}):
        return "hires are looked for"
    return _outbox_of(system, "partnership")


async def _unrest_behind(system: System, records: Records) -> str:
    """partnership reads what it and survey tell; nothing that follows from that is told."""
    await records.catch_up()
    if unread := await records.unread_by("survey"):
        return f"survey has {unread} records to read"
    if reason := _unrest_of_survey(system) or _outbox_of(system, "survey"):
        return reason
    await records.catch_up()
    for name in ("analytics", "partnership"):
        if unread := await records.unread_by(name):
            return f"{name} has {unread} records to read"
    return _unrest_of_analytics(system) or _outbox_of(system, "analytics")


def _unrest_of_survey(system: System) -> str:
    database = system.database("survey")
    reachable = [one["_id"] for one in database.role_holders.find({"email_sealed": {"$ne": None}}, {"_id": 1})]
    waiting = {"awaiting_since": {"$type": "date"}, "target.recipient_role": {"$in": reachable}}
    if number := database.surveys.count_documents(waiting):
        return f"{number} surveys wait to be announced"
    busy = {"mails": {"$elemMatch": {"due_at": {"$ne": None}, "state": {"$ne": "handing_over"}}}}
    if number := database.sittings.count_documents(busy):
        return f"{number} people wait for mail"
    return ""


def _unrest_of_analytics(system: System) -> str:
    """Facts are kept first, and counted soon after."""
    return "leaves are to be made anew" if system.database("analytics").touched.find_one({}) else ""


def _outbox_of(system: System, name: str) -> str:
    database = system.database(name)
    aboard = {"_outbox.id": {"$exists": True}}
    full = [one for one in database.list_collection_names() if database[one].count_documents(aboard)]
    return f"events of {name} wait in {', '.join(full)}" if full else ""


def mails_handed_over(system: System) -> int:
    """How many were being handed over, and no answer to them was noted."""
    stages: list[dict[str, Any]] = [
        {"$unwind": "$mails"},
        {"$match": {"mails.state": "handing_over"}},
        {"$count": "mails"},
    ]
    return sum(found["mails"] for found in system.database("survey").sittings.aggregate(stages))


def let_claims_run_out(system: System) -> None:
    """As if the minute had passed after which a pull that somebody was at is taken up again."""
    system.database("partnership").pulls.update_many({"state": "running"}, {"$set": {"until": LONG_AGO}})


def let_leases_run_out(system: System) -> None:
    """As if the minutes had passed after which a mail that somebody held is looked at again."""
    past = {"mails.$[held].due_at": LONG_AGO, "next_at": LONG_AGO}
    system.database("survey").sittings.update_many(
        {"mails.state": {"$in": HELD}}, {"$set": past}, array_filters=[{"held.state": {"$in": HELD}}]
    )
