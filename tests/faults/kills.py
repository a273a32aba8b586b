"""Processes that are killed at their kill points, one after the other, while the load goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from deploy.demonstration.access import OPERATOR
from deploy.local.services import metrics_port
from shared.brokers import TRAITS
from shared.errors import BrokerAway
from shared.kafka import Subscription
from tests.faults.clients import PAUSE_SECONDS, TIMEOUT
from tests.faults.points import Point
from tests.faults.world import World
from tests.journeys.records import READS

HITS = "fault_point_hits"
Stir = Callable[[World, str], Awaitable[None]]


@dataclass(frozen=True)
class Kill:
    """SIGKILL when the point is passed for the nth time since the process was started."""

    point: Point
    nth: int

    @property
    def fault(self) -> str:
        return f"{self.point.name}:{self.nth}:kill9"

    def __str__(self) -> str:
        return f"{self.point} ({self.nth})"


async def kill_in_turn(world: World, kills: Sequence[Kill]) -> None:
    """Of one service: it dies at the first, is started again armed with the second, and so on; at last unarmed."""
    service = kills[0].point.service
    await world.arm(service, kills[0].fault)
    for kill, following in zip(kills, [*(each.fault for each in kills[1:]), ""], strict=True):
        async with stirred(world, kill.point):
            await world.death_of(service)
        if kill.point.name.startswith("consumer."):
            report = await world.check_offsets()
            assert not report.violations, f"{kill}: {report}"
        await world.revive(service, following)


@asynccontextmanager
async def stirred(world: World, point: Point) -> AsyncIterator[None]:
    """Some points are passed only when somebody does what the load does not do."""
    if (stir := STIRS.get(point.name)) is None:
        yield
        return
    stirring = asyncio.create_task(_again_and_again(stir, world, point.service))
    try:
        yield
    finally:
        stirring.cancel()
        with suppress(asyncio.CancelledError):
            await stirring


async def hits(world: World, service: str) -> Mapping[str, int]:
    """How often each point was passed by a process that was started with `count`."""
    url = f"http://127.0.0.1:{metrics_port(service, world.system.settings)}/metrics"
    told = (await world.http.get(url)).raise_for_status().text
    families = {family.name: family for family in text_string_to_metric_families(told)}
    return {
        sample.labels["point"]: int(sample.value) for sample in families[HITS].samples if sample.name == f"{HITS}_total"
    }


async def _again_and_again(stir: Stir, world: World, service: str) -> None:
    while True:
        await stir(world, service)
        await asyncio.sleep(PAUSE_SECONDS)


async def _join_and_leave(world: World, service: str) -> None:
    """A second member takes its share of the partitions, and gives it back having done nothing."""
    broker = world.system.broker
    traits = TRAITS[broker.kind].brisk()
    member = Subscription(broker.bootstrap, traits, group=service, topics=READS[service], client_id="another member")
    try:
        with suppress(BrokerAway):
            await member.start(_nothing_in_hand)
            await member.poll(1, 1.0)
    finally:
        await member.stop()


async def _nothing_in_hand() -> None:
    return


async def _replay_what_is_parked(world: World, service: str) -> None:
    """An operator tries each key again; what nobody can read stays where it is."""
    url, key = f"{world.system.url(service)}/v1/operations/parked", world.system.places.api_keys[OPERATOR]
    with suppress(httpx.TransportError):
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=TIMEOUT) as http:
            for parked in (await http.get(url)).raise_for_status().json()["listed"]:
                wanted = {"topic": parked["topic"], "key": parked["key"], "dry_run": False, "reason": "tried again"}
                (await http.post(f"{url}/replay", json=wanted)).raise_for_status()


async def _ask_a_system(world: World, service: str) -> None:
    assert world.pulled is not None
    await world.pulled.pull()


STIRS: Mapping[str, Stir] = {
    "consumer.revoking": _join_and_leave,
    "parking.replayed_not_noted": _replay_what_is_parked,
    "pull.claimed": _ask_a_system,
    "pull.page_kept_not_turned": _ask_a_system,
    "pull.page_turned": _ask_a_system,
    "pull.snapshot_taken_not_settled": _ask_a_system,
    "pull.settled_not_delivered": _ask_a_system,
}
