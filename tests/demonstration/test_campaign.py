"""The demonstration works on any day of any year."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from deploy.demonstration.campaign import season_of, write_campaign
from services.survey.store.library import Library


@pytest.mark.parametrize(
    ("today", "season"),
    [(date(2026, 11, 23), 2026), (date(2027, 8, 19), 2026), (date(2027, 10, 1), 2026), (date(2027, 10, 2), 2027)],
)
def test_the_season_is_the_latest_that_is_over(today: date, season: int) -> None:
    assert season_of(today) == season


@pytest.mark.parametrize("season", [2026, 2027, 2030])
def test_a_season_finds_its_campaign_open_on_every_day(season: int, tmp_path: Path) -> None:
    write_campaign(tmp_path, season)
    (campaign,) = Library.read(tmp_path).campaigns
    assert campaign.campaign_id == f"hiring-{season + 1}"
    days = [date(season, 10, 2) + timedelta(days=day) for day in range(366)]
    for today in (day for day in days if season_of(day) == season):
        assert campaign.opens_on <= today <= campaign.closes_on
