"""Who works together in the demonstration: something that both sides could have said, on any day of the season."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from deploy.demonstration.campaign import season_of
from deploy.demonstration.directory import districts, preparing_providers
from deploy.demonstration.partnering import Together
from deploy.demonstration.partnerships import Pair, drawn_pairs, partner_districts
from deploy.demonstration.simulate import simulate
from deploy.demonstration.vacancies import vacancies_of
from services.partnership.domain.ledger.activity import NewActivity, checked
from services.partnership.domain.ledger.measurement import NewMeasurement
from services.partnership.domain.ledger.parties import NewContact
from services.partnership.domain.ledger.terms import Terms
from services.partnership.domain.ledger.ways import WAYS
from services.partnership.domain.vacancies import StatedVacancies

SEASON = 2026
EVERYONE = districts()


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return drawn_pairs(7, SEASON, EVERYONE, preparing_providers())


def test_all_eleven_ways_and_every_state_occur(pairs: list[Pair]) -> None:
    done = Counter(said.body["way"] for pair in pairs for said in pair.activities)
    assert set(done) == set(WAYS)
    assert {pair.stand for pair in pairs} == {"in_force", "amended", "disputed", "proposed"}
    assert len({(pair.provider_code, pair.district_code) for pair in pairs}) == len(pairs)


def test_what_is_said_is_what_the_doors_take(pairs: list[Pair]) -> None:
    for pair in pairs:
        terms = Terms.model_validate(pair.terms)
        if pair.amendment:
            assert Terms.model_validate(pair.amendment) != terms
        for _, contact in pair.contacts:
            NewContact.model_validate(contact)
        for said in pair.activities:
            activity = NewActivity.model_validate(said.body)
            assert activity.way in terms.ways
            checked(activity.way, activity.record)
        for said in pair.measured:
            NewMeasurement.model_validate(said.body)


@pytest.mark.parametrize("season", [2026, 2027, 2031])
def test_whatever_the_day_the_terms_run_and_all_that_was_done_is_past(season: int) -> None:
    pairs = drawn_pairs(7, season, EVERYONE, preparing_providers())
    days = [date(season, 10, 2) + timedelta(days=day) for day in range(366)]
    for today in (day for day in days if season_of(day) == season):
        for pair in (pair for pair in pairs if pair.is_in_force):
            terms = Terms.model_validate(pair.terms)
            assert terms.begins_on <= today <= terms.ends_on
            said = (*(each.body["happened_on"] for each in pair.activities), *(_days(pair)))
            assert all(terms.begins_on <= date.fromisoformat(day) <= today for day in said)


def _days(pair: Pair) -> list[str]:
    return [each.body["measured_on"] for each in pair.measured]


def test_no_two_partners_share_an_address(pairs: list[Pair]) -> None:
    addresses = [contact["email"] for pair in pairs for _, contact in pair.contacts]
    assert len(set(addresses)) == len(addresses)


def test_districts_state_openings_that_can_be_taken_one_field_of_which_nobody_prepares_for() -> None:
    stated = [vacancies_of(7, district) for district in partner_districts(EVERYONE)]
    for vacancies in stated:
        StatedVacancies.model_validate({"vacancies": vacancies})
    assert any(each["licence_field"].startswith("Speech") for vacancies in stated for each in vacancies)


def test_a_partner_without_an_address_is_not_expected_to_be_written_to(tmp_path: Path) -> None:
    simulate(7, 4, tmp_path, season=SEASON)
    together = Together.of(tmp_path, 7, SEASON)
    own = [pair for pair in together.pairs if pair.provider_code == together.reviewed.code]
    assert together.partners == sum(len(pair.contacts) for pair in own) + len(own)
    holders = tmp_path / "role_holders.csv"
    rows = holders.read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if not row.startswith(f"{own[0].district_code},district_contact")]
    holders.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert Together.of(tmp_path, 7, SEASON).partners == together.partners - 1
