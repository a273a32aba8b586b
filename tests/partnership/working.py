"""Partnership as it runs, with what a test asks of it: files in, hires and reports out."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
from fastapi import FastAPI

from services.partnership.app import wire
from services.partnership.settings import PartnershipSettings
from services.partnership.web.state import Partnership
from shared.clock import Clock
from shared.events import Event
from shared.events.partnership import HIRES, ORGANIZATIONS, PEOPLE
from shared.mongo import Collection, Mongo
from shared.records import Publisher, RecordSource
from shared.service import create_service
from tests.partnership.rosters import SCHOOL, Row, a_district, a_role, a_roster, a_school, a_user
from tests.running import running, signed_in
from tests.twice_kafka import TwiceKafka

DISTRICT_CODE, SCHOOL_CODE, OTHER_SCHOOL_CODE = "00350000", "00350105", "00350111"
OTHER_SCHOOL = "s-2"
PROVIDER, OTHER_PROVIDER = "ipeds-164447", "ipeds-166027"
PROGRAM = "Elementary, 1-6"
FEED = "boston"
FIRST_DAY = datetime(2026, 8, 20, 6, 0, tzinfo=UTC)
STAFF_BEFORE = range(50, 80)
TOPICS = (HIRES, ORGANIZATIONS, PEOPLE)

DIRECTORY = f"""code,name,kind,parent_code,town,zip,org_type,status
MA,Agency,agency,,,,,open
{DISTRICT_CODE},Boston,district,,,,,open
{SCHOOL_CODE},Mann,school,{DISTRICT_CODE},Boston,02120,,open
{OTHER_SCHOOL_CODE},Otis,school,{DISTRICT_CODE},Boston,02128,,open
00490000,Cambridge,district,,,,,open
"""
PROVIDERS = f"""code,name,kind,identifiers,lineage
{PROVIDER},American International College,provider,ipeds:164447;title2:1@2012,renamed from AIC 1999
{OTHER_PROVIDER},Other College,provider,,
"""
PROGRAMS = f"""ProgramName,ProgramTypeDescriptor,EducationOrganizationId,LicenceField
"{PROGRAM}",uri://tpdm.ed-fi.org/ProgramTypeDescriptor#Traditional,{PROVIDER},Elementary
"{PROGRAM}",uri://tpdm.ed-fi.org/ProgramTypeDescriptor#Traditional,{OTHER_PROVIDER},Elementary
"""
CANDIDATE_HEADER = (
    "CandidateIdentifier,FirstName,LastSurname,BirthDate,StateEducatorId,LicenceNumber,FormerLastSurname,"
    "ElectronicMailAddress,EducationOrganizationId"
)
ASSOCIATION_HEADER = "BeginDate,CandidateIdentifier,EducationOrganizationId,ProgramName,ReasonExitedDescriptor,EndDate"
COMPLETED = "uri://tpdm.ed-fi.org/ReasonExitedDescriptor#Completed"


def a_candidate(number: int, **values: str) -> str:
    """The candidate who is `a_user(number)` in a feed, by the same state id and name."""
    user = a_user(number)
    row = {
        "CandidateIdentifier": str(1000 + number),
        "FirstName": user["givenName"],
        "LastSurname": user["familyName"],
        "BirthDate": "1999-02-03",
        "StateEducatorId": str(10_000_000 + number),
        "EducationOrganizationId": PROVIDER,
        **values,
    }
    return ",".join(row.get(column, "") for column in CANDIDATE_HEADER.split(","))


def a_completion(number: int, **values: str) -> str:
    row = {
        "BeginDate": "2024-09-02",
        "CandidateIdentifier": str(1000 + number),
        "EducationOrganizationId": PROVIDER,
        "ProgramName": f'"{PROGRAM}"',
        "ReasonExitedDescriptor": COMPLETED,
        "EndDate": "2026-05-17",
        **values,
    }
    return ",".join(row.get(column, "") for column in ASSOCIATION_HEADER.split(","))


def as_file(header: str, rows: Sequence[str]) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def staff_of(*people: Row, roles: Sequence[Row] | None = None, before: range = STAFF_BEFORE) -> BytesIO:
    """A roster of thirty colleagues who are always there, and these people, teachers unless told otherwise."""
    always = [a_user(number) for number in before]
    orgs = [a_district(), a_school(), a_school(sourcedId=OTHER_SCHOOL, name="Otis", identifier=OTHER_SCHOOL_CODE)]
    if roles is None:
        roles = [a_role(number, userSourcedId=each["sourcedId"]) for number, each in enumerate(people, 1)]
    theirs = [a_role(1000 + number, userSourcedId=f"u-{number}", orgSourcedId=SCHOOL) for number in before]
    return a_roster(users=[*always, *people], roles=[*theirs, *roles], orgs=orgs)


@dataclass
class Working:
    """A running partnership."""

    app: FastAPI
    client: httpx.AsyncClient
    kafka: TwiceKafka
    mongo: Mongo

    @property
    def wired(self) -> Partnership:
        wired: Partnership = self.app.state.wiring
        return wired

    def as_agency(self) -> dict[str, str]:
        return signed_in(self.app, "agency")

    def as_district(self, code: str = DISTRICT_CODE) -> dict[str, str]:
        return signed_in(self.app, "district", code)

    def as_provider(self, code: str = PROVIDER) -> dict[str, str]:
        return signed_in(self.app, "provider", code)

    async def bring(self, kind: str, *files: bytes, who: dict[str, str] | None = None) -> httpx.Response:
        parts = [("file", (f"{kind}-{number}.csv", each, "text/csv")) for number, each in enumerate(files)]
        return await self.client.post(f"/v1/imports/{kind}", files=parts, headers=who or self.as_agency())

    async def bring_directory(self) -> None:
        for kind, content in (("organizations", DIRECTORY), ("providers", PROVIDERS), ("programs", PROGRAMS)):
            answer = await self.bring(kind, content.encode())
            assert answer.json()["findings"] == [], answer.text

    async def bring_completers(self, *numbers: int) -> dict[str, Any]:
        candidates = as_file(CANDIDATE_HEADER, [a_candidate(number) for number in numbers])
        completions = as_file(ASSOCIATION_HEADER, [a_completion(number) for number in numbers])
        answer = await self.bring("completers", candidates, completions)
        assert answer.json()["findings"] == [], answer.text
        report: dict[str, Any] = answer.json()
        return report

    async def connect(self, **changes: Any) -> httpx.Response:
        body = {"connection_id": FEED, "district_id": DISTRICT_CODE, **changes}
        return await self.client.post("/v1/feeds", json=body, headers=self.as_district(body["district_id"]))

    async def upload(self, day: int, roster: BytesIO, **params: Any) -> httpx.Response:
        """The feed as of so many days after the first."""
        observed_at = (FIRST_DAY + timedelta(days=day)).isoformat()
        return await self.client.post(
            f"/v1/feeds/{FEED}/snapshots",
            content=roster.getvalue(),
            params={"observed_at": observed_at, **params},
            headers={"content-type": "application/zip", **self.as_district()},
        )

    async def applied(self, day: int, roster: BytesIO) -> dict[str, Any]:
        answer = await self.upload(day, roster)
        assert answer.status_code == 200, answer.text
        run: dict[str, Any] = answer.json()
        assert run["state"] == "applied", run
        return run

    async def hires(self, who: dict[str, str] | None = None) -> list[dict[str, Any]]:
        answer = await self.client.get("/v1/hires", headers=who or self.as_agency())
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def to_review(self) -> list[dict[str, Any]]:
        answer = await self.client.get("/v1/matches", headers=self.as_district())
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def told(self, *kinds: type[Event]) -> list[Event]:
        """The events of these kinds, once each, when everything has left."""
        collections = [
            self.mongo.collection(name) for name in ("organizations", "programs", "completers", "hires", "role_holders")
        ]
        # The recovery loop may be at the same completers as a request, which then leaves them to it.
        unrest: list[tuple[Collection, dict[str, Any]]] = [(self.mongo.collection("completers"), {"to_match": True})]
        unrest += [(each, {"_outbox.id": {"$exists": True}}) for each in collections]
        async with asyncio.timeout(10):
            while any([await each.count(wanted) for each, wanted in unrest]):
                await self.kafka.until_grown(0.02)
        once = {each.id: each.event for topic in TOPICS for each in self.kafka.events(topic)}
        return [event for event in once.values() if isinstance(event, kinds)]

    async def all_that_is_kept(self) -> str:
        """Every document of every collection, as text."""
        names = ("organizations", "programs", "role_holders", "completers", "hires", "connections", "snapshots")
        kept = [await self.mongo.collection(name).find({}) for name in (*names, "staged", "staff", "imports")]
        return str(kept)


def settings(**changes: Any) -> PartnershipSettings:
    return PartnershipSettings(
        **{"shutdown_seconds": 3.0, "recovery_seconds": 0.05, "likeness_seconds": 3600.0, **changes}
    )


@asynccontextmanager
async def working(
    mongo: Mongo, clock: Clock, kafka: TwiceKafka | None = None, **changes: Any
) -> AsyncIterator[Working]:
    kafka = kafka or TwiceKafka()
    app = create_service("partnership", settings(**changes), wire, mongo=mongo, broker=_Memory(kafka), clock=clock)
    async with running(app) as client:
        yield Working(app, client, kafka, mongo)


@dataclass(frozen=True)
class _Memory:
    kafka: TwiceKafka

    def publisher(self, client_id: str) -> Publisher:
        return self.kafka.producer()

    def source(self, *, group: str, topics: Sequence[str], client_id: str) -> RecordSource:
        return self.kafka.subscription(group, topics)
