"""One run of a service: everything is started in order, watched, and stopped in the reverse order.

    MongoDB ─▶ wiring ─▶ indexes ─▶ producer ─▶ relay ─▶ consumer ─▶ loops ─▶ ready

Kafka may be away: what is saved waits in the outbox. MongoDB is waited for, for as long as it takes. A loop that cannot
be revived ends the run; correctness never depends on an orderly end.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from time import perf_counter

import structlog
from prometheus_client import CollectorRegistry

from shared.backoff import Backoff
from shared.breaker import Breaker
from shared.clock import Clock
from shared.consumer import Consumer
from shared.errors import Outage, StoreAway
from shared.frame import Broker, Frame, Wire, Wiring
from shared.lease import Lease
from shared.metrics import ConsumerMetrics, OutboxMetrics, ParkingMetrics, ProcessMetrics
from shared.mongo import Mongo
from shared.outbox import OUTBOX_INDEX, Documents
from shared.parking import Parking
from shared.reactions import Reactions
from shared.relay import Relay
from shared.settings import ServiceSettings
from shared.standing import Workings
from shared.supervise import Heartbeat, Loop, LoopState, Patience, Supervisor

PING_SECONDS = 1.0
LAG_LOOK_SECONDS = 0.5
PARKED_LOOK_SECONDS = 15.0

log = structlog.get_logger()

Failed = Callable[[BaseException | str], None]


class Life:
    """`is_open` says whether requests are taken; `failure` what ended it, if it did not end in good order."""

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        wire: Wire,
        *,
        registry: CollectorRegistry,
        broker: Broker,
        clock: Clock,
        mongo: Mongo | None,
        on_wired: Callable[[Wiring], None],
    ) -> None:
        self.is_open = False
        self.failure: BaseException | str | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self.name = name
        self.release = settings.release
        self._settings = settings
        self._wire = wire
        self._registry = registry
        self._broker = broker
        self._clock = clock
        self._given_mongo = mongo
        self._on_wired = on_wired
        self._mongo: Mongo | None = mongo
        self._process = ProcessMetrics(registry, service=name, release=settings.release)
        self._third = settings.shutdown_seconds / 3
        # A third to finish the batch in hand, and another to commit it and to leave the group.
        self._supervisor = Supervisor(
            on_failure=self._process.loop_failed,
            on_give_up=self.fail,
            patience=Patience(farewell=2 * self._third),
        )
        self._workings: Workings | None = None
        self._stack = AsyncExitStack()
        self._opening: asyncio.Task[None] | None = None
        self._carried: list[Documents] = []
        self._me = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    async def begin(self, patience_seconds: float) -> None:
        """Start; go on starting in the background if something that is waited for takes longer than this."""
        self._opening = asyncio.create_task(self._open(), name="opening")
        await asyncio.wait({self._opening}, timeout=patience_seconds)
        if not self._opening.done():
            self._opening.add_done_callback(self._note_opened)
            return
        try:
            self._opening.result()
        except BaseException as error:
            self.fail(error)
            await self.end()
            raise

    async def opened(self) -> None:
        """Return when everything has started, or cannot be."""
        if self._opening is not None:
            await asyncio.wait({self._opening})

    async def end(self) -> None:
        """Not ready, stop taking, finish what is in hand, flush, close."""
        self.close_door()
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening})
        await self._stack.aclose()
        log.info("stopped")

    def close_door(self) -> None:
        """Take no more requests."""
        self.is_open = False
        self._process.ready.set(0)

    def fail(self, cause: BaseException | str) -> None:
        """End the run: what `cause` stands for cannot be mended from inside."""
        self.failure = self.failure or cause
        self.close_door()
        self.on_failure()

    def is_alive(self) -> bool:
        return self.failure is None and self._supervisor.is_alive()

    def idle_seconds(self) -> dict[str, float]:
        """How long ago each loop last made progress."""
        return self._supervisor.idle_seconds()

    def loops(self) -> list[LoopState]:
        """How each loop gets on."""
        return self._supervisor.states()

    @property
    def workings(self) -> Workings:
        """The service's parts, once it is wired."""
        if self._workings is None:
            raise StoreAway("The service is starting.")
        return self._workings

    def is_store_away(self) -> bool:
        """Whether MongoDB has been away for so long that asking it would be waiting in vain."""
        return self._mongo is not None and self._mongo.is_away(perf_counter())

    async def is_store_there(self) -> bool:
        """Whether MongoDB answers, within a second."""
        if self._mongo is None:
            return False
        try:
            async with asyncio.timeout(PING_SECONDS):
                await self._mongo.ping()
        except (StoreAway, TimeoutError):
            return False
        return True

    async def _open(self) -> None:
        started = perf_counter()
        mongo = await self._connected()
        self._watch_own_pulse()
        publisher = self._broker.publisher(self._me)
        lease = Lease(mongo.collection("leases"), "relay", self._me)
        relay = Relay(publisher, lease, OutboxMetrics(self._registry))
        frame = Frame(self.name, self._settings, mongo, self._clock, self._registry, relay, self._carried)
        parking = Parking(frame.documents("parked"), service=self.name, clock=self._clock)
        wiring = await self._wire(frame)
        await self._once_store_answers(lambda: self._ensure_indexes(wiring, parking))
        consumer = self._consumer(wiring, parking, mongo) if wiring.topics else None
        self._workings = Workings(
            parking,
            consumer.reactions if consumer else Reactions({}, {}),
            consumer,
            relay,
            lease,
            self._carried,
            wiring.figures,
            self._clock,
        )
        self._on_wired(wiring)
        self._stack.push_async_callback(self._bounded, "producer", publisher.stop)
        self._run("relay", relay.run)
        self._stack.push_async_callback(self._bounded, "relay", lambda: self._stop_relay(relay))
        if consumer is not None:
            self._run("consumer", consumer.run)
            self._stack.push_async_callback(self._bounded, "consumer", lambda: self._supervisor.stop("consumer"))
            self._run("parked", partial(_watch_parked, parking, ParkingMetrics(self._registry)))
            self._stack.push_async_callback(self._bounded, "parked", lambda: self._supervisor.stop("parked"))
        for name, loop in wiring.loops.items():
            self._run(name, loop)
        self._stack.push_async_callback(self._bounded, "loops", lambda: self._stop_loops(wiring))
        self.is_open = True
        self._process.ready.set(1)
        log.info("ready", ms=round((perf_counter() - started) * 1000))

    async def _connected(self) -> Mongo:
        if self._given_mongo is not None:
            mongo = self._given_mongo
        else:
            settings = self._settings
            mongo = await Mongo.connect(
                settings.mongodb_uri.get_secret_value(),
                settings.mongodb_database,
                settings.mongo_driver,
                app_name=self.name,
            )
            self._stack.push_async_callback(self._bounded, "mongodb", mongo.close)
        self._mongo = mongo
        await self._once_store_answers(mongo.ping)
        return mongo

    async def _once_store_answers(self, step: Callable[[], Awaitable[None]]) -> None:
        backoff = Backoff(0.2, 5.0)
        while True:
            try:
                return await step()
            except Outage as error:
                log.warning("waiting_for_mongodb", reason=str(error))
                await asyncio.sleep(backoff.next())

    async def _ensure_indexes(self, wiring: Wiring, parking: Parking) -> None:
        for documents in self._carried:
            await documents.collection.ensure_indexes(OUTBOX_INDEX)
        await parking.ensure_indexes()
        if wiring.indexes is not None:
            await wiring.indexes()

    def _consumer(self, wiring: Wiring, parking: Parking, mongo: Mongo) -> Consumer:
        metrics = ConsumerMetrics(self._registry)
        return Consumer(
            lambda: self._broker.source(group=self.name, topics=wiring.topics, client_id=self._me),
            wiring.reactions,
            wiring.tombstones,
            parking,
            metrics,
            clock=self._clock,
            breaker=Breaker(mongo.collection("breaker"), clock=self._clock, on_change=metrics.stopped),
            wind_up_seconds=self._third,
        )

    def _run(self, name: str, loop: Loop) -> None:
        self._process.loop_begins(name)
        self._supervisor.start(name, loop)

    async def _stop_relay(self, relay: Relay) -> None:
        await self._supervisor.stop("relay")
        await relay.flush()

    async def _stop_loops(self, wiring: Wiring) -> None:
        await asyncio.gather(*(self._supervisor.stop(name) for name in wiring.loops))

    async def _bounded(self, what: str, stop: Callable[[], Awaitable[None]]) -> None:
        """Stop one thing within its share of the time; the rest is stopped whatever becomes of it."""
        share = 2 * self._third + 2 if what in ("consumer", "loops") else self._third
        try:
            async with asyncio.timeout(share):
                await stop()
        except (TimeoutError, Outage) as error:
            log.warning("not_stopped_in_order", what=what, reason=type(error).__name__)

    def _watch_own_pulse(self) -> None:
        async def pulse(heartbeat: Heartbeat) -> None:
            loop = asyncio.get_running_loop()
            while True:
                heartbeat()
                due = loop.time() + LAG_LOOK_SECONDS
                await asyncio.sleep(LAG_LOOK_SECONDS)
                self._process.loop_lag.set(max(0.0, loop.time() - due))

        self._run("pulse", pulse)
        self._stack.push_async_callback(self._bounded, "pulse", lambda: self._supervisor.stop("pulse"))

    def _note_opened(self, opening: "asyncio.Task[None]") -> None:
        if opening.cancelled():
            return
        error = opening.exception()
        if error is not None:
            log.error("start_failed", error=type(error).__name__, exc_info=error)
            self.fail(error)


async def _watch_parked(parking: Parking, metrics: ParkingMetrics, heartbeat: Heartbeat) -> None:
    while True:
        heartbeat()
        _, events, oldest = await parking.count()
        metrics.waiting(events, oldest)
        await asyncio.sleep(PARKED_LOOK_SECONDS)
