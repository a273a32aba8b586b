"""What a partner is asked about a provider under review, and who is asked: the rules, without a service around them."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.survey.domain.campaign import PartnerCampaign, campaign_in
from services.survey.domain.decision import ContactDecision, Outcome, Rule
from services.survey.domain.instrument import Instrument
from services.survey.domain.issuing import follow_contact, issue_about_provider, partner_survey_id_of
from services.survey.domain.recipient import recommended
from services.survey.domain.review import Review, campaign_for, decide_contacts
from services.survey.domain.sitting import open_sitting
from services.survey.domain.survey import REASONS, AlreadyHandedOver, State, Survey
from services.survey.store.library import CAMPAIGNS, Library
from shared.errors import InvalidInput, Misconfigured
from shared.events.partnerships import ContactOrigin, ReviewEvent
from shared.events.survey import About, DeclineReason, SurveyIssued, SurveyWithdrawn, WithdrawalReason
from tests.survey.builders import (
    CONTACT,
    DISTRICT,
    NOW,
    PROVIDER,
    REVIEW,
    a_survey,
    instrument,
    library,
    partner_instrument,
    review_closed,
    review_contact,
    review_opened,
)

ASPECTS = {
    "responds_to_needs",
    "uses_contributions",
    "improves_candidate_experience",
    "benefits_students",
    "evaluates_partnership",
}
CAMPAIGN = library().partner_campaigns[0]
FIRST_RELEASE = "40969efa405c2c421df75bc2ee3b8ab54cf75afd65841c3418d39040fbb3cbdf"


def review(*told: tuple[ReviewEvent, int]) -> Review:
    found = Review(review_id=REVIEW)
    for event, sequence in told:
        found = found.told(event, sequence)
    return found


def decision(*told: tuple[ReviewEvent, int], campaign: PartnerCampaign | None = CAMPAIGN) -> ContactDecision:
    (found,) = decide_contacts(review(*told), campaign, NOW)
    return found


def partner_survey() -> Survey:
    opened = review((review_opened(), 1)).opened
    assert opened is not None
    survey, _ = issue_about_provider(decision((review_opened(), 1)), opened, CAMPAIGN, NOW)
    return survey


def test_every_rated_item_speaks_to_one_of_the_five_criteria_and_context_items_to_none() -> None:
    told = partner_instrument().published()
    assert told.about is About.PROVIDER
    assert {item.criterion for item in told.items if item.criterion} == ASPECTS
    assert {item.item_id for item in told.items if not item.criterion} == {
        "years_as_partner",
        "depth_of_contact",
        "candidates_hosted",
    }


def test_an_instrument_that_was_published_before_is_still_the_same() -> None:
    assert instrument().fingerprint == FIRST_RELEASE
    reworded = partner_instrument().model_dump()
    reworded["sections"][0]["items"][0]["criterion"] = "benefits_students"
    assert Instrument.model_validate(reworded).fingerprint != partner_instrument().fingerprint


def test_a_campaign_about_providers_has_no_rules_about_completers() -> None:
    text = (CAMPAIGNS / "partner-survey.yaml").read_text("utf-8")
    assert isinstance(campaign_in(text), PartnerCampaign)
    with pytest.raises(Misconfigured, match="of campaigns about completers"):
        campaign_in(text + "wave: '2027'\n")
    with pytest.raises(Misconfigured, match="is no campaign"):
        campaign_in(text.replace("about: provider", "about: nobody"))


def test_a_campaign_and_its_instrument_ask_about_the_same() -> None:
    wrong = CAMPAIGN.model_copy(update={"instrument_id": "hiring_survey"})
    with pytest.raises(Misconfigured, match="about a completer"):
        Library([instrument(), partner_instrument()], [wrong])


def test_each_contact_is_asked_once_for_a_review_until_the_day_that_it_says() -> None:
    survey = partner_survey()
    assert survey.survey_id == partner_survey_id_of(REVIEW, CONTACT)
    assert (survey.review_id, survey.wave, survey.program_id, survey.target.hire_id) == (REVIEW, REVIEW, None, None)
    assert (survey.closes_on, survey.last_day, survey.school_year) == (date(2027, 6, 30), date(2027, 6, 30), 2027)
    twice = review_opened(review_contact(), review_contact(origin=ContactOrigin.AGENCY))
    (decided,) = decide_contacts(review((twice, 1)), CAMPAIGN, NOW)
    assert decided.inputs["origin"] == "provider"


@pytest.mark.parametrize(
    ("told", "campaign", "rule"),
    [
        ([(review_opened(), 1)], CAMPAIGN, Rule.ON_THE_PARTNER_LIST),
        ([(review_opened(), 1), (review_closed(), 2)], CAMPAIGN, Rule.REVIEW_CLOSED),
        ([(review_opened(), 3), (review_closed(), 2)], CAMPAIGN, Rule.ON_THE_PARTNER_LIST),
        ([(review_opened(answers_until=date(2027, 4, 4)), 1)], CAMPAIGN, Rule.CAMPAIGN_CLOSED),
        ([(review_opened(), 1)], None, Rule.NO_CAMPAIGN),
    ],
)
def test_each_rule_decides(told: list[tuple[ReviewEvent, int]], campaign: PartnerCampaign | None, rule: Rule) -> None:
    decided = decision(*told, campaign=campaign)
    assert decided.rule is rule
    assert (decided.outcome is Outcome.ASK) == (rule is Rule.ON_THE_PARTNER_LIST) == (decided.target is not None)


def test_a_review_belongs_to_the_campaign_in_whose_window_it_opens() -> None:
    opened = review((review_opened(), 1)).opened
    assert campaign_for(opened, [CAMPAIGN]) is CAMPAIGN
    later = CAMPAIGN.model_copy(update={"opens_on": date(2027, 4, 2)})
    assert campaign_for(opened, [later]) is None


TOLD = (
    (review_opened(), 1),
    (review_opened(review_contact(), review_contact("another")), 2),
    (review_closed(), 3),
    (review_opened(answers_until=date(2027, 7, 31)), 4),
)


@given(st.lists(st.sampled_from(TOLD), max_size=6), st.sampled_from(list(permutations(TOLD))))
def test_the_order_of_arrival_and_repeats_do_not_matter(
    again: list[tuple[ReviewEvent, int]], order: tuple[tuple[ReviewEvent, int], ...]
) -> None:
    found, expected = review(*again, *order), review(*TOLD)
    assert found == expected
    once = found.decided(decide_contacts(found, CAMPAIGN, NOW))
    assert once.decided(decide_contacts(once, CAMPAIGN, NOW + timedelta(minutes=1))) is once


def test_a_closed_review_withdraws_what_is_open_and_leaves_what_was_answered() -> None:
    closed = decision((review_opened(), 1), (review_closed(), 2))
    opened = review((review_opened(), 1)).opened
    assert opened is not None
    withdrawn, events = follow_contact(partner_survey(), closed, opened, CAMPAIGN, NOW)
    assert withdrawn.state is State.WITHDRAWN
    assert [(type(one), one.reason) for one in events if isinstance(one, SurveyWithdrawn)] == [
        (SurveyWithdrawn, WithdrawalReason.REVIEW_CLOSED)
    ]
    answered = partner_survey().model_copy(update={"state": State.SUBMITTED})
    assert follow_contact(answered, closed, opened, CAMPAIGN, NOW) == (answered, [])


def test_a_review_that_opens_again_asks_again_until_its_new_day() -> None:
    again = review_opened(answers_until=date(2027, 9, 30))
    opened = review((again, 3)).opened
    assert opened is not None
    withdrawn = partner_survey().withdraw(WithdrawalReason.REVIEW_CLOSED, NOW)[0]
    for survey in (withdrawn, partner_survey()):
        after, events = follow_contact(survey, decision((again, 3)), opened, CAMPAIGN, NOW)
        assert (after.state, after.last_day, after.revision) == (
            State.ISSUED,
            date(2027, 9, 30),
            survey.revision + 1,
        )
        assert [one.closes_on for one in events if isinstance(one, SurveyIssued)] == [date(2027, 9, 30)]


def test_reasons_not_to_answer_fit_what_is_asked() -> None:
    assert DeclineReason.WRONG_PERSON not in REASONS[About.COMPLETER]
    for survey, reason in ((partner_survey(), DeclineReason.NEVER_HERE), (a_survey(), DeclineReason.WRONG_PERSON)):
        with pytest.raises(InvalidInput):
            survey.decline(reason, NOW)
    for reason in REASONS[About.PROVIDER]:
        assert partner_survey().decline(reason, NOW)[0].decline_reason is reason


def test_a_form_is_handed_over_once_and_never_comes_back() -> None:
    passed, (event,) = partner_survey().announced("list").recommend(NOW)
    assert isinstance(event, SurveyIssued)
    assert passed.target.recipient_role == event.recipient_role == recommended(passed.survey_id)
    assert (passed.sitting_id, passed.awaiting_since, passed.target.district_id) == (None, NOW, DISTRICT)
    with pytest.raises(AlreadyHandedOver):
        passed.recommend(NOW)
    told_again = decision((review_opened(), 5))
    opened = review((review_opened(), 5)).opened
    assert opened is not None
    assert follow_contact(passed, told_again, opened, CAMPAIGN, NOW) == (passed, [])
    with pytest.raises(AlreadyHandedOver):
        a_survey().recommend(NOW)


def test_a_sitting_lives_as_long_as_its_longest_survey_and_a_late_one_gets_a_new_link() -> None:
    sitting = open_sitting("P-1", token_hash="h", last_day=NOW.date(), now=NOW).invite({"a": NOW}, ["r"], NOW)
    longer = sitting.invite({}, ["r"], NOW, last_day=date(2027, 6, 30))
    assert (longer.last_day, longer.revision) == (date(2027, 6, 30), sitting.revision + 1)
    assert longer.invite({}, ["r"], NOW, last_day=date(2027, 5, 1)) is longer
    renewed = sitting.with_new_link("n")
    assert (renewed.link_version, renewed.token_hash, renewed.revision) == (2, "n", sitting.revision)


def test_a_district_that_prepares_educators_itself_is_marked() -> None:
    own = review_opened(review_contact(district_id=PROVIDER))
    target = decision((own, 1)).target
    assert target is not None
    assert target.is_provider_the_employer
