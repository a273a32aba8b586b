"""Whatever befalls the gatherer, the mailer and the mail server: no mail twice, and everybody is written to."""

from itertools import cycle

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.simulation.machine import PROFILE, seeds
from tests.simulation.mails import ADDRESSES, PEOPLE_KNOWN, SCHOOLS, Mails
from tests.simulation.post import Mood
from tests.simulation.world import Trap

schools = st.sampled_from(SCHOOLS)
people = st.sampled_from(PEOPLE_KNOWN)
completers = st.integers(1, 40)
numbers = st.integers(1, 2)
MOMENTS = (0.0, 0.01, 1.0, 20.0, 20.0, 60.0, 130.0)
POINTS = (
    "hire.kept_not_followed",
    "mail.planned_not_listed",
    "list.written_not_checked",
    "mail.claimed",
    "mail.begun_not_sent",
    "mail.taken_not_noted",
    "mail.noted_not_told",
    "mail.told_not_struck",
)


class MailsMachine(RuleBasedStateMachine):
    """Everything that is random in the world follows from `seed`."""

    simulated: type[Mails] = Mails

    @initialize(seed=seeds)
    def begin(self, seed: int) -> None:
        self.mails = self.simulated(seed)
        self.world = self.mails.world
        for school, person, address in zip(SCHOOLS, PEOPLE_KNOWN, cycle(ADDRESSES), strict=False):
            self.mails.appoint(school, person, address)

    @rule(hired=st.lists(st.tuples(completers, schools), min_size=1, max_size=5))
    def hire(self, hired: list[tuple[int, str]]) -> None:
        for number, school in hired:
            self.mails.hire(number, school)

    @rule(number=completers)
    def end_employment(self, number: int) -> None:
        self.mails.end_employment(number)

    @rule(school=schools, person=people, address=st.sampled_from(ADDRESSES))
    def appoint(self, school: str, person: str, address: str | None) -> None:
        self.mails.appoint(school, person, address)

    @rule(person=people)
    def unsubscribe(self, person: str) -> None:
        self.mails.unsubscribe(person)

    @rule(seconds=st.sampled_from((60.0, 200.0, 1000.0)))
    def wait(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    @rule(number=numbers)
    def crash(self, number: int) -> None:
        self.mails.crash(number)

    @rule(point=st.sampled_from(POINTS), seconds=st.sampled_from((None, 150.0, 400.0, 1200.0)))
    def stop_at(self, point: str, seconds: float | None) -> None:
        self.world.trap = Trap(point, seconds)

    @rule(number=numbers, seconds=st.sampled_from((10.0, 90.0, 150.0, 1200.0)))
    def pause(self, number: int, seconds: float) -> None:
        self.mails.pause(number, seconds)

    @rule(mood=st.sampled_from(Mood))
    def post(self, mood: Mood) -> None:
        self.mails.post.mood = mood

    @rule(number=numbers, is_cut_off=st.booleans())
    def cut_off(self, number: int, is_cut_off: bool) -> None:
        cut_off = self.mails.post.cut_off
        (cut_off.add if is_cut_off else cut_off.discard)(f"survey-{number}")

    @rule(is_away=st.booleans())
    def store(self, is_away: bool) -> None:
        self.world.weather.is_store_away = is_away

    @rule(answers=st.sampled_from((0.0, 0.2)))
    def lose(self, answers: float) -> None:
        self.world.weather.loses_answers = answers

    @rule(longest=st.sampled_from((0.005, 0.5, 4.0)))
    def slow(self, longest: float) -> None:
        self.world.weather.longest_delay = longest

    @rule()
    def rebalance(self) -> None:
        self.mails.group.rebalance()

    @invariant()
    def time_passes(self) -> None:
        if hasattr(self, "mails"):
            self.world.pass_time(self.world.chance.choice(MOMENTS))

    def teardown(self) -> None:
        if hasattr(self, "mails"):
            self.mails.end()


TestMails = MailsMachine.TestCase
TestMails.settings = PROFILE
