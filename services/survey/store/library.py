"""The instruments and campaigns on file: read once, at the start."""

from collections.abc import Iterable
from pathlib import Path

from services.survey.domain.campaign import Campaign, Inquiry, PartnerCampaign, campaign_in
from services.survey.domain.instrument import Instrument
from shared.errors import Misconfigured

DOMAIN = Path(__file__).parents[1] / "domain"
CAMPAIGNS = DOMAIN / "campaigns"


class Library:
    """Every version of every instrument, and the campaigns that are run: about completers, and about providers."""

    def __init__(self, instruments: Iterable[Instrument], campaigns: Iterable[Campaign | PartnerCampaign]) -> None:
        self._instruments = {(one.instrument_id, one.version): one for one in instruments}
        on_file = list(campaigns)
        self.campaigns = tuple(one for one in on_file if isinstance(one, Campaign))
        self.partner_campaigns = tuple(one for one in on_file if isinstance(one, PartnerCampaign))
        self._by_id: dict[str, Inquiry] = {one.campaign_id: one for one in self.all}
        for campaign in self.all:
            instrument = self._instruments.get((campaign.instrument_id, campaign.instrument_version))
            if instrument is None:
                raise Misconfigured(f"Campaign {campaign.campaign_id} uses an instrument that is not on file.")
            if instrument.about is not campaign.about:
                raise Misconfigured(f"Campaign {campaign.campaign_id} uses an instrument about a {instrument.about}.")

    @classmethod
    def read(cls, campaigns: Path = CAMPAIGNS) -> "Library":
        """The instruments of this release, and the campaigns (`*.yaml`) of a folder."""
        instruments = [Instrument.parse(path.read_text("utf-8")) for path in _files(DOMAIN / "instruments")]
        on_file = [campaign_in(path.read_text("utf-8")) for path in _files(campaigns)]
        if not on_file:
            raise Misconfigured("SURVEY_CAMPAIGNS_FOLDER holds no campaign (*.yaml).")
        return cls(instruments, on_file)

    def used(self) -> list[Instrument]:
        """The instruments that some campaign uses."""
        wanted = {(campaign.instrument_id, campaign.instrument_version) for campaign in self.all}
        return [self._instruments[one] for one in sorted(wanted)]

    @property
    def all(self) -> tuple[Inquiry, ...]:
        return (*self.campaigns, *self.partner_campaigns)

    def campaign(self, campaign_id: str) -> Inquiry:
        return self._by_id[campaign_id]

    def instrument(self, instrument_id: str, version: int) -> Instrument:
        return self._instruments[instrument_id, version]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))
