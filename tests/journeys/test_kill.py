"""Each service is killed in the middle of its work, started again, and comes to what it comes to without that."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from deploy.demonstration.doors import Doors
from tests.journeys.conftest import NewSystem
from tests.journeys.people import answer_all, bring, invitations_to
from tests.journeys.records import Records
from tests.journeys.season import SEASON, Season, Upload
from tests.journeys.state import Outcome, at_rest, let_leases_run_out, outcome
from tests.journeys.system import System, spin_until


async def test_partnership_killed_while_it_takes_snapshots_finds_every_hire_once(
    new_system: NewSystem, season: Season, clean: Outcome
) -> None:
    with new_system() as system:
        partnership = system.database("partnership")
        staged, complete, hiring = season.uploads(*SEASON)[len(SEASON) :]
        moments: dict[Upload, Callable[[], bool]] = {
            staged: lambda: is_in(system, staged, "staging"),
            complete: lambda: is_in(system, complete, "complete"),
            hiring: lambda: partnership.hires.find_one({"district_id": hiring.district}) is not None,
        }
        async with Doors.of(system.places) as doors:
            for baseline in season.uploads(*SEASON)[: len(SEASON)]:
                assert await bring(doors, baseline) == "applied"
            interrupted = 0
            for upload, moment in moments.items():
                sending = asyncio.create_task(bring(doors, upload))
                await kill_when(system, "partnership", moment)
                await asyncio.gather(sending, return_exceptions=True)
                interrupted += not is_in(system, upload, "applied")
                system.start_again("partnership")
                assert await bring(doors, upload) == "applied"
            assert interrupted >= 2, "it was killed too late, again and again"
        await same_as_clean(system, season, clean)


async def test_survey_killed_while_it_issues_and_while_it_mails_asks_everybody_once(
    new_system: NewSystem, season: Season, clean: Outcome
) -> None:
    with new_system(SURVEY_MAILS_PER_SECOND_AND_DOMAIN="2") as system:
        survey = system.database("survey")
        async with Doors.of(system.places) as doors:
            for upload in season.uploads(*SEASON)[:-1]:
                assert await bring(doors, upload) == "applied"
            last = asyncio.create_task(bring(doors, season.uploads(*SEASON)[-1]))
            await kill_when(system, "survey", lambda: survey.surveys.find_one({}) is not None)
            assert await last == "applied"
            assert await unread_by(system, "survey") > 0, "it was killed too late"
            system.start_again("survey")

            await kill_when(system, "survey", lambda: mails_in(system, "sent") > 2)
            assert mails_in(system, "pending") > 0, "it was killed too late"
            let_leases_run_out(system)
            system.start_again("survey")
        await same_as_clean(system, season, clean)


async def test_analytics_killed_while_it_counts_counts_everything_once(
    new_system: NewSystem, season: Season, clean: Outcome
) -> None:
    with new_system() as system:
        system.services["analytics"].stop()
        async with Doors.of(system.places) as doors:
            for upload in season.uploads(*SEASON):
                assert await bring(doors, upload) == "applied"
            await answer_all(await invitations_to(system, doors, season.expected(*SEASON).people))
        system.begin("analytics")
        await kill_when(system, "analytics", lambda: system.database("analytics").facts.find_one({}) is not None)
        assert await unread_by(system, "analytics") > 0, "it was killed too late"
        system.start_again("analytics")
        await same_as_clean(system, season, clean)


async def same_as_clean(system: System, season: Season, clean: Outcome) -> None:
    """Everybody answers; then all is as it is without a fault, but for mails of which nobody can know."""
    await at_rest(system)
    unknown = (await outcome(system)).unknown
    async with Doors.of(system.places) as doors:
        await answer_all(await doors.invitations())
    await at_rest(system)
    ended = await outcome(system)
    assert ended.unknown == unknown
    if unknown:
        assert ended.without(unknown) == clean.without(unknown)
        assert set(ended.surveys) == set(clean.surveys)
        assert all(ended.surveys[key].mails <= 1 for key in unknown)
    else:
        assert ended == clean


async def kill_when(system: System, name: str, moment: Callable[[], bool]) -> None:
    def watch() -> None:
        spin_until(moment)
        system.kill(name)

    await asyncio.to_thread(watch)


def is_in(system: System, upload: Upload, state: str) -> bool:
    taken = {"connection_id": upload.connection, "observed_at": datetime.fromisoformat(upload.observed_at)}
    return system.database("partnership").snapshots.find_one({**taken, "state": state}) is not None


def mails_in(system: System, state: str) -> int:
    return system.database("survey").sittings.count_documents({"mails.state": state})


async def unread_by(system: System, name: str) -> int:
    async with Records.of(system) as records:
        await records.catch_up()
        return await records.unread_by(name)
