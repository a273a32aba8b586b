"""A month of daily feeds in which everything happens, in order and in any order, each file perhaps more than once."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.demonstration.day_series import MASS_CHANGE, REKEYED, Delivery, Series, TrueHire, write_day_series
from deploy.local.mongod import Mongod
from services.partnership.domain.staff import Staff
from shared.events import Envelope
from shared.events.partnership import HIRES, CompleterHired, EmploymentEnded, HireAmended, HireEvent, HireWithdrawn
from shared.ids import derived
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.working import Working, working

SEED = 3
SHARE_TWICE = 0.2


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Series]:
    folder = tmp_path_factory.mktemp("month")
    return folder, write_day_series(SEED, folder)


@dataclass(frozen=True)
class Outcome:
    """What stands in the end: hires as kept, hires as the events tell, staff, and which files were held."""

    kept: frozenset[tuple[Any, ...]]
    told: frozenset[tuple[Any, ...]]
    staff: tuple[tuple[Any, ...], ...]
    held: frozenset[tuple[str, int]]
    events: dict[str, int]


async def test_a_month_comes_to_what_happened(month: tuple[Path, Series], mongo: Mongo, clock: SetClock) -> None:
    folder, series = month
    days = sorted(series.deliveries, key=lambda each: (each.day, each.district_code))
    late = [each for each in days if each.day == 14]
    files = [each for each in days if each not in late]
    after = next(place for place, each in enumerate(files) if each.day == 17)
    files[after:after] = late
    outcome = await play(folder, [*files, *files[40:60]], mongo, clock)
    expected = as_expected(series.hires)
    assert outcome.kept == expected
    assert outcome.told == expected
    districts = list(dict.fromkeys(each.district_code for each in series.deliveries))
    assert outcome.held == {(districts[place], day) for place, day in (MASS_CHANGE, REKEYED)}
    assert outcome.events == {
        "CompleterHired": len(expected),
        "HireAmended": len(districts),
        "EmploymentEnded": sum(each.ended_on is not None for each in series.hires),
    }


@pytest.mark.parametrize("order", range(5))
@pytest.mark.timeout(300)
async def test_any_order_with_files_sent_twice_ends_the_same(
    month: tuple[Path, Series], order: int, mongo: Mongo, mongod: Mongod, clock: SetClock
) -> None:
    folder, series = month
    chance = random.Random(order)
    files = list(series.deliveries)
    files += chance.sample(files, int(len(files) * SHARE_TWICE))
    chance.shuffle(files)
    outcome = await play(folder, files, mongo, clock)
    expected = as_expected(series.hires)
    assert outcome.kept == expected
    assert outcome.told == expected
    assert outcome.staff == await in_order(month, mongod, clock)


STANDING: list[tuple[tuple[Any, ...], ...]] = []


async def in_order(month: tuple[Path, Series], mongod: Mongod, clock: SetClock) -> tuple[tuple[Any, ...], ...]:
    """The staff after the files have come one by one, as they should; played once."""
    if not STANDING:
        other = await Mongo.connect(mongod.uri, "month_in_order", driver="motor")
        STANDING.append((await play(month[0], month[1].deliveries, other, clock)).staff)
        await other.close()
    return STANDING[0]


async def play(folder: Path, files: Sequence[Delivery], mongo: Mongo, clock: SetClock) -> Outcome:
    """Deliver the files through the door, and act as the district's people would."""
    held: set[tuple[str, int]] = set()
    async with working(mongo, clock) as partnership:
        await bring_registers(folder, partnership)
        for each in files:
            if await deliver(folder, each, partnership) == "held":
                held.add((each.district_code, each.day))
        await partnership.told()
        return Outcome(
            kept=frozenset(as_kept(hire) for hire in await all_hires(partnership) if hire["withdrawal"] is None),
            told=as_told(partnership.kafka.events(HIRES)),
            staff=await standing(partnership),
            held=frozenset(held),
            events=counted(partnership.kafka.events(HIRES)),
        )


