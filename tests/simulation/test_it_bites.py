"""A simulation that finds nothing proves nothing: each of these breaks one promise, and has to be found."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from services.survey.domain.sitting import MailState, Sitting
from shared.batch import Batch
from shared.outbox import Documents
from shared.parking import Parking
from shared.records import Place
from shared.relay import Relay
from tests.simulation.machine import PROFILE
from tests.simulation.test_delivery import DeliveryMachine
from tests.simulation.test_mails import MailsMachine

QUICK = settings(PROFILE, max_examples=100, database=None, phases=[Phase.generate], derandomize=True)
Break = Callable[[pytest.MonkeyPatch], None]


def commits_before_it_settles(patch: pytest.MonkeyPatch) -> None:
    def everything(batch: Batch) -> dict[Place, int]:
        return {record.place: record.offset + 1 for record in batch.records}

    patch.setattr(Batch, "committable", everything)


def takes_off_before_the_acknowledgement(patch: pytest.MonkeyPatch) -> None:
    sent, take_off = Relay._sent, Relay._take_off

    async def taken_off_first(relay: Relay, letters: Any) -> Any:
        await take_off(relay, letters)
        return await sent(relay, letters)

    patch.setattr(Relay, "_sent", taken_off_first)


def sends_at_once_what_may_overtake(patch: pytest.MonkeyPatch) -> None:
    offer = Relay.offer

    def offered(relay: Relay, documents: Documents, document_id: str, entries: Any, *, is_all: bool) -> None:
        offer(relay, documents, document_id, entries, is_all=True)

    patch.setattr(Relay, "offer", offered)


def forgets_the_guard(patch: pytest.MonkeyPatch) -> None:
    async def unguarded(documents: Documents, document_id: str, body: Any, entries: Any) -> None:
        fields = {name: value for name, value in body.items() if name != "_id"}
        change = {"$set": fields, "$push": {"_outbox": {"$each": [entry.document() for entry in entries]}}}
        await documents.collection.update_one({"_id": document_id}, change)

    patch.setattr(Documents, "update_entries", unguarded)


def parks_alone(patch: pytest.MonkeyPatch) -> None:
    async def nothing(parking: Parking, topic: str, keys: Iterable[bytes]) -> set[bytes]:
        return set()

    patch.setattr(Parking, "parked_keys", nothing)


def sends_again_what_may_have_arrived(patch: pytest.MonkeyPatch) -> None:
    recover = Sitting.recover

    def again(sitting: Sitting, mail: Any, now: datetime) -> Sitting:
        if mail.state is MailState.HANDING_OVER:
            return sitting._with(mail, state=MailState.PENDING)
        return recover(sitting, mail, now)

    patch.setattr(Sitting, "recover", again)


def sends_on_a_claim_that_ran_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Sitting, "is_claimed", lambda _sitting, _mail: True)


@pytest.mark.parametrize(
    ("breaks", "machine", "found"),
    [
        (commits_before_it_settles, DeliveryMachine, "was not settled"),
        (takes_off_before_the_acknowledgement, DeliveryMachine, "never published|came when"),
        (sends_at_once_what_may_overtake, DeliveryMachine, "came when"),
        (forgets_the_guard, DeliveryMachine, "counted|came when|written over"),
        (parks_alone, DeliveryMachine, "counted twice, or before"),
        (sends_again_what_may_have_arrived, MailsMachine, "taken 2 times|(dropped|failed), and taken"),
        (sends_on_a_claim_that_ran_out, MailsMachine, "was taken 2 times"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_it_finds_who(
    breaks: Break, machine: type[RuleBasedStateMachine], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks(monkeypatch)
    with pytest.raises(AssertionError, match=found):
        run_state_machine_as_test(machine, settings=QUICK)
