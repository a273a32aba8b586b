"""Consumer groups of the simulated Kafka: who reads which partition, in which generation, and what was committed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import Context, copy_context

from shared.errors import BrokerAway
from shared.records import InboundRecord, Place
from tests.simulation.broker import SimulatedKafka
from tests.simulation.loop import Process
from tests.simulation.world import Reply

SESSION_SECONDS = 10.0
REBALANCE_SECONDS = 40.0
REVOKE_SECONDS = 30.0

Committed = Callable[[Place, int], None]


class Group:
    """The coordinator. `committed` is told of each offset as it is taken."""

    def __init__(self, kafka: SimulatedKafka, topics: Sequence[str], committed: Committed) -> None:
        self.kafka = kafka
        self.world = kafka.world
        self.offsets: dict[Place, int] = {}
        self.generation = 0
        self.members: list[Member] = []
        self._topics = topics
        self._committed = committed
        self._is_due = False
        self._rebalancing: asyncio.Task[None] | None = None

    def source(self) -> "Member":
        """One more who wants to read."""
        return Member(self)

    def look_after(self, process: Process) -> None:
        """Who sends no heartbeat for a while is no member any more."""
        self.world.later(SESSION_SECONDS, lambda: self._expel_if_silent(process))

    def rebalance(self) -> None:
        self._is_due = True
        if self._rebalancing is None or self._rebalancing.done():
            self._rebalancing = self.world.loop.create_task(self._rebalance(), context=Context())

    def rewind(self, place: Place, offset: int) -> None:
        """Committed offsets are lost: records are read again."""
        self.world.tell(f"offsets of {place} back to {offset}")
        self.offsets[place] = offset
        self.rebalance()

    def commit(self, offsets: Mapping[Place, int]) -> None:
        for place, offset in offsets.items():
            self.world.tell(f"committed {place[0]}/{place[1]}@{offset}")
            self._committed(place, offset)
            self.offsets[place] = offset

    def leave(self, member: "Member") -> None:
        if member in self.members:
            self.members.remove(member)
            self.rebalance()

    def behind(self) -> int:
        """Records that are not committed yet."""
        return sum(
            len(log) - self.offsets.get((topic, number), 0)
            for topic in self._topics
            for number, log in enumerate(self.kafka.partitions(topic))
        )

    def _expel_if_silent(self, process: Process) -> None:
        silent = [member for member in self.members if member.process is process]
        if silent and not process.is_running:
            self.world.tell(f"{process.name} is expelled from the group")
            self.members = [member for member in self.members if member not in silent]
            self.rebalance()

    async def _rebalance(self) -> None:
        while self._is_due:
            self._is_due = False
            revoking = {
                self.world.loop.create_task(member.revoke(), context=member.context.copy()): member
                for member in self.members
                if member.positions and not member.process.is_dead
            }
            if revoking:
                _, silent = await asyncio.wait(revoking, timeout=REBALANCE_SECONDS)
                self.members = [one for one in self.members if one not in {revoking[task] for task in silent}]
            self.generation += 1
            for member in self.members:
                member.generation, member.positions = self.generation, {}
            self._assign()

    def _assign(self) -> None:
        places = [(topic, number) for topic in self._topics for number in range(len(self.kafka.partitions(topic)))]
        self.world.chance.shuffle(places)
        for number, place in enumerate(places if self.members else ()):
            self.members[number % len(self.members)].positions[place] = self.offsets.get(place, 0)
        told = {member.process.name: sorted(member.positions) for member in self.members}
        self.world.tell(f"generation {self.generation}: {told}")


class Member:
    """A `RecordSource`."""

    def __init__(self, group: Group) -> None:
        process = Process.current()
        assert process is not None, "Only processes read."
        self.process = process
        self.generation = 0
        self.positions: dict[Place, int] = {}
        self.context = copy_context()
        self._group = group
        self._epoch = 0
        self._before_revoke: Callable[[], Awaitable[None]] | None = None
        self._returning: asyncio.Task[None] | None = None
        self._has_left = False

    @property
    def epoch(self) -> int:
        return self._epoch

    async def start(self, before_revoke: Callable[[], Awaitable[None]]) -> None:
        self._before_revoke = before_revoke
        await self._reach_broker()
        self._group.members.append(self)
        self._group.rebalance()

    async def revoke(self) -> None:
        """As `shared.kafka.Subscription` does when the assignment ends. Meanwhile the client hands out nothing."""
        assert self._before_revoke is not None
        self.positions = {}
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(REVOKE_SECONDS):
                    await self._before_revoke()
        finally:
            self._epoch += 1

    async def poll(self, max_records: int, timeout: float) -> list[InboundRecord]:
        kafka, weather = self._group.kafka, self._group.world.weather
        self._notice_expulsion()
        if weather.is_broker_away and self._group.world.chance.random() < 0.1:
            raise BrokerAway("The client is in a state that it cannot leave.")
        if weather.is_broker_away or not (records := self._next(max_records)):
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await kafka.grown.wait()
            await asyncio.sleep(self._group.world.delay())
            if weather.is_broker_away:
                return []
            records = self._next(max_records)
        return records

    async def keep_alive(self) -> None:
        self._notice_expulsion()
        await asyncio.sleep(self._group.world.delay())

    async def commit(self, offsets: Mapping[Place, int], *, epoch: int) -> bool:
        group = self._group
        if epoch != self._epoch:
            return False
        generation = self.generation

        def arrive(reply: Reply[bool]) -> None:
            is_taken = generation == group.generation and self in group.members
            if is_taken and not group.world.weather.is_broker_away:
                group.commit(offsets)
                reply.give(True)
            else:
                reply.give(False)

        return await group.world.on_its_way(arrive)

    async def lag(self) -> dict[Place, int]:
        kafka = self._group.kafka
        return {(topic, n): len(kafka.partitions(topic)[n]) - at for (topic, n), at in self.positions.items()}

    async def stop(self) -> None:
        """Leaves, unless the broker cannot be told; then it will notice."""
        self._has_left = True
        self.positions = {}
        if self.process.is_buried:
            return
        if self._returning is not None:
            self._returning.cancel()
        self._group.leave(self)

    async def _reach_broker(self) -> None:
        world = self._group.world

        def arrive(reply: Reply[None]) -> None:
            if world.weather.is_broker_away:
                reply.fail(BrokerAway("It is switched off."), after=world.chance.uniform(0.01, 5.0))
            else:
                reply.give(None)

        await world.on_its_way(arrive)

    def _notice_expulsion(self) -> None:
        if self in self._group.members or self._has_left or self._group.world.weather.is_broker_away:
            return
        if self._returning is None or self._returning.done():
            self._returning = asyncio.create_task(self._return())

    async def _return(self) -> None:
        await self.revoke()
        if not self._has_left and self not in self._group.members:
            self._group.members.append(self)
            self._group.rebalance()

    def _next(self, max_records: int) -> list[InboundRecord]:
        """Some of what there is, the partitions in any order; what is handed out may be handed out again at once."""
        chance = self._group.world.chance
        places = sorted(self.positions)
        chance.shuffle(places)
        records: list[InboundRecord] = []
        for place in places:
            log = self._group.kafka.partitions(place[0])[place[1]]
            position = self.positions[place]
            most = min(max_records - len(records), chance.choice((1, 3, max_records)))
            records.extend(taken := log[position : position + most])
            self.positions[place] = position + len(taken)
            if taken:
                self._group.world.tell(
                    f"{self.process.name} reads {place[0]}/{place[1]}@{position} and {len(taken) - 1} more"
                )
        return records + records if chance.random() < 0.1 else records
