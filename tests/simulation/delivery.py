"""Two services of two processes each on one simulated world, what befalls them, and what must be true in the end."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from shared.consumer import Consumer
from shared.metrics import ConsumerMetrics
from shared.parking import ParkedState
from shared.records import InboundRecord, OutboundRecord, Place
from shared.relay import Relay
from tests.simulation.auditor import Auditor
from tests.simulation.broker import SimulatedKafka
from tests.simulation.effects import EFFECTS, TOLD, Told, change, effect_of, keep_effect
from tests.simulation.group import Group
from tests.simulation.loop import Process
from tests.simulation.seam import Store
from tests.simulation.staff import Keeper, Running
from tests.simulation.world import NO_TRAP, World

THINGS = ("a", "b", "c", "d", "e")
PROCESSES = 2
LONGEST_RECOVERY = 900.0
"""Virtual seconds from the last fault to rest."""
LONGEST_STAY = 60.0
"""Virtual seconds in which a process ends when it is asked to."""


class Delivery:
    """`consumer` and `relay` may be broken ones, to see that it is noticed."""

    def __init__(self, seed: int, *, consumer: type[Consumer] = Consumer, relay: type[Relay] = Relay) -> None:
        self.world = World(seed)
        self.auditor = Auditor(self.world)
        self.broken: set[str] = set()
        self.acknowledged: Counter[str] = Counter()
        self.kafka = SimulatedKafka(self.world, self.auditor.appended)
        for topic in (TOLD, EFFECTS):
            self.kafka.partitions(topic)
        self.group = Group(self.kafka, [TOLD], self._committed)
        self.told_store = Store(self.world, self.auditor.wrote)
        self.kept_store = Store(self.world, self._kept)
        self._consumer = consumer
        self._relay = relay
        self.world.on_end = self._ended
        self.tellers = Keeper(self.world, PROCESSES, self._teller)
        self.readers = Keeper(self.world, PROCESSES, self._reader)

    def _teller(self, number: int) -> Running:
        running = Running(self.world, "teller", number, self.told_store, self.kafka, relay=self._relay)
        running.keeps["things"] = running.documents("things")
        running.begin({"relay": running.relay.run})
        return running

    def _reader(self, number: int) -> Running:
        running = Running(self.world, "reader", number, self.kept_store, self.kafka, relay=self._relay)
        clock = self.world.loop.now
        effects, ledgers = running.documents("effects"), running.documents("ledgers")
        consumer = self._consumer(
            self.group.source,
            {Told: partial(keep_effect, effects=effects, ledgers=ledgers, broken=self.broken, clock=clock)},
            {},
            running.parking,
            ConsumerMetrics(running.registry),
            clock=clock,
            jitter=self.world.chance.random,
        )
        running.reactions = consumer.reactions
        running.begin({"relay": running.relay.run, "consumer": consumer.run})
        return running

    def everybody(self) -> list[Running]:
        return [*self.tellers.all.values(), *self.readers.all.values()]

    def change(self, thing: str, *, is_told: bool) -> None:
        """Somebody asks one of the processes for a change."""
        teller = self.tellers.awake()

        async def work() -> None:
            await change(thing, is_told=is_told, things=teller.keeps["things"], clock=self.world.loop.now)
            self.acknowledged[thing] += 1

        teller.request(work)

    def garbage(self, thing: str) -> None:
        """A record that nobody can read."""
        value = f"garbage {self.world.chance.random()}".encode()
        self.auditor.foreign(value)
        self.kafka.append(OutboundRecord(TOLD, thing.encode(), value, [("ce_type", b"simulated.told.v1")]))

    def repeat(self, thing: str) -> None:
        """A record of this thing comes once more."""
        records = [one for log in self.kafka.partitions(TOLD) for one in log if one.key == thing.encode()]
        if records:
            self.kafka.append_again(self.world.chance.choice(records))

    def replay(self, thing: str) -> None:
        """An operator replays what is parked of this thing; what nobody can read is discarded."""
        reader = self.readers.awake()

        async def work() -> None:
            parking, reactions = reader.parking, reader.reactions
            results = await parking.replay(TOLD, thing.encode(), reactions, actor="operator", reason="mended")
            if results and results[-1].reason == "Undecodable":
                await parking.discard(results[-1].id, actor="operator", reason="garbage")

        reader.request(work)

    def restart(self, keeper: Keeper, number: int) -> None:
        """One of them is asked to end, and started again when it has."""
        running = keeper.all[number]
        if not running.process.is_running or running.is_ending:
            return

        async def exchange() -> None:
            await running.end()
            self.world.kill(running.process, at="itself, in good order")

        self.world.loop.create_task(exchange())

    def heal(self) -> None:
        """All faults are over; who was stopped goes on."""
        self.world.tell("healed")
        self.world.weather.clear()
        self.world.trap = NO_TRAP
        self.broken.clear()
        self.kafka.refused.clear()
        for running in self.everybody():
            if running.process.is_paused:
                running.process.resume()

    def recover(self) -> None:
        """Until nothing is left to do, in bounded time; then everything that was promised must be so."""
        self.heal()
        self.world.run(self._rest())
        assert self.auditor.lost() == [], "Saved, and never published."
        for thing in THINGS:
            revision = self.told_store.kept("things").documents.get(thing, {"revision": 0})["revision"]
            assert revision >= self.acknowledged[thing], f"A change of {thing} was acknowledged, and written over."
            events = self.auditor.told_of(f"things/{thing}")
            ledger = self.kept_store.kept("ledgers").documents.get(thing, {"events": 0})
            effects = [one for one in self.kept_store.kept("effects").documents.values() if one["thing"] == thing]
            assert (ledger["events"], len(effects)) == (events, events), f"Events of {thing}, counted and done."
        self.world.run(self._end())
        assert [name for one in self.everybody() for name in one.tasks_left()] == [], "Tasks left over."

    def end(self) -> None:
        """Recover, unless it is too late for that; and leave nothing behind."""
        try:
            if self.world.broken is None:
                self.recover()
        finally:
            self.world.end()

    async def _rest(self) -> None:
        until = self.world.loop.time() + LONGEST_RECOVERY
        while not self._is_at_rest():
            if self.world.loop.time() > until:
                self.world.violated(f"No rest after {LONGEST_RECOVERY} s: {self._unrest()}")
                return
            if not self.group.behind():
                for thing in sorted({document["key"].decode() for document in self._parked()}):
                    self.replay(thing)
            await asyncio.sleep(1.0)

    async def _end(self) -> None:
        """Every process is asked to end, and does."""
        ending = [self.world.loop.create_task(running.end()) for running in self.everybody()]
        await asyncio.wait(ending, timeout=LONGEST_STAY)
        for task in ending:
            if not task.done():
                self.world.violated("A process does not end when it is asked to.")

    def _unrest(self) -> Mapping[str, Any]:
        return {
            "aboard": [store.aboard() for store in (self.told_store, self.kept_store)],
            "behind": self.group.behind(),
            "parked": len(self._parked()),
        }

    def _is_at_rest(self) -> bool:
        is_idle = all(running.is_idle for running in self.everybody())
        return is_idle and not any((*self._unrest()["aboard"], self.group.behind(), self._parked()))

    def _parked(self) -> list[dict[str, Any]]:
        return self.kept_store.kept("parked").find({"state": ParkedState.PARKED})

    def _committed(self, place: Place, offset: int) -> None:
        self.auditor.committed(self.kafka.partitions(place[0])[place[1]], place, offset, self._is_settled)

    def _is_settled(self, record: InboundRecord) -> bool:
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        if self.kept_store.kept("parked").find(where):
            return True
        if "ce_id" not in record.headers:
            return False
        ledger = self.kept_store.kept("ledgers").documents.get((record.key or b"").decode(), {"sequence": 0})
        is_done = effect_of(record.headers["ce_id"].decode()) in self.kept_store.kept("effects").documents
        return is_done and bool(ledger["sequence"] >= int(record.headers["ce_sequence"]))

    def _kept(self, collection: str, document: Mapping[str, Any]) -> None:
        self.auditor.wrote(collection, document)
        if collection == "parked":
            name, where = document["key"].decode(), f"{document['partition']}@{document['offset']}"
            self.world.tell(f"{document['state']} {name} of {where} as {document['sequence']}: {document['reason']}")
        if collection == "ledgers":
            self.world.tell(f"counted {document['_id']} {document['sequence']}")
        if collection == "ledgers" and document["events"] != self._effects_up_to(document):
            self.world.violated(f"An event was counted twice, or before one that came before it: {dict(document)}.")

    def _effects_up_to(self, ledger: Mapping[str, Any]) -> int:
        """How many events of this thing have been saved up to the sequence that was counted last."""
        told = self.told_store.kept("things").documents[ledger["_id"]]
        return sum(sequence <= ledger["sequence"] for sequence in told["told"])

    def _ended(self, process: Process) -> None:
        self.group.look_after(process)
        for keeper in (self.tellers, self.readers):
            keeper.notice(process)
