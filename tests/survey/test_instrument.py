"""What is asked, and which answers are acceptable."""

import pytest

from services.survey.domain.instrument import COMMENT, Instrument
from services.survey.store.library import DOMAIN
from shared.errors import Misconfigured
from tests.survey.builders import answers, instrument

FINGERPRINT = "40969efa405c2c421df75bc2ee3b8ab54cf75afd65841c3418d39040fbb3cbdf"


def test_the_first_version_never_changes() -> None:
    assert instrument().fingerprint == FINGERPRINT, "A change of wording is a new version, in a file of its own."


def test_the_hiring_survey_has_one_overall_item_on_five_described_levels() -> None:
    overall = instrument().items["overall_readiness"]
    assert sorted(overall.codes) == [1, 2, 3, 4, 5]
    assert all(level.description for level in overall.levels)


def test_the_hiring_survey_has_six_detail_items_on_four_points() -> None:
    details = next(section for section in instrument().sections if section.id == "details")
    assert len(details.items) == 6
    assert all(sorted(item.codes) == [1, 2, 3, 4] for item in details.items)


def test_a_complete_form_has_no_faults() -> None:
    assert instrument().faults(answers(), None) == []
    assert instrument().faults(answers(), "Well prepared.") == []


def test_each_missing_answer_is_named_in_the_order_of_the_form() -> None:
    faults = instrument().faults({"high_expectations": 3}, None)
    expected = [item_id for item_id in instrument().items if item_id != "high_expectations"]
    assert [fault.field for fault in faults] == expected
    assert {fault.kind for fault in faults} == {"missing"}


def test_a_code_off_the_scale_is_named_with_its_question() -> None:
    (fault,) = instrument().faults(answers(structured_lessons=5), None)
    assert (fault.field, fault.kind) == ("structured_lessons", "out_of_range")
    assert instrument().items["structured_lessons"].text in fault.text


def test_an_unknown_item_is_refused_even_in_a_draft() -> None:
    (fault,) = instrument().faults_of_draft({"salary": 1}, None)
    assert (fault.field, fault.kind) == ("salary", "unknown_item")


def test_a_draft_may_have_gaps() -> None:
    assert instrument().faults_of_draft({"overall_readiness": 3}, None) == []


def test_a_comment_may_be_as_long_as_told_and_no_longer() -> None:
    longest = instrument().comment.longest
    assert instrument().faults_of_draft({}, "x" * longest) == []
    (fault,) = instrument().faults_of_draft({}, "x" * (longest + 1))
    assert (fault.field, fault.kind) == (COMMENT, "too_long")


def test_what_is_published_has_each_scale_lowest_code_first_and_one_headline() -> None:
    published = instrument().published()
    assert [item.item_id for item in published.items if item.is_headline] == ["overall_readiness"]
    for item in published.items:
        codes = [point.code for point in item.scale]
        assert codes == sorted(codes)


@pytest.mark.parametrize(
    ("old", "new"),
    [("id: high_expectations", "id: overall_readiness"), ("{code: 5,", "{code: 4,"), ("version: 1", "version: one")],
)
def test_a_broken_instrument_is_refused_at_the_start(old: str, new: str) -> None:
    text = (DOMAIN / "instruments" / "hiring_survey.v1.yaml").read_text("utf-8")
    with pytest.raises(Misconfigured):
        Instrument.parse(text.replace(old, new, 1))
