"""Principals who read their mail and answer, each in their own way, and the mailbox in which it arrives."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from deploy.demonstration.browser import Form, Page, read_page
from tests.faults.clients import TIMEOUT, Client
from tests.faults.history import History, Outcome
from tests.journeys.people import answers_to, open_forms

AT_ONCE = 4
WAYS = 12
"""How somebody fills in a form follows from the survey: one in so many declines, one saves only, and so on."""
DECLINES, SAVES_ONLY, SENDS_TWICE, SENDS_TOO_LITTLE = 0, 1, (2, 3), (4, 5)
RECEIPT = re.compile(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}\b")
GONE = (httpx.codes.NOT_FOUND, httpx.codes.GONE)
LINK_PATH = "/s/"


@dataclass(frozen=True)
class Caught:
    """One mail that arrived. `message_id` without what follows the @; `link`: the one to the list of forms."""

    message_id: str
    to: str
    link: str


@dataclass
class Mailbox:
    """Everybody's; `all` in the order of arrival."""

    url: str
    all: list[Caught] = field(default_factory=list)

    async def catch_up(self, http: httpx.AsyncClient) -> list[Caught]:
        """What has come since the last time."""
        fresh = 0
        while True:  # What comes between two looks is the newest of all: look again, further back.
            listed = (await http.get(f"{self.url}/api/messages", params={"limit": 1 + fresh})).json()
            if listed["total"] - len(self.all) <= fresh + 1:
                break
            fresh = listed["total"] - len(self.all)
        newest_first = listed["messages"][: listed["total"] - len(self.all)]
        new = [await self._read(http, mail) for mail in reversed(newest_first)]
        self.all += new
        return new

    async def _read(self, http: httpx.AsyncClient, mail: dict[str, str]) -> Caught:
        told = (await http.get(f"{self.url}/api/messages/{mail['id']}")).json()
        link = next(link for link in told["links"] if urlsplit(link).path.startswith(LINK_PATH))
        message_id = dict(told["headers"])["Message-ID"].strip("<>").partition("@")[0]
        return Caught(message_id, mail["to"][0], link)


class Principals:
    """All of them, a few at a time."""

    def __init__(self, history: History, patience: float, *, at_once: int = AT_ONCE) -> None:
        self._history = history
        self._patience = patience
        self._free = asyncio.Semaphore(at_once)

    async def attend(self, links: Iterable[str]) -> None:
        async with asyncio.TaskGroup() as sittings:
            for link in set(links):
                sittings.create_task(self._sit(link))

    async def _sit(self, link: str) -> None:
        async with self._free, httpx.AsyncClient(timeout=TIMEOUT) as http:
            client = Client(http, self._history, self._patience)
            listed = await client.look(link, headers={"Accept": "text/html"}, follow_redirects=True)
            if listed.is_client_error:
                return
            for address in open_forms(read_page(str(listed.url), listed.text)):
                await self._fill_in(client, address)

    async def _fill_in(self, client: Client, address: str) -> None:
        survey_id = address.rpartition("/")[2]
        number = UUID(survey_id).int
        way = number % WAYS
        page = await self._page(client, f"{address}/decline" if way == DECLINES else address)
        form = _form_on(page, "/decline" if way == DECLINES else urlsplit(address).path)
        if page is None or form is None:
            return
        if way == DECLINES:
            await self._post(client, "decline", page, form, {"reason": form.choices["reason"][0]})
            return
        answers = answers_to(form, number)
        if way == SAVES_ONLY or way in SENDS_TOO_LITTLE:
            await self._post(client, "save", page, form, answers, to=f"{address}/answers")
        if way == SAVES_ONLY:
            return
        if way in SENDS_TOO_LITTLE:
            await self._post(client, "submit", page, form, {} | dict(list(answers.items())[:1]) | {"action": "send"})
        await self._submit(client, page, form, answers)
        if way in SENDS_TWICE:
            await self._submit(client, page, form, answers_to(form, number + 1), verb="submit_again")

    async def _submit(
        self, client: Client, page: Page, form: Form, answers: dict[str, str], verb: str = "submit"
    ) -> None:
        """The receipt is what the person is told, and keeps."""
        answer = await self._post(client, verb, page, form, answers | {"action": "send"})
        if answer.is_redirect:
            shown = await self._page(client, f"{form.action}/receipt")
            receipt = RECEIPT.search(shown.text) if shown is not None else None
            if receipt is not None:
                self._history.begin("receipt", form.action.rpartition("/")[2]).end(Outcome.OK, receipt[0])

    async def _post(
        self, client: Client, verb: str, page: Page, form: Form, sent: dict[str, str], to: str = ""
    ) -> httpx.Response:
        parts = urlsplit(page.url)
        headers = {
            "Accept": "text/html",
            "Origin": f"{parts.scheme}://{parts.netloc}",
            "Referer": page.url,
            "Sec-Fetch-Site": "same-origin",
        }
        survey_id = re.sub(r"/(decline|answers)$", "", to or form.action).rpartition("/")[2]
        blank = {name: value for name, value in form.fields.items() if name not in form.texts}
        content = {name: int(value) for name, value in sent.items() if name in form.choices and value.isdecimal()}
        answer, _ = await client.ask(
            verb, survey_id, lambda: client.http.post(to or form.action, data=blank | sent, headers=headers), content
        )
        return answer

    @staticmethod
    async def _page(client: Client, url: str) -> Page | None:
        """None: it is not this person's any more."""
        shown = await client.look(url, headers={"Accept": "text/html"}, follow_redirects=True)
        return None if shown.status_code in GONE else read_page(str(shown.url), shown.text)


def _form_on(page: Page | None, ending: str) -> Form | None:
    """None: the same person was faster, with the link of another mail, and the page says so."""
    forms = page.forms if page is not None else ()
    return next((form for form in forms if urlsplit(form.action).path.endswith(ending)), None)