async def bring_registers(folder: Path, partnership: Working) -> None:
    for kind in ("organizations", "providers", "programs"):
        assert (await partnership.bring(kind, (folder / f"{kind}.csv").read_bytes())).json()["findings"] == []
    names = ("candidate.csv", "candidateEducatorPreparationProgramAssociation.csv")
    report = await partnership.bring("completers", *((folder / name).read_bytes() for name in names))
    assert report.json()["findings"] == []


async def deliver(folder: Path, file: Delivery, partnership: Working) -> str:
    code, who = file.district_code, partnership.as_district(file.district_code)
    await partnership.client.post("/v1/feeds", json={"connection_id": code, "district_id": code}, headers=who)
    answer = await partnership.client.post(
        f"/v1/feeds/{code}/snapshots",
        content=(folder / file.file).read_bytes(),
        params={"observed_at": file.observed_at, "force": True},
        headers={"content-type": "application/zip", **who},
    )
    run = answer.json()
    assert (run["state"] == "rejected") == (file.fate == "reject"), run
    decisions = {("held", "apply"): "release", ("held", "refuse"): "reject", ("applied", "refuse"): "retract"}
    if decision := decisions.get((run["state"], file.fate)):
        address = f"/v1/feeds/{code}/runs/{run['run_id']}/{decision}"
        decided = await partnership.client.post(address, json={"reason": "I looked."}, headers=who)
        assert decided.status_code == 200, decided.text
    return str(run["state"])


async def all_hires(partnership: Working) -> list[dict[str, Any]]:
    listed = await partnership.client.get("/v1/hires?size=500", headers=partnership.as_agency())
    items: list[dict[str, Any]] = listed.json()["items"]
    return items


def as_expected(hires: Iterable[TrueHire]) -> frozenset[tuple[Any, ...]]:
    found = set()
    for each in hires:
        completer = derived("completer", each.provider_code, each.candidate_identifier)
        facts = asdict(each)
        kept = tuple(facts[name] for name in ("school_code", "hire_date", "basis", "variant", "ended_on"))
        found.add((derived("hire", completer, each.district_code, str(each.employment)), *kept))
    return frozenset(found)


def as_kept(hire: dict[str, Any]) -> tuple[Any, ...]:
    facts = ("hire_id", "school_id", "hire_date", "hire_date_basis", "variant", "ended_on")
    return tuple(hire[name] for name in facts)


def as_told(envelopes: Iterable[Envelope[Any]]) -> frozenset[tuple[Any, ...]]:
    """What somebody knows who heard every event, the newest word on each hire last."""
    known: dict[str, tuple[Any, ...]] = {}
    for envelope in sorted(envelopes, key=lambda each: each.sequence):
        event: HireEvent = envelope.event
        match event:
            case CompleterHired():
                place = (event.school_id, str(event.hire_date), event.hire_date_basis.value)
                known[event.hire_id] = (event.hire_id, *place, event.variant.value, None)
            case HireAmended():
                place = (event.school_id, str(event.hire_date), event.hire_date_basis.value)
                known[event.hire_id] = (event.hire_id, *place, *known[event.hire_id][4:])
            case EmploymentEnded():
                known[event.hire_id] = (*known[event.hire_id][:5], str(event.ended_on))
            case HireWithdrawn():
                del known[event.hire_id]
    return frozenset(known.values())


def counted(envelopes: Iterable[Envelope[Any]]) -> dict[str, int]:
    once = {each.id: type(each.event).__name__ for each in envelopes}
    return {kind: list(once.values()).count(kind) for kind in sorted(set(once.values()))}


async def standing(partnership: Working) -> tuple[tuple[Any, ...], ...]:
    """Everybody's employments, whatever the records are called."""
    staff = [Staff.model_validate(each) for each in await partnership.mongo.collection("staff").find({})]
    return tuple(
        sorted(
            (
                each.district_id,
                each.known.family,
                each.known.given,
                str(each.known.identifiers),
                each.status,
                str([(one.first_seen_on, one.ended_on, one.role, one.school_id) for one in each.episodes]),
            )
            for each in staff
            if each.episodes
        )
    )
