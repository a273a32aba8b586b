"""Analytics, read aloud: it hears what happened to surveys, keeps each fact once, and shows what they say."""

from functools import partial
from pathlib import Path

from services.analytics.metrics import AnalyticsMetrics
from services.analytics.settings import AnalyticsSettings
from services.analytics.store.generations import Generations, Written
from services.analytics.use_cases.note_fact import note_fact
from services.analytics.use_cases.note_names import note_instrument, note_organization, note_program
from services.analytics.use_cases.note_partnership import note_partnership
from services.analytics.use_cases.refresh_leaves import keep_leaves_fresh
from services.analytics.web import api_criteria, api_partnerships, api_results, pages_criteria, pages_results
from services.analytics.web.places import Places
from shared.events import Event
from shared.events.partnership import ORGANIZATIONS, OrganizationChanged, ProgramChanged
from shared.events.partnerships import (
    PARTNERSHIPS,
    ActivityRecorded,
    AttestationGiven,
    GoalMeasured,
    PartnershipChanged,
    VacanciesProjected,
)
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
from shared.reactions import Reaction
from shared.service import Frame, Wiring, run

TEMPLATES = Path(__file__).parent / "web" / "templates"
NAVIGATION = (("/", "Results"),)
TOPICS = (ORGANIZATIONS, PARTNERSHIPS, SURVEYS)


def reactions(to: Written, metrics: AnalyticsMetrics) -> dict[type[Event], Reaction]:
    """What is done about which event, wherever it is kept."""
    note = partial(note_fact, to=to, metrics=metrics)
    note_statement = partial(note_partnership, to=to)
    return {
        SurveyIssued: note,
        InvitationDelivered: note,
        InvitationBounced: note,
        SurveyStarted: note,
        SurveySubmitted: note,
        SurveyDeclined: note,
        SurveyWithdrawn: note,
        SurveyExpired: note,
        InstrumentPublished: partial(note_instrument, to=to),
        OrganizationChanged: partial(note_organization, to=to),
        ProgramChanged: partial(note_program, to=to),
        PartnershipChanged: note_statement,
        ActivityRecorded: note_statement,
        GoalMeasured: note_statement,
        AttestationGiven: note_statement,
        VacanciesProjected: note_statement,
    }


async def wire(frame: Frame) -> Wiring:
    """Stores → doors → reactions."""
    settings: AnalyticsSettings = frame.settings
    generations = Generations(frame.mongo)
    pages = Pages(TEMPLATES, service_name="Results", service_nav=NAVIGATION, release=settings.release)

    async def ensure_indexes() -> None:
        for model in await generations.written():
            await model.ensure_indexes()

    return Wiring(
        routers=[
            api_results.router,
            api_criteria.router,
            api_partnerships.router,
            pages_results.router,
            pages_criteria.router,
        ],
        state=Places(generations, pages, settings.smallest_group),
        topics=TOPICS,
        reactions=reactions(generations, AnalyticsMetrics(frame.registry)),
        loops={
            "leaves": partial(keep_leaves_fresh, generations=generations, seconds=settings.refresh_seconds),
        },
        indexes=ensure_indexes,
    )


if __name__ == "__main__":
    run("analytics", AnalyticsSettings, wire)
