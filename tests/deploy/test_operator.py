"""`prepbridge status`, `parked` and `resume` as an operator types them, against services that run."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from deploy.command import app, main
from deploy.demonstration.access import OPERATOR, write_access
from deploy.local.mongod import Mongod
from deploy.operator.asking import NoAnswer, NotThere, Refusal
from shared.errors import Misconfigured, RuleBroken
from shared.mongo import Mongo
from shared.records import OutboundRecord
from shared.service import Figure
from tests.browser import served
from tests.conftest import SetClock
from tests.running import doors_of
from tests.shared.operated import KEY, Operated, operated
from tests.shared.reading import TOPIC, garbled, named, until
from tests.twice_kafka import outbound

NAMES = ("partnership", "survey", "analytics")
NOWHERE = "http://127.0.0.1:9"
_desks = count(1)


@dataclass
class Desk:
    """An operator's terminal, and the services that it reaches."""

    services: dict[str, Operated]
    environment: dict[str, str]
    folder: Path

    async def type(self, *arguments: str, **environment: str) -> Result:
        """What comes of `prepbridge …`."""
        with capture_logs():  # The services log in this process, to the same output.
            return await asyncio.to_thread(
                CliRunner().invoke,
                app,
                [*arguments, "--folder", str(self.folder)],
                env={**self.environment, "COLUMNS": "80", **environment},
            )

    async def park(self, *names: str) -> None:
        """In each of these services `wrong` is parked, and `next` behind it."""
        for name in names:
            self.services[name].raises["wrong"] = RuleBroken("It contradicts what we know.")
            await self.services[name].park(outbound(named("wrong")), outbound(named("next")))

    async def ids(self, name: str) -> list[str]:
        return await self.services[name].parked_ids()


@pytest.fixture
async def desk(mongod: Mongod, clock: SetClock, forget: Callable[[str], None], tmp_path: Path) -> AsyncIterator[Desk]:
    keys = write_access(tmp_path / "data" / "access", [], [])
    async with AsyncExitStack() as stack:
        services, urls = {}, {}
        for name in NAMES:
            database = f"test_desk_{next(_desks)}"
            mongo = await Mongo.connect(mongod.uri, database)
            stack.callback(forget, database)
            stack.push_async_callback(mongo.close)
            access_file = tmp_path / "data" / "access" / "access.json"
            services[name] = await stack.enter_async_context(operated(mongo, clock, name, access_file=access_file))
            urls[f"PREPBRIDGE_URL_{name.upper()}"] = await stack.enter_async_context(
                served(doors_of(services[name].app))
            )
            services[name].figures = []
            await services[name].park(outbound(named("first")))
        assert keys[OPERATOR]
        yield Desk(services, urls, tmp_path)


def lines_with(output: str, words: str) -> list[str]:
    return [line for line in output.splitlines() if words in line]


async def test_when_all_is_well_it_says_so(desk: Desk) -> None:
    desk.services["partnership"].figures = [Figure("review", "new colleagues to be recognised", 12)]
    answer = await desk.type("status")
    assert answer.exit_code == 0, answer.output
    assert "All is well." in answer.output
    assert len(lines_with(answer.output, "nothing parked")) == 1
    assert "12 new colleagues" in answer.output
    assert max(map(len, answer.output.splitlines())) <= 80


async def test_a_service_that_is_down_is_told_and_the_others_are_shown(desk: Desk) -> None:
    answer = await desk.type("status", PREPBRIDGE_URL_SURVEY=NOWHERE)
    assert answer.exit_code == 1
    assert "survey does not answer at http://127.0.0.1:9" in " ".join(answer.output.split())
    assert lines_with(answer.output, "answers")[0].split() == ["answers", "yes", "NO", "yes"]
    assert len(lines_with(answer.output, "nothing parked")) == 1


async def test_whatever_needs_somebody_is_a_sentence_and_a_status(desk: Desk) -> None:
    await desk.park("survey")
    desk.services["analytics"].figures = [Figure("lost", "figures that nobody can explain", 2, needs_somebody=True)]
    answer = await desk.type("status", "--json")
    assert answer.exit_code == 1
    told = json.loads(answer.output)
    assert not told["healthy"]
    assert told["needs"] == [
        "survey: 2 events of 1 key could not be applied and wait: see `prepbridge parked list`.",
        "analytics: 2 figures that nobody can explain.",
    ]
    assert told["services"]["survey"]["parked"]["events"] == 2
    assert told["services"]["partnership"]["consumer"]["is_reading"]


async def test_a_key_that_is_not_known_is_told_plainly(desk: Desk) -> None:
    answer = await desk.type("status", PREPBRIDGE_OPERATOR_KEY="pb_wrong")
    assert answer.exit_code == 1
    assert "survey does not let us in: The API key is not known" in " ".join(answer.output.split())
    refused = await desk.type("parked", "show", "x", PREPBRIDGE_OPERATOR_KEY="pb_wrong")
    assert isinstance(refused.exception, NoAnswer)


async def test_without_a_key_it_says_where_one_comes_from(desk: Desk, tmp_path: Path) -> None:
    desk.folder = tmp_path / "empty"
    answer = await desk.type("status")
    assert isinstance(answer.exception, Misconfigured)
    assert "PREPBRIDGE_OPERATOR_KEY" in str(answer.exception)


async def test_what_is_parked_is_listed_service_by_service(desk: Desk) -> None:
    await desk.park("survey")
    for service in desk.services.values():
        service.clock.advance(timedelta(minutes=5))
    answer = await desk.type("parked", "list")
    assert answer.exit_code == 0
    assert "partnership: nothing is parked." in answer.output
    assert "survey: 2 events of 1 key" in answer.output
    assert lines_with(answer.output, KEY)
    assert lines_with(answer.output, (await desk.ids("survey"))[0])
    assert lines_with(answer.output, "RuleBroken")[0].split()[-1] == "min"
    assert max(map(len, answer.output.splitlines())) <= 80
    only = await desk.type("parked", "list", "--service", "analytics")
    assert only.output == "analytics: nothing is parked.\n"


