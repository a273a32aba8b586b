"""F1 to F6: `kill -9` between any two effects. One system plays all rows; only who died is started again."""

from collections.abc import AsyncIterator
from time import monotonic

import pytest
import pytest_asyncio

from tests.faults.brisk import brisk_system
from tests.faults.deadly_mail import deadly_mail
from tests.faults.invariants import Report
from tests.faults.kills import Kill, kill_in_turn
from tests.faults.points import Point, points
from tests.faults.rows import Row
from tests.faults.world import World
from tests.journeys.system import Addresses

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.broker, pytest.mark.timeout(400)]

PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 120.0

MOMENTS = {
    "F1": ("partnership", "feed.claimed", "feed.staff_added", "feed.applied_not_discarded", "door.answered"),
    "F2": ("survey", "hire.kept_not_followed", "outbox.saved_not_offered", "consumer.settled_not_committed"),
    "F3": (
        "partnership",
        "relay.lease_asked",
        "kafka.sent_not_acknowledged",
        "relay.acknowledged_not_taken_off",
        "relay.taken_off",
    ),
    "F4": ("survey", "mail.claimed", "mail.begun_not_sent", "mail.taken_not_noted"),
    "F5": ("survey", "submission.read_not_saved", "submission.saved_not_answered"),
    "F6": (
        "analytics",
        "consumer.polled",
        "analytics.fact_kept",
        "consumer.settled_not_committed",
        "consumer.revoking",
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    with brisk_system(tmp_path_factory.mktemp("kill-points")) as (system, season):
        async with World.around(system, season, patience=PATIENCE_SECONDS) as world:
            yield world


@pytest.mark.fault("F1", "kill -9 of partnership: upload claimed, staff saved, applied, answered")
async def test_an_upload_that_is_cut_short_tells_each_hire_once(world: World, row: Row) -> None:
    await play("F1", world, row)


@pytest.mark.fault("F2", "kill -9 of survey: hire kept, survey saved, offset not committed")
async def test_a_hire_whose_reader_dies_is_asked_about_once(world: World, row: Row) -> None:
    await play("F2", world, row)


@pytest.mark.fault("F3", "kill -9 of a relay: leased, sent, acknowledged, taken off")
async def test_events_whose_relay_dies_are_told_and_their_repetition_has_no_effect(world: World, row: Row) -> None:
    await play("F3", world, row)


@pytest.mark.fault("F4", "kill -9 of the mailer: claimed, before DATA, after DATA before 250, after 250")
async def test_a_mail_whose_sender_dies_arrives_once_or_is_known_to_be_unknown(world: World, row: Row) -> None:
    survey = world.system.services

    def kill() -> None:
        survey["survey"].kill()

    async with deadly_mail(world.system.settings.port_mail_smtp, kill) as server:
        world.system.addresses["survey"] = Addresses(smtp_port=server.port)
        async with world.load(pause=PAUSE_SECONDS):
            await world.arm("survey", "")
            await world.death_of("survey")
            await world.revive("survey")
        await world.at_rest()
        del world.system.addresses["survey"]
        await play("F4", world, row)


@pytest.mark.fault("F5", "kill -9 of survey while a form is sent in: before it is saved, after")
async def test_a_form_that_is_sent_in_again_after_a_death_has_one_receipt(world: World, row: Row) -> None:
    await play("F5", world, row)


@pytest.mark.fault("F6", "kill -9 of analytics: polled, fact kept, offset not committed, share revoked")
async def test_facts_whose_reader_dies_are_counted_once(world: World, row: Row) -> None:
    await play("F6", world, row)


async def play(number: str, world: World, row: Row) -> None:
    service, *moments = MOMENTS[number]
    kills = [Kill(Point(service, moment), 1) for moment in moments]
    assert {kill.point for kill in kills} <= set(points())
    async with world.load(pause=PAUSE_SECONDS):
        await kill_in_turn(world, kills)
        healed = monotonic()
    await world.at_rest()
    row.recovered_in = monotonic() - healed
    fill_in(row, await world.check())


def fill_in(row: Row, report: Report) -> None:
    row.lost, row.doubled, row.parked = report.lost, report.doubled, report.parked
    assert not report.violations, str(report)
