"""What was told of partnerships: both sides' last words, in any order and however often; the same after a rebuild."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.domain.partnership import PartnershipView, Standing, Statement, key_of, view_of
from services.analytics.use_cases.rebuild_model import Ended
from shared.events import Event
from shared.events.partnerships import (
    ActivityRecorded,
    AttestationGiven,
    Claim,
    GoalAgreed,
    GoalMeasured,
    PartnershipChanged,
    PartnershipStatus,
    Side,
    VacanciesProjected,
    Verdict,
)
from tests.analytics.conftest import Analytics
from tests.analytics.rebuilding import Rebuilding, until
from tests.running import signed_in
from tests.twice_kafka import outbound

ID = "partnership-1"
PARTIES = {"partnership_id": ID, "provider_id": "college", "district_id": "00350000"}
GOAL = GoalAgreed(goal_id="g", metric="hires", unit="people", baseline=2, target=6, due_on=date(2028, 6, 30))


def agreed(**changes: Any) -> PartnershipChanged:
    facts: dict[str, Any] = {"status": PartnershipStatus.ACTIVE, "version": 2, "ways": ("cohorts",), "goals": (GOAL,)}
    return PartnershipChanged(**{**PARTIES, **facts, **changes})


def activity(**changes: Any) -> ActivityRecorded:
    facts: dict[str, Any] = {
        "activity_id": "a",
        "version": 1,
        "way": "cohorts",
        "school_year": 2027,
        "happened_on": date(2027, 2, 1),
        "measures": {"candidates": 8},
        "stated_by": Side.PROVIDER,
    }
    return ActivityRecorded(**{**PARTIES, **facts, **changes})


def measured(value: float, day: date = date(2027, 3, 1), **changes: Any) -> GoalMeasured:
    facts: dict[str, Any] = {"measurement_id": f"m-{day}", "goal_id": "g", "unit": "people", "stated_by": Side.DISTRICT}
    return GoalMeasured(**{**PARTIES, **facts, "measured_on": day, "value": value, **changes})


def word(side: Side, verdict: Verdict, claim: Claim = Claim.ACTIVITY, claim_id: str = "a", version: int = 1) -> Event:
    return AttestationGiven(
        **PARTIES,
        claim=claim,
        claim_id=claim_id,
        claim_version=version,
        side=side,
        verdict=verdict,
        given_at=datetime(2027, 4, 5, tzinfo=UTC),
    )


TOLD: tuple[tuple[Event, int], ...] = (
    (agreed(version=1, status=PartnershipStatus.PROPOSED, attested_by=(Side.PROVIDER,)), 1),
    (agreed(attested_by=(Side.DISTRICT,)), 2),
    (word(Side.PROVIDER, Verdict.ATTESTED, Claim.TERMS, ID, 2), 3),
    (activity(), 1),
    (word(Side.PROVIDER, Verdict.ATTESTED), 2),
    (word(Side.DISTRICT, Verdict.DISPUTED), 3),
    (measured(4), 1),
    (measured(7, date(2027, 4, 1)), 1),
    (word(Side.DISTRICT, Verdict.ATTESTED, Claim.MEASUREMENT, "m-2027-04-01"), 2),
    (VacanciesProjected(district_id="00350000", school_year=2028, as_of=date(2027, 3, 1)), 1),
)


def heard(told: list[tuple[Event, int]]) -> PartnershipView | None:
    """As the store keeps it: the last under each key."""
    kept: dict[str, tuple[int, Event]] = {}
    for event, sequence in told:
        assert isinstance(event, Statement)
        if kept.get(key_of(event), (0, event))[0] < sequence:
            kept[key_of(event)] = sequence, event
    return view_of(event for _, event in kept.values())


@given(st.permutations(TOLD), st.lists(st.sampled_from(TOLD), max_size=5))
def test_attestation_and_dispute_end_equal_in_any_order_and_however_often(
    order: list[tuple[Event, int]], again: list[tuple[Event, int]]
) -> None:
    found = heard([*again, *order, *again])
    assert found == heard(list(TOLD))
    assert found is not None
    assert (found.terms, found.activities[0].standing) == (Standing.ATTESTED, Standing.DISPUTED)


@given(st.lists(st.tuples(st.sampled_from(Side), st.sampled_from(Verdict)), max_size=6))
def test_a_claim_stands_as_the_last_word_of_each_side(words: list[tuple[Side, Verdict]]) -> None:
    told = [(word(side, verdict), number) for number, (side, verdict) in enumerate(words, 2)]
    found = heard([(agreed(), 1), (activity(), 1), *told])
    assert found is not None
    last = {Side.PROVIDER: Verdict.ATTESTED, **dict(words)}
    expected = (
        Standing.DISPUTED
        if Verdict.DISPUTED in last.values()
        else (Standing.OPEN, Standing.ONE_SIDED, Standing.ATTESTED)[len(last)]
    )
    assert found.activities[0].standing is expected


def test_a_word_on_an_earlier_version_of_the_terms_says_nothing_of_this_one() -> None:
    earlier = word(Side.DISTRICT, Verdict.DISPUTED, Claim.TERMS, ID, version=1)
    found = heard([(agreed(version=2, attested_by=(Side.DISTRICT,)), 1), (earlier, 2)])
    assert found is not None
    assert found.terms is Standing.ONE_SIDED


@pytest.mark.parametrize(
    ("words", "standing"),
    [
        ([], Standing.ONE_SIDED),
        ([(Side.DISTRICT, Verdict.ATTESTED)], Standing.ATTESTED),
        ([(Side.DISTRICT, Verdict.DISPUTED)], Standing.DISPUTED),
    ],
)
def test_who_records_an_activity_attests_it_whichever_terms_were_in_force(
    words: list[tuple[Side, Verdict]], standing: Standing
) -> None:
    told = [(word(side, verdict), number) for number, (side, verdict) in enumerate(words, 2)]
    found = heard([(agreed(version=3), 3), (activity(version=2), 1), *told])
    assert found is not None
    assert found.activities[0].standing is standing


def test_a_figure_that_was_stated_stands_on_one_side_and_one_that_was_counted_on_none() -> None:
    for stated_by, standing in ((Side.DISTRICT, Standing.ONE_SIDED), (None, Standing.OPEN)):
        found = heard([(agreed(), 1), (measured(4, stated_by=stated_by), 1)])
        assert found is not None
        assert found.goals[0].standing is standing


@pytest.mark.parametrize(
    ("changes", "words", "standing"),
    [
        ({"attested_by": (Side.PROVIDER,)}, [], Standing.ONE_SIDED),
        ({"attested_by": (Side.PROVIDER, Side.DISTRICT)}, [], Standing.ATTESTED),
        ({"is_disputed": True, "attested_by": (Side.PROVIDER,)}, [], Standing.DISPUTED),
        ({"attested_by": (Side.PROVIDER,)}, [(Side.DISTRICT, Verdict.DISPUTED)], Standing.DISPUTED),
        (
            {"is_disputed": True},
            [(Side.DISTRICT, Verdict.ATTESTED), (Side.PROVIDER, Verdict.ATTESTED)],
            Standing.ATTESTED,
        ),
    ],
)
def test_terms_stand_as_the_partnership_and_its_sides_say(
    changes: dict[str, Any], words: list[tuple[Side, Verdict]], standing: Standing
) -> None:
    told = [(word(side, verdict, Claim.TERMS, ID, 2), 3) for side, verdict in words]
    found = heard([(agreed(**changes), 2), *told])
    assert found is not None
    assert found.terms is standing


@pytest.mark.parametrize(
    ("goal", "value", "is_met"),
    [(GOAL, 6, True), (GOAL, 5, False), (GOAL.model_copy(update={"baseline": 9}), 5, True)],
)
def test_a_goal_is_met_from_its_baseline_on(goal: GoalAgreed, value: float, is_met: bool) -> None:
    found = heard([(agreed(goals=(goal,)), 1), (measured(value), 1)])
    assert found is not None
    assert (found.goals[0].value, found.goals[0].is_met) == (value, is_met)


async def test_a_partnership_is_shown_to_its_parties_and_the_agency(analytics: Analytics) -> None:
    for event, sequence in reversed(TOLD):
        await analytics.kafka.publish(event, sequence=sequence)
    await analytics.kafka.until_read("analytics", TOLD[0][0].topic)
    (found,) = (await analytics.get("/v1/partnerships")).json()
    assert found == (await analytics.get("/v1/partnerships", "provider", "college")).json()[0]
    assert found == (await analytics.get("/v1/partnerships", "district", "00350000")).json()[0]
    assert (found["terms"], found["goals"][0]["value"], found["goals"][0]["is_met"]) == ("attested", 7, True)
    assert [one["standing"] for one in found["activities"]] == ["disputed"]
    for role, stranger in (("provider", "00350000"), ("district", "college"), ("provider", "another")):
        assert (await analytics.get("/v1/partnerships", role, stranger)).json() == []  # type: ignore[arg-type]


@pytest.mark.broker
@pytest.mark.parametrize("mongo_driver", ["motor"], indirect=True)
async def test_a_rebuild_from_the_topics_tells_the_same(at_work: Rebuilding) -> None:
    await at_work.producer.send_all(
        [outbound(event, sequence=sequence, source="partnership") for event, sequence in TOLD]
    )
    agency = signed_in(at_work.app, "agency")

    async def is_heard() -> bool:
        kept = await at_work.model(1).collections["partnerships"].count({})
        return kept == len({key_of(event) for event, _ in TOLD if isinstance(event, Statement)})

    await until(is_heard, what="hearing of partnerships")
    before = (await at_work.client.get("/v1/partnerships", headers=agency)).json()
    rebuilt = await at_work.rebuild()
    assert (rebuilt.ended, rebuilt.difference.counts) == (Ended.SWAPPED, {})

    async def is_served() -> bool:
        return await at_work.serves(rebuilt.generation)

    await until(is_served)
    assert (await at_work.client.get("/v1/partnerships", headers=agency)).json() == before != []
