"""What either side may say of terms, and what follows from both sides' words in any order."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.partnership.domain.ledger import answers
from services.partnership.domain.ledger.agreement import Partnership, Status, overlapping
from services.partnership.domain.ledger.reminders import reminders
from services.partnership.domain.ledger.statements import Standing, Statement, last_words, said, standing
from services.partnership.domain.ledger.terms import Terms
from services.partnership.domain.ledger.ways import WAYS
from services.partnership.domain.ledger.ways.record import kind_of
from shared.errors import Conflict, InvalidInput
from shared.events.partnerships import AttestationGiven, PartnershipChanged, Side, Verdict
from tests.partnership.ledger import RECORDS, a_goal, terms

NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)
PROVIDER, DISTRICT = Side.PROVIDER, Side.DISTRICT
ATTESTED, DISPUTED = Verdict.ATTESTED, Verdict.DISPUTED


def some_terms(**changes: Any) -> Terms:
    return Terms.model_validate(terms(**changes))


def a_draft(**changes: Any) -> Partnership:
    return Partnership(partnership_id="p", provider_id="a", district_id="b", **changes)


def proposal(side: Side = PROVIDER, **changes: Any) -> Partnership:
    return answers.propose(a_draft(), some_terms(**changes), side=side, by=f"{side}-1", now=NOW)[0]


def answered(known: Partnership, verdict: Verdict, side: Side = DISTRICT, version: int = 1) -> Partnership:
    return answers.answer(known, verdict, version=version, side=side, by=f"{side}-1", now=NOW, reason="so")[0]


def words_of(known: Partnership) -> list[dict[Side, Verdict]]:
    return [{each.side: each.verdict for each in version.statements} for version in known.versions]


def test_who_proposes_attests_and_the_other_side_makes_it_active() -> None:
    known = proposal()
    assert (known.status, known.versions[0].attested_by) == (Status.PROPOSED, (PROVIDER,))
    after, events = answers.answer(known, ATTESTED, version=1, side=DISTRICT, by="d", now=NOW)
    assert after.status is Status.ACTIVE
    assert [type(each) for each in events] == [AttestationGiven, PartnershipChanged]
    assert events[1].attested_by == (PROVIDER, DISTRICT)  # type: ignore[attr-defined]


def test_terms_that_both_attest_wait_for_their_first_day() -> None:
    known = answered(proposal(begins_on="2027-09-01"), ATTESTED)
    assert known.status is Status.PROPOSED
    after, (told,) = answers.on_day(known, date(2027, 9, 1))
    assert (after.status, told.wire_name) == (Status.ACTIVE, PartnershipChanged.wire_name)
    assert answers.on_day(after, date(2027, 9, 2)) == (after, ())
    assert answers.on_day(after, date(2030, 1, 1))[0].status is Status.EXPIRED


def test_an_amendment_leaves_what_is_in_force_until_the_other_side_attests_it() -> None:
    active = answered(proposal(), ATTESTED)
    amended, _ = answers.propose(active, some_terms(ends_on="2028-06-30"), side=DISTRICT, by="d", now=NOW)
    assert (amended.status, amended.in_force, amended.latest and amended.latest.number) == (
        Status.ACTIVE, active.versions[0], 2
    )  # fmt: skip
    disputed = answered(amended, DISPUTED, PROVIDER, version=2)
    assert (disputed.status, disputed.is_disputed, len(disputed.versions)) == (Status.ACTIVE, True, 2)
    settled = answered(disputed, ATTESTED, PROVIDER, version=2)
    assert settled.in_force is not None
    assert (settled.in_force.number, settled.is_disputed) == (2, False)
    assert [each.verdict for each in settled.versions[1].statements] == [ATTESTED, DISPUTED, ATTESTED]


def test_nobody_attests_their_own_word_or_an_old_version() -> None:
    known = proposal()
    with pytest.raises(Conflict, match="Your side said this itself"):
        answered(known, ATTESTED, PROVIDER)
    amended, _ = answers.propose(known, some_terms(ends_on="2028-06-30"), side=DISTRICT, by="d", now=NOW)
    with pytest.raises(Conflict, match="newer version"):
        answered(amended, ATTESTED, PROVIDER, version=1)


def test_the_same_terms_from_the_other_side_are_its_attestation() -> None:
    after, _ = answers.propose(proposal(), some_terms(), side=DISTRICT, by="d", now=NOW)
    assert (len(after.versions), after.status) == (1, Status.ACTIVE)


steps = st.lists(
    st.tuples(st.sampled_from(Side), st.sampled_from(["attest", "dispute", "amend"]), st.integers(1, 3)), max_size=14
)


def played(taken: list[tuple[Side, str, int]]) -> Partnership:
    """What is refused changes nothing."""
    known = proposal()
    for side, verb, number in taken:
        try:
            if verb == "amend":
                changed = some_terms(notice_days=number)
                known = answers.propose(known, changed, side=side, by=side.value, now=NOW)[0]
            else:
                known = answered(known, ATTESTED if verb == "attest" else DISPUTED, side, number)
        except Conflict:
            continue
    return known


@given(steps)
def test_a_version_is_in_force_only_if_both_attested_it(taken: list[tuple[Side, str, int]]) -> None:
    known = played(taken)
    both = [
        number for number, words in enumerate(words_of(known), 1) if words == {PROVIDER: ATTESTED, DISTRICT: ATTESTED}
    ]
    assert (known.in_force.number if known.in_force else None) == (both[-1] if both else None)
    assert (known.status is Status.ACTIVE) == bool(both)
    assert [each.number for each in known.versions] == list(range(1, len(known.versions) + 1))


@given(steps)
def test_each_word_twice_is_each_word_once(taken: list[tuple[Side, str, int]]) -> None:
    twice = [step for step in taken for _ in range(2)]
    assert played(twice) == played(taken)


@given(st.data())
def test_the_order_between_the_sides_does_not_matter(chosen: st.DataObject) -> None:
    """Only a side's own last word does: its words in their order, with the other side's anywhere between them."""
    verdicts = st.lists(st.sampled_from(Verdict), max_size=5)
    ours, theirs = ([(side, each) for each in chosen.draw(verdicts)] for side in Side)
    apart, mixed, left = [*ours, *theirs], [], [list(ours), list(theirs)]
    while any(left):
        mixed.append(chosen.draw(st.sampled_from([each for each in left if each])).pop(0))

    def spoken(order: list[tuple[Side, Verdict]]) -> tuple[dict[Side, Verdict], Standing]:
        statements: tuple[Statement, ...] = ()
        for side, verdict in order:
            statements = said(statements, Statement(side=side, verdict=verdict, by=side.value, at=NOW))
        return last_words(statements), standing(statements)

    assert spoken(mixed) == spoken(apart)


def test_notice_is_kept_to_and_then_the_partnership_is_over() -> None:
    active = answered(proposal(notice_days=90), ATTESTED)
    end = {"side": DISTRICT, "by": "d", "reason": "money", "now": NOW}
    with pytest.raises(InvalidInput, match="2027-07-04"):
        answers.give_notice(active, effective_on=date(2027, 5, 1), **end)  # type: ignore[arg-type]
    noticed, _ = answers.give_notice(active, effective_on=None, **end)  # type: ignore[arg-type]
    assert (noticed.status, noticed.status_on(date(2027, 7, 4))) == (Status.ACTIVE, Status.TERMINATED)
    over, _ = answers.on_day(noticed, date(2027, 7, 4))
    with pytest.raises(Conflict, match="terminated"):
        answers.propose(over, some_terms(), side=PROVIDER, by="p", now=NOW)
    at_once, _ = answers.give_notice(proposal(), effective_on=None, **end)  # type: ignore[arg-type]
    assert at_once.status is Status.TERMINATED


def test_the_agency_reviews_what_is_active_only() -> None:
    with pytest.raises(Conflict):
        answers.review(proposal(), by="agency", reason="annual", now=NOW)
    reviewed, (told,) = answers.review(answered(proposal(), ATTESTED), by="agency", reason="annual", now=NOW)
    assert told.status is Status.UNDER_REVIEW  # type: ignore[attr-defined]
    assert answers.end_review(reviewed, now=NOW)[0].status is Status.ACTIVE


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"ends_on": "2026-12-31"}, "ends_on should not be before begins_on"),
        ({"ways": []}, "ways"),
        ({"ways": ["telepathy"]}, "way should be one of"),
        ({"goals": [a_goal(unit="")]}, "goals.0.unit"),
        ({"goals": [{"metric": "hires", "target": 3, "due_on": "2028-01-01"}]}, "goals.0.unit"),
        ({"goals": [a_goal(due_on="2026-12-31")]}, "due before the term begins"),
        ({"goals": [a_goal(goal_id="g"), a_goal(goal_id="g")]}, "occur once"),
    ],
    ids=str,
)
def test_terms_that_cannot_be_are_refused(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as caught:
        some_terms(**changes)
    told = [f"{'.'.join(map(str, fault['loc']))} {fault['msg']}" for fault in caught.value.errors()]
    assert any(where in each for each in told), told


@given(st.dates(date(2027, 1, 1), date(2031, 1, 1)), st.integers(0, 900), st.dates(date(2027, 1, 1), date(2031, 1, 1)))
def test_terms_overlap_where_they_share_a_way_and_a_day(first: date, days: int, second: date) -> None:
    one = some_terms(begins_on=first, ends_on=first + timedelta(days))
    two = some_terms(begins_on=second, ends_on=second + timedelta(days), ways=["shared_induction"])
    other_way = two.model_copy(update={"ways": ("coselection",)})
    shared = {first + timedelta(each) for each in range(days + 1)} & {
        second + timedelta(each) for each in range(days + 1)
    }
    assert one.overlaps(two) == two.overlaps(one) == bool(shared)
    assert not one.overlaps(other_way)


def test_what_is_over_overlaps_nothing() -> None:
    known = proposal()
    assert overlapping(some_terms(), [known]) is known
    assert overlapping(some_terms(), [known.model_copy(update={"status": Status.EXPIRED})]) is None


def test_with_automatic_renewal_another_year_follows() -> None:
    known = answered(proposal(ends_on="2028-02-29", renewal="automatic"), ATTESTED)
    assert known.status_on(date(2031, 5, 1)) is Status.ACTIVE
    assert some_terms(ends_on="2028-02-29", renewal="automatic").last_day(date(2029, 3, 1)) == date(2030, 2, 28)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2029-07-03", None), ("2029-07-04", 180), ("2029-10-01", 180), ("2029-10-02", 90), ("2029-12-01", 30)
    ],
)  # fmt: skip
def test_of_the_warnings_of_an_end_the_latest_stands(today: str, expected: int | None) -> None:
    known = answered(proposal(), ATTESTED)
    found = [each.days_before for each in reminders(known, date.fromisoformat(today)) if each.occasion == "term_ends"]
    assert found == ([expected] if expected else [])


def test_goals_and_anniversaries_are_told_when_they_come_near_and_when_they_are_due() -> None:
    known = answered(proposal(goals=[a_goal()]), ATTESTED)

    def told(today: str) -> list[tuple[str, int]]:
        return [(each.occasion, each.days_before) for each in reminders(known, date.fromisoformat(today))]

    assert told("2027-05-30") == []
    assert told("2027-05-31") == [("goal_due", 30)]
    assert told("2027-07-01") == [("goal_due", 0)]
    assert ("annual_review", 30) in told("2027-12-15")
    assert ("annual_review", 0) in told("2028-01-01")
    ids = [
        each.reminder_id for day in ("2027-05-31", "2027-06-01") for each in reminders(known, date.fromisoformat(day))
    ]
    assert len(set(ids)) == 1


@pytest.mark.parametrize("way", WAYS)
def test_each_way_has_a_record_with_figures_and_a_form(way: str) -> None:
    record = WAYS[way].model_validate(RECORDS[way])
    numbers = {name: value for name, value in RECORDS[way].items() if not isinstance(value, str)}
    assert record.measures().items() >= {name: float(value) for name, value in numbers.items()}.items()
    assert set(record.measures()) <= set(WAYS[way].units())
    for name, field in WAYS[way].model_fields.items():
        assert field.title, name
        assert kind_of(field) in ("number", "yes", "day", "choice", "text")
    with pytest.raises(ValidationError):
        WAYS[way].model_validate({**RECORDS[way], "surprise": 1})
    for name, value in numbers.items():
        if not isinstance(value, bool):
            with pytest.raises(ValidationError):
                WAYS[way].model_validate({**RECORDS[way], name: -value})


def test_all_eleven_ways_of_the_mission_are_there() -> None:
    assert set(WAYS) == set(RECORDS)
    assert len(WAYS) == 11
