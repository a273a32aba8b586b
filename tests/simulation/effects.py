"""The two smallest services that keep our rules: one tells what it changed, one has an effect for each event, once."""

from typing import ClassVar

from shared.clock import Clock
from shared.errors import RuleBroken, StaleRevision
from shared.events import Envelope
from shared.events.envelope import Event
from shared.ids import derived
from shared.outbox import Documents
from shared.rounds import on_a_fresh_reading

TOLD = "simulated.told"
EFFECTS = "simulated.effects"


class Told(Event):
    """A thing has changed."""

    wire_name: ClassVar[str] = "simulated.told.v1"
    topic: ClassVar[str] = TOLD

    thing: str

    @property
    def subject(self) -> str:
        return self.thing


class EffectKept(Event):
    """Something was done about a change."""

    wire_name: ClassVar[str] = "simulated.effect_kept.v1"
    topic: ClassVar[str] = EFFECTS

    effect: str

    @property
    def subject(self) -> str:
        return self.effect


async def change(thing: str, *, is_told: bool, things: Documents, clock: Clock) -> None:
    """The next revision of a thing; told of, or not. It keeps which of its revisions were."""
    events = [Told(thing=thing)] if is_told else []

    async def attempt() -> None:
        known = await things.get(thing)
        if known is not None:
            revision = known["revision"] + 1
            told = [*known["told"], *([revision] if is_told else [])]
            await things.update(thing, {"revision": revision, "told": told}, *events, at=clock())
        elif not await things.insert(thing, {"revision": 1, "told": [1] if is_told else []}, *events, at=clock()):
            raise StaleRevision("Somebody else was first.")

    await on_a_fresh_reading(attempt)


def effect_of(event_id: str) -> str:
    return derived("effect", event_id)


async def keep_effect(
    envelope: Envelope[Told], *, effects: Documents, ledgers: Documents, broken: set[str], clock: Clock
) -> None:
    """One effect for each event, and a count of each thing's events. `broken` things meet a defect of ours."""
    thing, sequence = envelope.event.thing, envelope.sequence
    if thing in broken:
        raise RuleBroken("This release cannot do that.") if sequence % 2 else KeyError(thing)
    effect = effect_of(envelope.id)
    body = {"revision": 1, "thing": thing, "sequence": sequence}
    await effects.insert(effect, body, EffectKept(effect=effect), at=clock())

    async def count_in() -> None:
        ledger = await ledgers.get(thing)
        if ledger is None:
            if not await ledgers.insert(thing, {"revision": 1, "sequence": sequence, "events": 1}, at=clock()):
                raise StaleRevision("Somebody else was first.")
        elif ledger["sequence"] < sequence:
            after = {"revision": ledger["revision"] + 1, "sequence": sequence, "events": ledger["events"] + 1}
            await ledgers.update(thing, after, at=clock())

    await on_a_fresh_reading(count_in)
