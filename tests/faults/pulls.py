"""A district whose system we ask ourselves: its staff over OneRoster REST, with one person more for each pull."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.faults.feeds import BEGAN_WORK, Feed
from tests.faults.load import Load
from tests.journeys.system import until
from tests.partnership.pulling import NEVER, org, reference, user
from tests.partnership.rosters import a_user
from tests.partnership.sis_server import KEY, SECRET, Row, Sis, serving

PAGE_ROWS = 20
OPEN = ("waiting", "running")


@dataclass
class PulledDistrict:
    """Begin it with `connected`."""

    load: Load
    feed: Feed
    sis: Sis
    unregistered: list[int] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def connected(cls, load: Load, feed: Feed) -> AsyncIterator["PulledDistrict"]:
        """With a baseline. Its system answers until the block ends."""
        async with serving(Sis(lists_of(feed))) as sis:
            district = cls(load, feed, sis)
            await district._connect()
            await district._pull()
            yield district

    async def pull(self) -> None:
        """Somebody is hired, and the system is asked. Whoever is cut off leaves the pull, and the hire, to the next."""
        self.unregistered += self.feed.hire(1)
        shown = [self.load.register.hired(number, self.feed.district_id) for number in self.feed.hired]
        self.load.history.shown.update(shown)
        await self.load.bring(self.unregistered, f"before pull {len(shown)}")
        self.unregistered.clear()
        self.sis.lists = lists_of(self.feed)
        await self._pull()
        self.load.history.hired.update(shown)

    async def _connect(self) -> None:
        name, path = self.feed.connection_id, f"/v1/feeds/{self.feed.connection_id}"
        body = {"connection_id": name, "district_id": self.feed.district_id, "source": "oneroster-rest"}
        await self._ask("POST", "/v1/feeds", body)
        sign_in = {"kind": "oauth2", "token_url": f"{self.sis.url}/oauth/token", "scope": "roster-core.readonly"}
        settings = {"base_url": f"{self.sis.url}/ims/v1p2", "sign_in": sign_in, "page_size": PAGE_ROWS}
        await self._ask("PUT", f"{path}/pull", {"source": "oneroster-rest", "calendar": NEVER, **settings})
        await self._ask("PUT", f"{path}/credentials", {"client_id": KEY, "client_secret": SECRET})

    async def _pull(self) -> None:
        path = f"/v1/feeds/{self.feed.connection_id}/pulls"
        wanted = await self._ask("POST", path, {"everything": True})

        async def has_ended() -> dict[str, Any]:
            told = await self.load.look("partnership", f"{path}/{wanted['pull_id']}", self.feed.district_id)
            pull: dict[str, Any] = told.json()
            return {} if pull["state"] in OPEN else pull

        pull = await until(has_ended, seconds=self.load.patience, what="the end of a pull")
        assert pull["state"] == "delivered", pull

    async def _ask(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.load.ask("pull", path, method, path, self.feed.district_id, json=body)
        told: dict[str, Any] = answer.json()
        return told


def lists_of(feed: Feed) -> dict[str, list[Row]]:
    """What its system holds now: the people of the feed, by the names and state ids that `a_user` gives them."""
    schools = [org(code, code) for code in feed.schools]
    people = [_person(number, school) for number, school in feed.at.items()]
    return {"orgs": [org("district", feed.district_id, "district"), *schools], "users": people}


def _person(number: int, school: str) -> Row:
    named = {name: a_user(number)[name] for name in ("givenName", "familyName")}
    role = {"roleType": "primary", "role": "teacher", "org": reference(school), "beginDate": BEGAN_WORK}
    return user(number, roles=[role], **named)
