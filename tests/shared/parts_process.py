"""The small service as a process of its own: `python -m tests.shared.parts_process [sound|hopeless|misconfigured]`."""

import asyncio
import sys

from fastapi import APIRouter

from shared import life
from shared.errors import Misconfigured
from shared.service import Frame, Heartbeat, Wiring, run
from shared.supervise import Patience
from tests.shared.parts_of_a_service import PartsSettings, wire_parts

slow = APIRouter()


@slow.get("/slow")
async def answer_slowly() -> str:
    await asyncio.sleep(1.0)
    return "answered"


async def fail(_: Heartbeat) -> None:
    raise ZeroDivisionError


async def sound(frame: Frame) -> Wiring:
    parts = await wire_parts(frame)
    return Wiring(routers=[*parts.routers, slow], public_paths=parts.public_paths | {"/slow"})


async def hopeless(_: Frame) -> Wiring:
    return Wiring(loops={"hopeless": fail})


async def misconfigured(_: Frame) -> Wiring:
    raise Misconfigured("PARTS_COLOUR must be a colour.")


if __name__ == "__main__":
    vars(life)["Patience"] = lambda **_: Patience(first_wait=0.01, longest_wait=0.01)
    run("parts", PartsSettings, {"sound": sound, "hopeless": hopeless, "misconfigured": misconfigured}[sys.argv[1]])
