"""The campaigns of a simulated season: the shipped ones, moved to the season's school year."""

from datetime import date
from pathlib import Path

import yaml

from services.survey.store.library import CAMPAIGNS

LAST_SNAPSHOT = (10, 1)
"""Month and day: a season's snapshots run from 20 August to 1 October."""


def season_of(today: date) -> int:
    """The latest season that is over."""
    return today.year if (today.month, today.day) > LAST_SNAPSHOT else today.year - 1


def write_campaign(folder: Path, season: int) -> None:
    """The annual Hiring Survey of the school year that ends in `season` + 1, as `folder`/hiring-<year>.yaml.

    It takes answers until the next season is over, so that the demonstration of a season never finds it closed.
    The Partner Survey lies beside it.
    """
    year = season + 1
    campaign = yaml.safe_load((CAMPAIGNS / "hiring-2027.yaml").read_text(encoding="utf-8"))
    campaign |= {
        "campaign_id": f"hiring-{year}",
        "title": f"Hiring Survey {year}",
        "wave": str(year),
        "school_year": year,
        "opens_on": date(season, 8, 1),
        "closes_on": date(year, 10, 31),
    }
    campaign["eligibility"] |= {
        "completed_from": date(season - 3, 9, 1),
        "completed_until": date(year, 7, 31),
        "hired_until": date(year, 6, 30),
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(campaign, sort_keys=False, allow_unicode=True)
    (folder / f"hiring-{year}.yaml").write_text(text, encoding="utf-8")
    _write_partner_campaign(folder, season)


def _write_partner_campaign(folder: Path, season: int) -> None:
    """For every review that opens around the season: its partners are asked."""
    campaign = yaml.safe_load((CAMPAIGNS / "partner-survey.yaml").read_text(encoding="utf-8"))
    campaign |= {"opens_on": date(season - 1, 8, 1), "closes_on": date(season + 7, 7, 31)}
    text = yaml.safe_dump(campaign, sort_keys=False, allow_unicode=True)
    (folder / "partner-survey.yaml").write_text(text, encoding="utf-8")
