"""The figures of a campaign, as far as the reader may see them."""

from services.analytics.domain.fact import Leaf
from services.analytics.domain.results import Results, results_of
from services.analytics.domain.tally import Tally, total
from services.analytics.store.generations import ReadModel
from services.analytics.store.names import InstrumentStore
from shared.access.callers import Scope
from shared.errors import NotFound
from shared.events.survey import InstrumentItem


async def read_results(campaign_id: str, scope: Scope, *, model: ReadModel, threshold: int) -> Results:
    """The state's figures and those of the providers in `scope`.

    What is withheld follows from all providers, also those that the reader does not see. NotFound: no such campaign.
    """
    found = await model.leaves.of_campaign(campaign_id)
    if not found:
        raise NotFound(
            "There is no such campaign, or nothing has been issued in it yet.", hint="Look at the list of campaigns."
        )
    by_provider: dict[str, list[Tally]] = {}
    for leaf, tally in found:
        by_provider.setdefault(leaf.provider_id, []).append(tally)
    items = await _items([leaf for leaf, _ in found], model.instruments)
    tallies = {provider: total(parts) for provider, parts in by_provider.items()}
    results = results_of(campaign_id, tallies, items, threshold)
    visible = {provider: figures for provider, figures in results.providers.items() if scope.has_provider(provider)}
    return results.model_copy(update={"providers": visible})


async def _items(leaves: list[Leaf], instruments: InstrumentStore) -> tuple[InstrumentItem, ...]:
    """The items of the newest version in use: an item keeps its id for as long as it keeps its meaning."""
    newest = max(leaves, key=lambda leaf: leaf.instrument_version)
    instrument = await instruments.get(newest.instrument_id, newest.instrument_version)
    return instrument.items if instrument is not None else ()
