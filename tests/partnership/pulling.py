"""Feeds that are pulled from a system of ours, with what a test asks of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.partnership.web.api_pulls import pull_report
from shared.access.callers import EVERYTHING
from shared.life import Life
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.sis_server import KEY, SECRET, Row, Sis, serving
from tests.partnership.working import DISTRICT_CODE, FEED, OTHER_SCHOOL_CODE, SCHOOL_CODE, Working, working

NEVER: dict[str, list[str]] = {"days": [], "times": []}
STAFF = range(50, 80)


def org(key: str, code: str, kind: str = "school") -> Row:
    return {"sourcedId": key, "status": "active", "name": key.title(), "type": kind, "identifier": code}


def reference(key: str) -> Row:
    return {"href": f"https://h/orgs/{key}", "sourcedId": key, "type": "org"}


def user(number: int, role: str = "teacher", school: str = "s-1", **values: Any) -> Row:
    """As OneRoster 1.2 has one, with all that we must not keep."""
    named = {"givenName": f"Mei{number}", "familyName": f"Lee{number}", "email": f"mlee{number}@district.example"}
    ids = {"identifier": f"E{number:05d}", "userIds": [{"type": "MEPID", "identifier": str(10_000_000 + number)}]}
    private = {"password": "clear-text", "phone": "617-555-0100", "sms": "617-555-0101", "pronouns": "she/her"}
    head = {"sourcedId": f"u-{number}", "status": "active", "dateLastModified": "2026-08-01T04:00:00.000Z"}
    roles = [{"roleType": "primary", "role": role, "org": reference(school)}]
    return {**head, "enabledUser": "true", "roles": roles, **named, **ids, **private, **values}


def student(number: int) -> Row:
    return user(number, "student", givenName="Pupil", familyName=f"Child{number}", grades=["05"])


def user_11(number: int, role: str = "teacher", school: str = "s-1", **values: Any) -> Row:
    """As OneRoster 1.1 has one."""
    row = user(number, **values)
    del row["roles"]
    return {**row, "role": role, "orgs": [reference(school)], "enabledUser": True, **values}


def roster(*people: Row, version: str = "1.2") -> dict[str, list[Row]]:
    """Thirty colleagues who are always there, ten students, and these people."""
    make = user if version == "1.2" else user_11
    orgs = [org("d-1", DISTRICT_CODE, "district"), org("s-1", SCHOOL_CODE), org("s-2", OTHER_SCHOOL_CODE)]
    students = [student(number) if version == "1.2" else user_11(number, "student") for number in range(900, 910)]
    return {"orgs": orgs, "users": [*(make(number) for number in STAFF), *students, *people]}


@dataclass
class Pulled:
    """A running partnership with one feed, its system, and the time."""

    partnership: Working
    sis: Sis
    clock: SetClock

    async def post(self, path: str, **body: Any) -> Any:
        answer = await self.partnership.client.post(
            f"/v1/feeds/{FEED}/{path}", json=body, headers=self.partnership.as_district()
        )
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def set_up(self, **changes: Any) -> None:
        answer = await self.partnership.client.put(
            f"/v1/feeds/{FEED}/pull", json=self.settings(**changes), headers=self.partnership.as_district()
        )
        assert answer.status_code == 200, answer.text
        await self.give_credentials()

    async def give_credentials(self, secret: str = SECRET) -> None:
        answer = await self.partnership.client.put(
            f"/v1/feeds/{FEED}/credentials",
            json={"client_id": KEY, "client_secret": secret},
            headers=self.partnership.as_district(),
        )
        assert answer.status_code == 200, answer.text

    def settings(self, **changes: Any) -> dict[str, Any]:
        if changes.get("source") == "ed-fi-api":
            known = {"base_url": f"{self.sis.url}/edfi", "page_size": 7, "calendar": NEVER}
        else:
            sign_in = {"kind": "oauth2", "token_url": f"{self.sis.url}/oauth/token", "scope": "roster-core.readonly"}
            known = {"source": "oneroster-rest", "base_url": f"{self.sis.url}/ims/v1p2", "sign_in": sign_in}
            known |= {"page_size": 7, "calendar": NEVER}
        return {**known, **changes}

    async def pull(self, *, everything: bool = False) -> dict[str, Any]:
        """Pull now, and the pull when it has ended or waits for another try."""
        self.clock.advance(timedelta(hours=6))
        wanted = await self.post("pulls", everything=everything)
        return await self.settled(wanted["pull_id"])

    async def settled(self, pull_id: str, tries: int = 0) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                pull = await self.told(pull_id)
                if pull["state"] not in ("waiting", "running") or (
                    pull["state"] == "waiting" and pull["tries"] > tries
                ):
                    return pull
                await asyncio.sleep(0.01)

    async def told(self, pull_id: str) -> dict[str, Any]:
        """Without the door: it lets nobody ask as often as a test does."""
        return pull_report(await self.partnership.wired.pulling.pulls.pull(FEED, pull_id, EVERYTHING))

    async def try_again(self, pull: dict[str, Any]) -> dict[str, Any]:
        """When the pull is due again, and what came of it."""
        self.clock.advance(timedelta(hours=3))
        return await self.settled(pull["pull_id"], pull["tries"])

    async def rounds(self, count: int = 3) -> None:
        """The loop of the pulls has gone round so many times more."""
        life: Life = self.partnership.app.state.life
        for _ in range(count):
            before = life.idle_seconds()["pulls"]

            async def has_beaten(before: float = before) -> bool:
                return life.idle_seconds()["pulls"] < before

            await until(has_beaten)

    async def run_of(self, pull: dict[str, Any]) -> dict[str, Any]:
        answer = await self.partnership.client.get(
            f"/v1/feeds/{FEED}/runs/{pull['run_id']}", headers=self.partnership.as_district()
        )
        run: dict[str, Any] = answer.json()
        return run

    async def runs(self) -> list[dict[str, Any]]:
        answer = await self.partnership.client.get(f"/v1/feeds/{FEED}/runs", headers=self.partnership.as_district())
        runs: list[dict[str, Any]] = answer.json()
        return runs

    async def people(self) -> dict[str, int]:
        return dict(await self.partnership.wired.staff.count_of(FEED))

    async def kept(self) -> str:
        """Everything in the collections of pulling, as text."""
        names = ("pulls", "mirrors", "mirrored", "credentials")
        return str([await self.partnership.mongo.collection(name).find({}) for name in names])


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """It holds; the pulls have a loop of their own, which offers no event to wait for."""
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)


@asynccontextmanager
async def pulled(
    mongo: Mongo, clock: SetClock, sis: Sis, *, source: str = "oneroster-rest", **changes: Any
) -> AsyncIterator[Pulled]:
    """With a directory and a feed that is set up and has its credentials."""
    async with serving(sis), working(mongo, clock, pull_round_seconds=0.05, **changes) as partnership:
        await partnership.bring_directory()
        assert (await partnership.connect(source=source)).status_code == 201
        feed = Pulled(partnership, sis, clock)
        await feed.set_up(**({"source": source} if source == "ed-fi-api" else {}))
        yield feed
