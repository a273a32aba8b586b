"""Those who play their part in a journey: districts that upload, principals who answer."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from deploy.demonstration.browser import Browser, Form, Page
from deploy.demonstration.doors import Doors, Invitation
from services.survey.domain.link import token_hash
from tests.journeys.season import SEASON, Season, Upload
from tests.journeys.state import at_rest
from tests.journeys.system import System, until

AT_ONCE = 4
ONE_IN = 9
"""One form of so many is declined."""
COMMENT = "Settled in quickly."


async def fill_registers(system: System, season: Season) -> None:
    """Organizations, programs, role holders and completers; returns when all services have heard of them."""
    async with Doors.of(system.places) as doors:
        for kind in ("organizations", "providers", "programs", "role_holders"):
            await doors.bring(kind, file=season.folder / f"{kind}.csv")
        await doors.bring(
            "completers",
            candidates=season.folder / "candidate.csv",
            associations=season.folder / "candidateEducatorPreparationProgramAssociation.csv",
        )
    await at_rest(system)


async def play_season(system: System, season: Season) -> None:
    """The whole season: feeds, mails, answers, figures."""
    async with Doors.of(system.places) as doors:
        for upload in season.uploads(*SEASON):
            assert await bring(doors, upload) == "applied"
        await answer_all(await invitations_to(system, doors, season.expected(*SEASON).people))
    await at_rest(system)


async def bring(doors: Doors, upload: Upload) -> str:
    """The state of the run."""
    await doors.connect(upload.district)
    return await doors.upload(upload.connection, upload.district, upload.path, upload.observed_at)


async def invitations_to(system: System, doors: Doors, people: frozenset[str]) -> list[Invitation]:
    """The mails to these people, once all of them have one."""

    async def written_to() -> list[Invitation]:
        found = [each for each in await doors.invitations() if person_behind(system, each.link) in people]
        return found if len(found) == len(people) else []

    return await until(written_to, what=f"mail to {len(people)} people")


def person_behind(system: System, link: str) -> str:
    """The person whose link this is; where the directory names none, the role, whichever of its holders it is."""
    found = system.database("survey").sittings.find_one({"token_hash": token_hash(link.rpartition("/")[2])})
    assert found is not None, "a link in a mail that opens nothing"
    return str(found["person_key"]).partition("#")[0]


async def answer_all(invitations: Sequence[Invitation]) -> None:
    """Everybody answers all that they are asked. What is answered follows from the survey alone."""
    free = asyncio.Semaphore(AT_ONCE)

    async def sit(invitation: Invitation) -> None:
        async with free, httpx.AsyncClient(timeout=30) as client:
            browser = Browser(client)
            for address in open_forms(await browser.open(invitation.link)):
                await answer(browser, address)

    async with asyncio.TaskGroup() as sittings:
        for invitation in invitations:
            sittings.create_task(sit(invitation))


def open_forms(sitting: Page) -> list[str]:
    """Addresses of the forms on a list that are still to answer."""
    return [link.removesuffix("/decline") for link in sitting.links if urlsplit(link).path.endswith("/decline")]


async def answer(browser: Browser, address: str) -> None:
    """Send the form in, or decline it."""
    survey = UUID(address.rpartition("/")[2]).int
    if survey % ONE_IN == 0:
        page = await browser.open(f"{address}/decline")
        form = page.form_to("/decline")
        await browser.press(page, form, {"reason": form.choices["reason"][0]}, None)
        return
    page = await browser.open(address)
    form = page.form_to(urlsplit(address).path)
    receipt = await browser.press(page, form, answers_to(form, survey), ("action", "send"))
    assert receipt.url.endswith("/receipt"), f"sending {address} led to {receipt.url}"


def answers_to(form: Form, survey: int) -> dict[str, str]:
    """One for each question, with a comment now and then."""
    chosen = {
        name: values[(survey >> place) % len(values)] for place, (name, values) in enumerate(form.choices.items())
    }
    return chosen | ({form.texts[0]: COMMENT} if form.texts and survey % 2 else {})
