"""The rules of reviews: usual dates, how it stands with a contact, and one list of all who are named."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.partnership.domain.reviews.disposition import HEARD, Asked, Disposition, standing_of
from services.partnership.domain.reviews.partner_list import ListedContact, Named, joined
from services.partnership.domain.reviews.process import PROCESSES, refuse_bad_plan
from shared.events.partnerships import ContactOrigin


def test_the_usual_dates_of_each_process_are_a_plan_that_can_be() -> None:
    for process in PROCESSES.values():
        for day in (date(2027, 1, 31), date(2028, 2, 29)):
            refuse_bad_plan(process, process.usual_plan(day), process.usual_last_day(day))


heard_of = st.lists(
    st.tuples(st.sampled_from(list(HEARD.values())), st.integers(1, 9), st.sampled_from(["a", "b"])), max_size=8
)


@given(heard_of, st.randoms(use_true_random=False))
def test_how_it_stands_does_not_depend_on_the_order_of_hearing(
    told: list[tuple[Disposition, int, str]], chance: Any
) -> None:
    by_sequence = {sequence: (disposition, who) for disposition, sequence, who in told}

    def noted(order: list[int]) -> Asked:
        heard: dict[Disposition, int] = {}
        recipients: dict[int, str] = {}
        for sequence in order:
            disposition, who = by_sequence[sequence]
            heard[disposition] = max(sequence, heard.get(disposition, 0))
            if disposition is Disposition.ASKED:
                recipients[sequence] = who
        return Asked(survey_id="s", review_id="r", district_id="d", heard=heard, recipients=recipients)

    order = sorted(by_sequence)
    shuffled = chance.sample(order, len(order))
    for who in ("a", "b"):
        assert standing_of(who, [noted(order)]) == standing_of(who, [noted(shuffled)])


def test_who_hands_the_question_on_is_shown_with_whom_it_went_to() -> None:
    first = {Disposition.ASKED: 3, Disposition.DECLINED: 2, Disposition.DELIVERED: 4}
    asked_twice = Asked(survey_id="s", review_id="r", district_id="d", heard=first, recipients={1: "a", 3: "b"})
    assert standing_of("a", [asked_twice]).handed_to == "b"
    assert standing_of("b", [asked_twice]).disposition is Disposition.DELIVERED
    assert standing_of("c", [asked_twice]).disposition is Disposition.NOT_ASKED


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(list(ContactOrigin))), max_size=8))
def test_a_contact_is_on_the_list_once_and_told_as_named_by_the_first_in_rank(
    named: list[tuple[str, ContactOrigin]],
) -> None:
    contacts = [
        ListedContact(
            contact_key=key,
            district_id="d",
            named=(Named(origin=origin, by=origin.value, at=datetime(2027, 4, 5, tzinfo=UTC)),),
        )
        for key, origin in named
    ]
    rank = list(ContactOrigin)
    listed = joined(contacts)
    assert [each.contact_key for each in listed] == sorted({key for key, _ in named})
    for each in listed:
        origins = {origin for key, origin in named if key == each.contact_key}
        assert each.told().origin is min(origins, key=rank.index)
        assert {one.origin for one in each.named} == origins
