"""The APIs of the running system as the demonstration uses them: with keys, over HTTP, like anybody else."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx

from deploy.demonstration.directory import AGENCY
from deploy.demonstration.expectation import Sighting
from deploy.demonstration.places import Places
from shared.errors import PrepBridgeError

Value = TypeVar("Value")
TIMEOUT = httpx.Timeout(120, connect=10)
PAGE_LENGTH = 200
LOOK_AGAIN_SECONDS = 0.5
LINK_PATH = "/s/"
PATIENCE_SECONDS = 30.0
Say = Callable[[str], None]
"""Tells how far a step has come."""


class DoorClosed(PrepBridgeError):
    """A request of the demonstration was refused; the text says which, and the door's reason."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A mail to a person: to whom, with which link, about how many completers."""

    to: str
    link: str
    completers: int


class Doors:
    """`places` with an HTTP client."""

    def __init__(self, places: Places, client: httpx.AsyncClient) -> None:
        self.places = places
        self._client = client
        self._mails_read: dict[str, dict[str, Any]] = {}

    @classmethod
    @asynccontextmanager
    async def of(cls, places: Places) -> AsyncIterator["Doors"]:
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            yield cls(places, client)

    async def bring(self, kind: str, **files: Path) -> None:
        """Import a file, or the two files of completers, as the agency. DoorClosed if a row is refused."""
        parts = {
            name: (path.name, await asyncio.to_thread(path.read_bytes), "text/csv") for name, path in files.items()
        }
        report = await self._ask("POST", f"{self.places.partnership}/v1/imports/{kind}", AGENCY, files=parts)
        if report["rows_kept"] != report["rows_read"]:
            raise DoorClosed(f"Of {report['rows_read']} rows of {kind}, {report['rows_kept']} were taken.")

    async def connect(self, district_code: str) -> str:
        """The id of the district's feed, which is opened unless it is there."""
        connection_id = f"oneroster-{district_code}"
        body = {"connection_id": connection_id, "district_id": district_code}
        await self._ask("POST", f"{self.places.partnership}/v1/feeds", district_code, json=body, also=(409,))
        return connection_id

    async def upload(self, connection_id: str, district_code: str, path: Path, observed_at: str) -> str:
        """The state of the run that this snapshot leads to."""
        content = await asyncio.to_thread(path.read_bytes)
        run = await self._ask(
            "POST",
            f"{self.places.partnership}/v1/feeds/{connection_id}/snapshots",
            district_code,
            files={"file": (path.name, content, "application/zip")},
            params={"observed_at": observed_at},
        )
        return str(run["state"])

    async def hires(self) -> set[Sighting]:
        rows = [row async for row in self._pages(f"{self.places.partnership}/v1/hires")]
        return {(row["completer_id"], row["district_id"]) for row in rows}

    async def in_review(self) -> set[Sighting]:
        """Every completer who is proposed to a reviewer, with the district; likeness aside."""
        rows = [row async for row in self._pages(f"{self.places.partnership}/v1/matches")]
        return {
            (candidate["completer_id"], row["district_id"])
            for row in rows
            for candidate in row["matching"]["candidates"]
            if "likeness" not in candidate["evidence"]
        }

    async def tell(
        self, who: str, method: str, path: str, body: dict[str, Any] | None = None, *, also: Iterable[int] = ()
    ) -> Any:
        """Ask partnership for something as this organization; statuses in `also` are answers too."""
        sent = {} if body is None else {"json": body}
        return await self._ask(method, f"{self.places.partnership}{path}", who, also=also, **sent)

    async def partnerships_in_force(self) -> int:
        told = await self.tell(AGENCY, "GET", "/v1/partnerships")
        return int(told["by_status"].get("active", 0))

    async def campaign(self, about: str = "completer") -> dict[str, Any]:
        """How the open campaign stands that asks about completers, or about providers, as survey tells it."""
        campaigns = await self._ask("GET", f"{self.places.survey}/v1/campaigns", AGENCY)
        for campaign in campaigns:
            if campaign["is_open"] and campaign["about"] == about:
                found: dict[str, Any] = campaign
                return found
        raise DoorClosed(f"No campaign about a {about} is open today, so nobody can be asked.")

    async def results(self, campaign_id: str) -> dict[str, Any]:
        """The figures of analytics; empty figures while it knows nothing of the campaign."""
        url = f"{self.places.analytics}/v1/results/{campaign_id}"
        found: dict[str, Any] = await self._ask("GET", url, AGENCY, also=(404,))
        return found if "state" in found else {"state": {"issued": 0, "delivered": 0, "answered": 0}, "providers": {}}

    async def criteria(self, campaign_id: str) -> dict[str, Any]:
        """What partners answered, as analytics tells it; empty figures while it knows nothing of the campaign."""
        url = f"{self.places.analytics}/v1/criteria/{campaign_id}"
        found: dict[str, Any] = await self._ask("GET", url, AGENCY, also=(404,))
        return found if "all_reviews" in found else {"all_reviews": {"issued": 0, "answered": 0}}

    async def invitations(self) -> list[Invitation]:
        """One per person, however many mails there were: the newest mail of each link."""
        listed = await self._ask("GET", f"{self.places.mail}/api/messages", None, params={"limit": 100_000})
        by_link: dict[str, Invitation] = {}
        for mail in reversed(listed["messages"]):
            for link in (await self._mail(mail["id"]))["links"]:
                if link.startswith(f"{self.places.survey}{LINK_PATH}"):
                    by_link[link] = Invitation(mail["to"][0], link, _completers(mail["subject"]))
        return list(by_link.values())

    async def _mail(self, mail_id: str) -> dict[str, Any]:
        if mail_id not in self._mails_read:
            self._mails_read[mail_id] = await self._ask("GET", f"{self.places.mail}/api/messages/{mail_id}", None)
        return self._mails_read[mail_id]

    async def _pages(self, url: str) -> AsyncIterator[dict[str, Any]]:
        """The items of a list that is told in pages, counted from 1."""
        for page in count(1):
            told = await self._ask("GET", url, AGENCY, params={"page": page, "size": PAGE_LENGTH})
            for item in told["items"]:
                yield item
            if page * PAGE_LENGTH >= told["total"]:
                return

    async def _ask(self, method: str, url: str, who: str | None, *, also: Iterable[int] = (), **request: Any) -> Any:
        """The JSON of the answer; statuses in `also` are answers too."""
        headers = {"Accept": "application/json"}
        if who is not None:
            headers["Authorization"] = f"Bearer {self.places.api_keys[who]}"
        answer = await self._client.request(method, url, headers=headers, **request)
        if answer.is_error and answer.status_code not in also:
            raise DoorClosed(f"{method} {url} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json()


async def settled(
    look: Callable[[], Awaitable[Value]], expected: Value, *, patience_seconds: float, say: Callable[[Value], None]
) -> Value:
    """What is seen once it is as expected, or once it has not changed for so long."""
    loop = asyncio.get_running_loop()
    seen = await look()
    since = loop.time()
    while seen != expected and loop.time() - since < patience_seconds:
        say(seen)
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        now = await look()
        if now != seen:
            seen, since = now, loop.time()
    return seen


def _completers(subject: str) -> int:
    counted = re.search(r"(\d+) new educators", subject)
    return int(counted[1]) if counted else 1
