"""What the doors of partnerships are given, and what partnerships do by themselves."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.partnership.domain.import_report import ImportReport
from services.partnership.domain.ledger.activity import Activity
from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.measurement import Measurement
from services.partnership.domain.ledger.parties import LARGEST_DOCUMENT, Document
from services.partnership.settings import PartnershipSettings
from services.partnership.store.directory import Directory
from services.partnership.store.hires import HireStore
from services.partnership.store.imports import ImportStore
from services.partnership.store.ledger_entries import ActivityStore, MeasurementStore
from services.partnership.store.partnerships import PaperStore, PartnershipStore, ReminderStore
from services.partnership.use_cases import answer_terms, keep_belongings, record_activity
from services.partnership.use_cases.import_partners import import_partners
from services.partnership.use_cases.keep_ledger_current import keep_ledger_current, look_at_partnerships
from services.partnership.use_cases.propose_partnership import amend_partnership, propose_partnership
from services.partnership.use_cases.weigh_partnership import weigh_partnership
from shared.frame import Frame
from shared.supervise import Loop

Verb = Callable[..., Awaitable[Partnership]]
PLACES = ("/v1/partnerships", "/partnerships")
LARGEST_REQUEST = LARGEST_DOCUMENT + 64 * 1024


@dataclass(frozen=True)
class Ledger:
    """Partnerships with their verbs."""

    partnerships: PartnershipStore
    activities: ActivityStore
    measurements: MeasurementStore
    reminded: ReminderStore
    papers: PaperStore
    imports: ImportStore
    smallest_group: int
    propose: Verb
    amend: Verb
    answer: Verb
    give_notice: Verb
    review: Verb
    end_review: Verb
    add_contact: Verb
    end_contact: Verb
    add_document: Callable[..., Awaitable[Document]]
    read_document: Callable[..., Awaitable[tuple[Document, bytes]]]
    record_activity: Callable[..., Awaitable[Activity]]
    answer_activity: Callable[..., Awaitable[Activity]]
    void_activity: Callable[..., Awaitable[Activity]]
    measure: Callable[..., Awaitable[Measurement]]
    answer_measurement: Callable[..., Awaitable[Measurement]]
    import_partners: Callable[..., Awaitable[ImportReport]]
    weigh: Callable[..., Awaitable[Any]]
    loop: Loop

    @classmethod
    def wired(cls, frame: Frame, *, directory: Directory, hires: HireStore) -> "Ledger":
        """The stores of partnerships, and all verbs with what they work on."""
        settings: PartnershipSettings = frame.settings
        partnerships = PartnershipStore(frame.documents("partnerships"))
        activities = ActivityStore(frame.documents("activities"))
        measurements = MeasurementStore(frame.documents("measurements"))
        reminded = ReminderStore(frame.mongo.collection("partnership_reminders"))
        papers = PaperStore(frame.mongo.collection("partnership_papers"))
        imports = ImportStore(frame.mongo.collection("partner_imports"))
        one: dict[str, Any] = {"partnerships": partnerships}
        entries: dict[str, Any] = {"activities": activities, "measurements": measurements}
        look = partial(look_at_partnerships, **one, measurements=measurements, reminded=reminded, hires=hires)
        return cls(
            partnerships,
            activities,
            measurements,
            reminded,
            papers,
            imports,
            settings.smallest_group,
            propose=partial(propose_partnership, **one, directory=directory),
            amend=partial(amend_partnership, **one, directory=directory),
            answer=partial(answer_terms.answer_terms, **one),
            give_notice=partial(answer_terms.give_notice, **one),
            review=partial(answer_terms.review_partnership, **one),
            end_review=partial(answer_terms.end_partnership_review, **one),
            add_contact=partial(keep_belongings.add_contact, **one),
            end_contact=partial(keep_belongings.end_contact, **one),
            add_document=partial(keep_belongings.add_document, **one, papers=papers),
            read_document=partial(keep_belongings.read_document, **one, papers=papers),
            record_activity=partial(record_activity.record_activity, **one, activities=activities),
            answer_activity=partial(record_activity.answer_activity, activities=activities),
            void_activity=partial(record_activity.void_activity, activities=activities),
            measure=partial(record_activity.measure_goal, **one, measurements=measurements),
            answer_measurement=partial(
                record_activity.answer_measurement, measurements=measurements, smallest_group=settings.smallest_group
            ),
            import_partners=partial(import_partners, **one, directory=directory, imports=imports),
            weigh=partial(weigh_partnership, **entries, hires=hires, smallest_group=settings.smallest_group),
            loop=partial(keep_ledger_current, once=look, clock=frame.clock, seconds=settings.ledger_round_seconds),
        )

    async def ensure_indexes(self) -> None:
        for store in (self.partnerships, self.activities, self.measurements, self.reminded, self.imports):
            await store.ensure_indexes()
