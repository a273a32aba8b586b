"""The instruments and campaigns on file: read once, at the start."""

from collections.abc import Iterable
from pathlib import Path

from services.survey.domain.campaign import Campaign
from services.survey.domain.instrument import Instrument
from shared.errors import Misconfigured

DOMAIN = Path(__file__).parents[1] / "domain"
CAMPAIGNS = DOMAIN / "campaigns"


class Library:
    """Every version of every instrument, and the campaigns that are run."""

    def __init__(self, instruments: Iterable[Instrument], campaigns: Iterable[Campaign]) -> None:
        self._instruments = {(one.instrument_id, one.version): one for one in instruments}
        self.campaigns = tuple(campaigns)
        for campaign in self.campaigns:
            if (campaign.instrument_id, campaign.instrument_version) not in self._instruments:
                raise Misconfigured(f"Campaign {campaign.campaign_id} uses an instrument that is not on file.")

    @classmethod
    def read(cls, campaigns: Path = CAMPAIGNS) -> "Library":
        """The instruments of this release, and the campaigns (`*.yaml`) of a folder."""
        instruments = [Instrument.parse(path.read_text("utf-8")) for path in _files(DOMAIN / "instruments")]
        on_file = [Campaign.parse(path.read_text("utf-8")) for path in _files(campaigns)]
        if not on_file:
            raise Misconfigured("SURVEY_CAMPAIGNS_FOLDER holds no campaign (*.yaml).")
        return cls(instruments, on_file)

    def used(self) -> list[Instrument]:
        """The instruments that some campaign uses."""
        wanted = {(campaign.instrument_id, campaign.instrument_version) for campaign in self.campaigns}
        return [self._instruments[one] for one in sorted(wanted)]

    def campaign(self, campaign_id: str) -> Campaign:
        return next(campaign for campaign in self.campaigns if campaign.campaign_id == campaign_id)

    def instrument(self, instrument_id: str, version: int) -> Instrument:
        return self._instruments[instrument_id, version]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))
