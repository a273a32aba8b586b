"""The figures of a campaign, as far as the reader may see them: about completers, or about providers under review."""

from services.analytics.domain.criteria import CriteriaResults, Reviewed, criteria_of
from services.analytics.domain.fact import Leaf
from services.analytics.domain.results import Results, results_of
from services.analytics.domain.tally import Tally, total
from services.analytics.store.generations import ReadModel
from services.analytics.store.names import InstrumentStore
from shared.access.callers import Scope
from shared.errors import NotFound
from shared.events.survey import About, InstrumentPublished


class AboutProviders(NotFound):
    """What was asked for as results about completers are results about providers."""


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
    instrument = await _instrument([leaf for leaf, _ in found], model.instruments)
    if instrument is not None and instrument.about is About.PROVIDER:
        raise AboutProviders("This survey asks about providers under review.", hint="Look at its results by criterion.")
    tallies = {provider: total(parts) for provider, parts in by_provider.items()}
    results = results_of(campaign_id, tallies, instrument.items if instrument else (), threshold)
    visible = {provider: figures for provider, figures in results.providers.items() if scope.has_provider(provider)}
    return results.model_copy(update={"providers": visible})


async def read_criteria(campaign_id: str, scope: Scope, *, model: ReadModel, threshold: int) -> CriteriaResults:
    """The figures of all providers under review together, and those of each review of the providers in `scope`.

    What is withheld follows from all reviews. NotFound: no such campaign, or it is not about providers.
    """
    found = [(leaf, tally) for leaf, tally in await model.leaves.of_campaign(campaign_id) if leaf.review_id is not None]
    instrument = await _instrument([leaf for leaf, _ in found], model.instruments) if found else None
    if instrument is None or instrument.about is not About.PROVIDER:
        raise NotFound(
            "There is no such survey about providers, or nobody was asked in it yet.",
            hint="Look at the list of campaigns.",
        )
    reviews: dict[Reviewed, list[Tally]] = {}
    for leaf, tally in found:
        reviews.setdefault(Reviewed(leaf.review_id or "", leaf.provider_id, leaf.school_year), []).append(tally)
    tallies = {review: total(parts) for review, parts in reviews.items()}
    results = criteria_of(campaign_id, tallies, instrument.items, threshold)
    visible = tuple(review for review in results.reviews if scope.has_provider(review.provider_id))
    return results.model_copy(update={"reviews": visible})


async def _instrument(leaves: list[Leaf], instruments: InstrumentStore) -> InstrumentPublished | None:
    """The newest version in use: an item keeps its id for as long as it keeps its meaning."""
    newest = max(leaves, key=lambda leaf: leaf.instrument_version)
    return await instruments.get(newest.instrument_id, newest.instrument_version)
