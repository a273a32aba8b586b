"""Whatever befalls relays and consumers: nothing lost, nothing twice, everything in its order, and rest in the end."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.simulation.delivery import THINGS, Delivery
from tests.simulation.machine import PROFILE, seeds
from tests.simulation.world import Trap

things = st.sampled_from(THINGS)
numbers = st.integers(1, 2)
seconds = st.sampled_from((2.0, 8.0, 30.0))
MOMENTS = (0.0, 0.001, 0.003, 0.01, 0.1, 1.0, 3.0)
POINTS = (
    "outbox.saved_not_offered",
    "relay.lease_asked",
    "relay.read_not_sent",
    "relay.acknowledged_not_taken_off",
    "relay.taken_off",
    "consumer.polled",
    "consumer.settled_one",
    "consumer.settled_not_committed",
    "consumer.committed",
    "consumer.revoking",
    "parking.replayed_not_noted",
)


class DeliveryMachine(RuleBasedStateMachine):
    """Everything that is random in the world follows from `seed`."""

    simulated: type[Delivery] = Delivery

    @initialize(seed=seeds)
    def begin(self, seed: int) -> None:
        self.delivery = self.simulated(seed)
        self.world = self.delivery.world

    @rule(thing=things, is_told=st.booleans())
    def change(self, thing: str, is_told: bool) -> None:
        self.delivery.change(thing, is_told=is_told)

    @rule(many=st.lists(things, min_size=2, max_size=12))
    def change_at_once(self, many: list[str]) -> None:
        for thing in many:
            self.delivery.change(thing, is_told=True)

    @rule(pause=seconds)
    def wait(self, pause: float) -> None:
        self.world.pass_time(pause)

    @rule(is_teller=st.booleans(), number=numbers)
    def crash(self, is_teller: bool, number: int) -> None:
        running = (self.delivery.tellers if is_teller else self.delivery.readers).all[number]
        if not running.process.is_dead:
            self.world.kill(running.process)

    @rule(point=st.sampled_from(POINTS), seconds=st.sampled_from((None, None, 8.0, 60.0)))
    def stop_at(self, point: str, seconds: float | None) -> None:
        self.world.trap = Trap(point, seconds)

    @rule(is_teller=st.booleans(), number=numbers, seconds=st.sampled_from((1.0, 6.0, 15.0, 50.0, 130.0)))
    def pause(self, is_teller: bool, number: int, seconds: float) -> None:
        running = (self.delivery.tellers if is_teller else self.delivery.readers).all[number]
        if running.process.is_running:
            self.world.pause(running.process, seconds)

    @rule(is_away=st.booleans())
    def store(self, is_away: bool) -> None:
        self.world.weather.is_store_away = is_away

    @rule(is_away=st.booleans())
    def broker(self, is_away: bool) -> None:
        self.world.weather.is_broker_away = is_away

    @rule(
        answers=st.sampled_from((0.0, 0.3)),
        acknowledgements=st.sampled_from((0.0, 0.5)),
        late=st.sampled_from((0.0, 0.4)),
    )
    def lose(self, answers: float, acknowledgements: float, late: float) -> None:
        weather = self.world.weather
        weather.loses_answers, weather.loses_acknowledgements, weather.is_late = answers, acknowledgements, late

    @rule(longest=st.sampled_from((0.005, 0.2, 2.0)))
    def slow(self, longest: float) -> None:
        self.world.weather.longest_delay = longest

    @rule(thing=things, is_broken=st.booleans())
    def release(self, thing: str, is_broken: bool) -> None:
        (self.delivery.broken.add if is_broken else self.delivery.broken.discard)(thing)

    @rule(thing=things, is_refused=st.booleans())
    def refuse(self, thing: str, is_refused: bool) -> None:
        (self.delivery.kafka.refused.add if is_refused else self.delivery.kafka.refused.discard)(thing.encode())

    @rule(thing=things)
    def repeat(self, thing: str) -> None:
        self.delivery.repeat(thing)

    @rule(thing=things)
    def garbage(self, thing: str) -> None:
        self.delivery.garbage(thing)

    @rule(thing=things)
    def replay(self, thing: str) -> None:
        self.delivery.replay(thing)

    @rule()
    def rebalance(self) -> None:
        self.delivery.group.rebalance()

    @rule(share=st.floats(0, 1))
    def rewind(self, share: float) -> None:
        for place, offset in sorted(self.delivery.group.offsets.items()):
            self.delivery.group.rewind(place, int(offset * share))

    @rule(is_teller=st.booleans(), number=numbers)
    def restart(self, is_teller: bool, number: int) -> None:
        self.delivery.restart(self.delivery.tellers if is_teller else self.delivery.readers, number)

    @invariant()
    def time_passes(self) -> None:
        if hasattr(self, "delivery"):
            self.world.pass_time(self.world.chance.choice(MOMENTS))

    def teardown(self) -> None:
        if hasattr(self, "delivery"):
            self.delivery.end()


TestDelivery = DeliveryMachine.TestCase
TestDelivery.settings = PROFILE
