"""Twice is once: the same snapshot uploaded twice, and every record of every topic delivered twice."""

from collections import Counter

from deploy.demonstration.doors import Doors
from deploy.demonstration.partnering import work_together
from tests.journeys.partners import who_works_together
from tests.journeys.people import bring
from tests.journeys.records import TOLD, Records, write_again
from tests.journeys.season import SEASON, Season
from tests.journeys.state import at_rest, outcome
from tests.journeys.system import System


async def test_the_same_snapshot_uploaded_twice_changes_nothing(system: System, season: Season) -> None:
    latest = season.uploads(SEASON[0])[-1]
    before = await outcome(system)
    runs = await system.ask("partnership", f"/v1/feeds/{latest.connection}/runs")
    async with Records.of(system) as records, Doors.of(system.places) as doors:
        await records.catch_up()
        told = len(records.all)
        assert await bring(doors, latest) == "applied"
        await at_rest(system)
        await records.catch_up()
        assert len(records.all) == told
    assert await outcome(system) == before
    assert (await system.ask("partnership", f"/v1/feeds/{latest.connection}/runs")).json() == runs.json()


async def test_the_same_partnerships_and_the_same_review_told_again_change_nothing(
    system: System, season: Season
) -> None:
    before = await outcome(system)
    async with Records.of(system) as records, Doors.of(system.places) as doors:
        await records.catch_up()
        told = len(records.all)
        await work_together(doors, who_works_together(season), lambda _: None)
        await at_rest(system)
        await records.catch_up()
        assert [record.key for record in records.all[told:]] == []
    assert await outcome(system) == before


async def test_every_record_of_every_topic_delivered_twice_changes_nothing(system: System) -> None:
    before = await outcome(system)
    async with Records.of(system) as records:
        await records.catch_up()
        first = list(records.all)
        by_topic = Counter(record.topic for record in first)
        assert set(by_topic) == set(TOLD)
        assert await write_again(system, first) == len(first)
        await at_rest(system)
        await records.catch_up()
        assert Counter(record.topic for record in records.all) == {topic: 2 * told for topic, told in by_topic.items()}
    after = await outcome(system)
    assert after == before
    assert after.mails_per_person == before.mails_per_person