async def test_a_list_without_one_of_the_services_is_not_a_success(desk: Desk) -> None:
    answer = await desk.type("parked", "list", PREPBRIDGE_URL_ANALYTICS=NOWHERE)
    assert answer.exit_code == 1
    assert "survey: nothing is parked." in answer.output
    assert "analytics does not answer" in answer.output


async def test_an_event_is_shown_wherever_it_is_parked(desk: Desk) -> None:
    await desk.park("survey")
    answer = await desk.type("parked", "show", (await desk.ids("survey"))[0])
    assert answer.exit_code == 0
    for words in (
        "RuleBroken",
        "It contradicts what we know.",
        "partnership.organization_changed.v1",
        '"name": "wrong"',
    ):
        assert words in answer.output


async def test_an_event_that_is_parked_in_two_services_is_asked_about_in_one(desk: Desk) -> None:
    await desk.park("survey", "analytics")
    (shared_id, *_) = await desk.ids("survey")
    doubtful = await desk.type("parked", "show", shared_id)
    assert isinstance(doubtful.exception, Refusal)
    assert str(doubtful.exception) == "This is parked in survey and analytics: say which with --service."
    assert (await desk.type("parked", "show", shared_id, "--service", "survey")).exit_code == 0


@pytest.mark.parametrize(
    "arguments", [["show", "none"], ["discard", "none", "--reason", "x"], ["replay", TOPIC, "none"]]
)
async def test_what_is_not_parked_is_told_plainly(desk: Desk, arguments: Sequence[str]) -> None:
    answer = await desk.type("parked", *arguments)
    assert isinstance(answer.exception, NotThere)
    assert "is not parked in partnership or survey or analytics." in str(answer.exception)


async def test_an_unknown_service_is_told_plainly(desk: Desk) -> None:
    answer = await desk.type("parked", "list", "--service", "surveys")
    assert isinstance(answer.exception, Misconfigured)
    assert "say one of partnership, survey, analytics" in str(answer.exception)


async def test_a_replay_is_tried_out_first_and_then_applied_with_a_reason(desk: Desk) -> None:
    await desk.park("survey")
    survey = desk.services["survey"]
    survey.raises.clear()
    tried = await desk.type("parked", "replay", TOPIC, KEY)
    assert tried.exit_code == 0
    assert "dry run, nothing was changed" in tried.output
    assert len(await desk.ids("survey")) == 2
    without = await desk.type("parked", "replay", TOPIC, KEY, "--apply")
    assert without.exit_code == 2
    assert "--reason" in without.output
    assert len(await desk.ids("survey")) == 2
    applied = await desk.type("parked", "replay", TOPIC, KEY, "--apply", "--reason", "mended")
    assert applied.exit_code == 0
    assert len(lines_with(applied.output, "applied")) == 2
    assert survey.applied == ["first", "wrong", "next"]


async def test_a_replay_that_fails_again_says_where_it_stops(desk: Desk) -> None:
    await desk.park("survey")
    answer = await desk.type("parked", "replay", TOPIC, KEY, "--apply", "--reason", "hope")
    assert answer.exit_code == 1
    assert lines_with(answer.output, "failed again: RuleBroken")
    assert "stay parked" in answer.output


async def test_records_without_a_key_are_replayed_without_naming_one(desk: Desk) -> None:
    await desk.services["survey"].park(OutboundRecord(TOPIC, b"", b"{", []))
    answer = await desk.type("parked", "replay", TOPIC, "")
    assert lines_with(answer.output, "cannot be read: Undecodable")


async def test_a_discard_needs_a_reason_and_says_what_waits_behind(desk: Desk) -> None:
    await desk.park("survey")
    wrong, behind = await desk.ids("survey")
    assert (await desk.type("parked", "discard", wrong)).exit_code == 2
    assert await desk.ids("survey") == [wrong, behind]
    answer = await desk.type("parked", "discard", wrong, "--reason", "a test record")
    assert answer.exit_code == 0
    assert f"prepbridge parked replay {TOPIC} {KEY}" in answer.output
    assert await desk.ids("survey") == [behind]
    again = await desk.type("parked", "discard", wrong, "--reason", "a test record")
    assert isinstance(again.exception, Refusal)
    assert "is discarded already" in str(again.exception)


async def test_a_stopped_service_is_seen_and_resumed(desk: Desk) -> None:
    survey = desk.services["survey"]
    await survey.kafka.append([garbled(named(f"{n}", code=f"{n}")) for n in range(20)])
    await until(lambda: survey.app.state.life.workings.consumer.breaker.stopped is not None)
    seen = await desk.type("status")
    assert seen.exit_code == 1
    assert "STOPPED" in seen.output
    assert "prepbridge resume survey --reason" in " ".join(seen.output.split())
    assert (await desk.type("resume", "survey")).exit_code == 2
    survey.clock.advance(timedelta(hours=1))
    resumed = await desk.type("resume", "survey", "--reason", "the producer is told")
    assert resumed.exit_code == 0
    assert "survey reads on." in resumed.output
    await survey.read_all()
    assert len(await desk.ids("survey")) == 20
    again = await desk.type("resume", "survey", "--reason", "once more")
    assert "had not stopped" in again.output


def test_a_named_failure_is_one_sentence_and_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["prepbridge", "parked", "list", "--folder", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "There is no operator's key" in " ".join(capsys.readouterr().err.split())
