"""Survey, wired: what it hears, what it does by itself, and the doors that people answer through."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from services.survey.domain.link import LinkKey
from services.survey.metrics import SurveyMetrics
from services.survey.settings import SurveySettings
from services.survey.store.employments import Employments
from services.survey.store.instruments import Instruments
from services.survey.store.library import Library
from services.survey.store.names import Names
from services.survey.store.people import People
from services.survey.store.reviews import Reviews
from services.survey.store.sittings import Sittings
from services.survey.store.surveys import Surveys
from services.survey.use_cases.expire_overdue import expire_overdue
from services.survey.use_cases.follow_hire import follow_hire
from services.survey.use_cases.follow_review import follow_review
from services.survey.use_cases.gather_invitations import Quiet, gather_invitations
from services.survey.use_cases.note import (
    forget_person,
    note_organization,
    note_profile,
    note_program,
    note_role_holder,
)
from services.survey.use_cases.publish_instruments import publish_instruments
from services.survey.use_cases.send_mails import Mailing, keep_sending
from services.survey.web import pages_decline, pages_links, pages_sitting
from services.survey.web.api_campaigns import api
from services.survey.web.api_recipients import api_recipients
from services.survey.web.api_reviews import api_reviews
from services.survey.web.pages_recipients import recipient_pages
from services.survey.web.pages_staff import staff_pages
from services.survey.web.wired import Wired
from shared.clock import Clock
from shared.events import partnership as told
from shared.events import partnerships as told_of_partners
from shared.mail import MailServer, MailServerAddress
from shared.pages import Pages
from shared.rounds import in_rounds
from shared.seal import Seal
from shared.service import Figure, Frame, Wiring, run

TEMPLATES = Path(__file__).parent / "web" / "templates"


async def wire(frame: Frame) -> Wiring:
    """Stores → doors → reactions → what it does by itself."""
    settings: SurveySettings = frame.settings
    clock, metrics = frame.clock, SurveyMetrics(frame.registry)
    seal = Seal(settings.seal_key.get_secret_value(), service="survey")
    link_key = LinkKey(settings.link_key.get_secret_value().encode())
    library = Library.read(settings.campaigns_folder)

    surveys = Surveys(frame.documents("surveys"), seal)
    instruments = Instruments(frame.documents("instruments"))
    employments = Employments(frame.documents("employments"))
    reviews = Reviews(frame.documents("reviews"))
    sittings = Sittings(frame.documents("sittings"))
    people = People(frame.mongo.collection("role_holders"), frame.mongo.collection("profiles"), seal)
    names = Names(frame.mongo.collection("names"))

    hear_of_hire = partial(
        follow_hire, employments=employments, surveys=surveys, library=library, metrics=metrics, clock=clock
    )
    hear_of_review = partial(
        follow_review, reviews=reviews, surveys=surveys, library=library, metrics=metrics, clock=clock
    )
    hear_of_holder = partial(note_role_holder, people=people, surveys=surveys, campaigns=library.campaigns, clock=clock)
    quiet = Quiet(
        timedelta(seconds=settings.invite_after_quiet_seconds),
        timedelta(seconds=settings.invite_after_seconds_at_most),
    )
    gather = partial(
        gather_invitations,
        surveys=surveys,
        sittings=sittings,
        people=people,
        library=library,
        link_key=link_key,
        quiet=quiet,
        clock=clock,
    )
    mailing = Mailing(
        surveys=surveys,
        sittings=sittings,
        people=people,
        names=names,
        library=library,
        server=_mail_server(settings, clock),
        link_key=link_key,
        sender=settings.mail_from,
        public_url=settings.public_url,
        metrics=metrics,
        clock=clock,
    )

    async def prepare() -> None:
        await surveys.ensure_indexes()
        await sittings.ensure_indexes()
        await reviews.ensure_indexes()
        await publish_instruments(library.used(), instruments=instruments, clock=clock)

    async def figures() -> list[Figure]:
        today = clock().date()
        return [
            Figure("mails_planned", "people to be written to", await sittings.count_to_be_written_to()),
            Figure(
                "mails_unknown",
                "mails that may not have arrived",
                await sittings.count_maybe_unreached(today),
            ),
        ]

    pages = Pages(
        TEMPLATES, service_name="Surveys", service_nav=(("/campaigns", "Campaigns"),), release=settings.release
    )
    return Wiring(
        routers=[
            pages_links.links,
            pages_sitting.sitting_pages,
            pages_decline.decline_pages,
            staff_pages,
            recipient_pages,
            api,
            api_recipients,
            api_reviews,
        ],
        direct_routes=pages_sitting.ANSWERS,
        state=Wired(
            surveys=surveys,
            sittings=sittings,
            employments=employments,
            reviews=reviews,
            people=people,
            names=names,
            library=library,
            link_key=link_key,
            metrics=metrics,
            pages=pages,
            clock=clock,
            public_url=settings.public_url,
        ),
        topics=[told.ORGANIZATIONS, told.PEOPLE, told.HIRES, told_of_partners.PARTNERSHIPS],
        reactions={
            told.CompleterHired: hear_of_hire,
            told.HireAmended: hear_of_hire,
            told.HireWithdrawn: hear_of_hire,
            told.EmploymentEnded: hear_of_hire,
            told.RoleHolderChanged: hear_of_holder,
            told_of_partners.PartnerContactChanged: hear_of_holder,
            told_of_partners.ReviewOpened: hear_of_review,
            told_of_partners.ReviewClosed: hear_of_review,
            told.CompleterProfileChanged: partial(note_profile, people=people),
            told.OrganizationChanged: partial(note_organization, names=names),
            told.ProgramChanged: partial(note_program, names=names),
        },
        tombstones={told.PEOPLE: partial(forget_person, people=people, surveys=surveys, clock=clock)},
        loops={
            "gatherer": partial(in_rounds, once=gather, seconds=settings.round_seconds),
            "mailer": partial(keep_sending, mailing=mailing, seconds=settings.round_seconds),
            "expirer": partial(
                in_rounds,
                once=partial(expire_overdue, surveys=surveys, metrics=metrics, clock=clock),
                seconds=settings.round_seconds,
            ),
        },
        indexes=prepare,
        pages=pages,
        public_paths=pages_links.PUBLIC_PATHS | pages_sitting.PUBLIC_PATHS,
        paced_paths=pages_links.PUBLIC_PATHS,
        body_limits={"/sitting": pages_sitting.BODY_LIMIT},
        figures=figures,
    )


def _mail_server(settings: SurveySettings, clock: Clock) -> MailServer:
    address = MailServerAddress(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        step_seconds=settings.smtp_seconds,
        data_seconds=settings.smtp_data_seconds,
    )
    return MailServer(
        address,
        connections=settings.smtp_connections,
        per_second_and_domain=settings.mails_per_second_and_domain,
        clock=clock,
    )


if __name__ == "__main__":
    run("survey", SurveySettings, wire)
