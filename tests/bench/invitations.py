"""From a hire that is durable in partnership to the invitation in the mail server's hands, at a steady pace.

Partnership's part is its document with the event aboard and its relay; survey is the service as `make up` runs it,
but with no quiet period; the mail server is the catcher, which writes each mail to disk and notes when it came. Each
hire is at a school of its own, so that each makes a mail; the addresses are in as many domains as there are districts.
"""

import asyncio
import time
from datetime import datetime

import httpx

from deploy.local.process import free_port
from shared.clock import utc_now
from shared.events.partnership import HIRES
from tests.bench.aside import aside, on_scales
from tests.bench.bare_kafka import fill, sealed
from tests.bench.commit_to_broker import relayed
from tests.bench.figures import Memory, Waits
from tests.bench.ground import Ground, bare_database, in_a_loop
from tests.bench.survey_service import service_variables, serving, write_open_campaign
from tests.bench.watched import DidNotHappen
from tests.survey.builders import hired_person, role_holder

RATE = 100
DISTRICTS = 400
QUIET_SECONDS = 0
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.2


def hire_to_mail(on: Ground, run: str, count: int) -> tuple[Waits, Memory]:
    """How long each took, and what survey held in memory. The first tenth warms up and is not counted."""
    smtp, pages, port = free_port(), free_port(), free_port()
    aside(tell_principals, on, count)
    folder = on.folder / "campaigns"
    write_open_campaign(folder)
    variables = service_variables(on, run, port) | {
        "SURVEY_CAMPAIGNS_FOLDER": str(folder),
        "SURVEY_SMTP_PORT": str(smtp),
        "SURVEY_INVITE_AFTER_QUIET_SECONDS": str(QUIET_SECONDS),
    }
    catcher = ["--smtp-port", str(smtp), "--http-port", str(pages), "--folder", str(on.folder / f"{run}.mail")]
    with (
        serving(on, f"{run}_catcher", pages, ["deploy.local.mail_catcher", *catcher], {}, "/health/live"),
        serving(on, run, port, ["services.survey.app"], variables) as survey,
    ):
        aside(principals_are_known, on, run, count)
        with on_scales(survey.pid) as scales:
            accepted = aside(accept_hires, on, f"{run}_partnership", count)
            arrived = _arrived(pages, count)
    waits = [arrived[number] - accepted[number] for number in range(count // 10, count)]
    return Waits(tuple(waits)), scales.memory


def tell_principals(on: Ground, count: int) -> None:
    """A principal for each school. Hires that others have measured are forgotten."""
    principals = (
        role_holder(organization_id=_school(number), person_id=f"P-{number}", email=_address(number))
        for number in range(count)
    )
    in_a_loop(fill(on, (sealed(principal, "partnership") for principal in principals), HIRES))


def principals_are_known(on: Ground, run: str, count: int) -> None:
    in_a_loop(_principals_are_known(on, run, count))


async def _principals_are_known(on: Ground, run: str, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    async with bare_database(on, run, keep=True) as database:
        while await database["role_holders"].count_documents({}) < count:
            if time.monotonic() > deadline:
                raise DidNotHappen("Survey did not hear of all principals.")
            await asyncio.sleep(LOOK_SECONDS)


def accept_hires(on: Ground, run: str, count: int) -> list[float]:
    """When each hire was durable, as seconds of the wall clock."""
    return in_a_loop(_accept_hires(on, run, count))


async def _accept_hires(on: Ground, run: str, count: int) -> list[float]:
    accepted = [0.0] * count
    loop = asyncio.get_running_loop()
    async with relayed(on, run, "partnership") as documents:
        begin = loop.time() + 0.1

        async def accept(number: int) -> None:
            await asyncio.sleep(begin + number / RATE - loop.time())
            hire = hired_person(number, school_id=_school(number))
            await documents.insert(hire.hire_id, {"revision": 1, **hire.model_dump(mode="json")}, hire, at=utc_now())
            accepted[number] = time.time()

        async with asyncio.TaskGroup() as tasks:
            for number in range(count):
                tasks.create_task(accept(number))
    return accepted


def _arrived(pages: int, count: int) -> dict[int, float]:
    """When each hire's mail came. DidNotHappen unless each makes one, and none is waited for in vain."""
    mails = f"http://127.0.0.1:{pages}/api/messages"
    known, deadline = 0, time.monotonic() + PATIENCE_SECONDS
    while known < count and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        now_known = httpx.get(mails, params={"limit": 1}, timeout=10.0).json()["total"]
        if now_known > known:
            known, deadline = now_known, time.monotonic() + PATIENCE_SECONDS
    caught = httpx.get(mails, params={"limit": 2 * count}, timeout=10.0).json()["messages"]
    arrived = {_number(mail["to"][0]): datetime.fromisoformat(mail["at"]).timestamp() for mail in caught}
    if len(caught) != count or len(arrived) != count:
        raise DidNotHappen(f"{count} hires made {len(caught)} mails to {len(arrived)} people.")
    return arrived


def _school(number: int) -> str:
    return f"{number:08d}"


def _address(number: int) -> str:
    return f"principal-{number}@district-{number % DISTRICTS}.example"


def _number(address: str) -> int:
    """Whose address it is."""
    return int(address.partition("@")[0].rpartition("-")[2])
