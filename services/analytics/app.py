"""Analytics, read aloud: it hears what happened to surveys, keeps each fact once, and shows what they say."""

from functools import partial
from pathlib import Path

from services.analytics.metrics import AnalyticsMetrics
from services.analytics.settings import AnalyticsSettings
from services.analytics.store import FactStore, InstrumentStore, LeafStore, NameStore
from services.analytics.use_cases.note_fact import note_fact
from services.analytics.use_cases.note_names import note_instrument, note_organization, note_program
from services.analytics.use_cases.refresh_leaves import refresh_leaves
from services.analytics.web import api_results, pages_results
from services.analytics.web.places import Places
from shared.coalesce import CoalescedRuns
from shared.events.partnership import ORGANIZATIONS, OrganizationChanged, ProgramChanged
from shared.events.survey import (
    SURVEYS,
    InstrumentPublished,
    InvitationBounced,
    InvitationDelivered,
    SurveyDeclined,
    SurveyExpired,
    SurveyIssued,
    SurveyStarted,
    SurveySubmitted,
    SurveyWithdrawn,
)
from shared.pages import Pages
from shared.service import Frame, Wiring, run

TEMPLATES = Path(__file__).parent / "web" / "templates"
NAVIGATION = (("/", "Results"),)


async def wire(frame: Frame) -> Wiring:
    """Stores → doors → reactions."""
    settings: AnalyticsSettings = frame.settings
    facts, leaves = FactStore(frame.mongo), LeafStore(frame.mongo)
    names, instruments = NameStore(frame.mongo), InstrumentStore(frame.mongo)
    pages = Pages(TEMPLATES, service_name="Results", service_nav=NAVIGATION, release=settings.release)

    async def ensure_indexes() -> None:
        await facts.ensure_indexes()
        await leaves.ensure_indexes()

    refresh = CoalescedRuns(partial(refresh_leaves, facts=facts, leaves=leaves))
    note = partial(note_fact, facts=facts, refresh=refresh.done, metrics=AnalyticsMetrics(frame.registry))
    return Wiring(
        routers=[api_results.router, pages_results.router],
        state=Places(leaves, names, instruments, pages, settings.smallest_group),
        topics=[ORGANIZATIONS, SURVEYS],
        reactions={
            SurveyIssued: note,
            InvitationDelivered: note,
            InvitationBounced: note,
            SurveyStarted: note,
            SurveySubmitted: note,
            SurveyDeclined: note,
            SurveyWithdrawn: note,
            SurveyExpired: note,
            InstrumentPublished: partial(note_instrument, instruments=instruments),
            OrganizationChanged: partial(note_organization, names=names),
            ProgramChanged: partial(note_program, names=names),
        },
        indexes=ensure_indexes,
    )


if __name__ == "__main__":
    run("analytics", AnalyticsSettings, wire)
