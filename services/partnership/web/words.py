"""What the pages call things that the service keeps by code."""

from services.partnership.domain.delivery import DeliveryState
from services.partnership.domain.feed_health import FeedState
from services.partnership.domain.findings import Level
from services.partnership.domain.hire import Mistake
from services.partnership.domain.side_by_side import Verdict
from services.partnership.domain.snapshot import State
from shared.events.partnership import HireDateBasis, HireVariant

EVIDENCE_WORDS = {
    "state_id": "same state educator id",
    "licence": "same licence number and family name",
    "email": "same e-mail address and family name",
    "name_and_birth_date": "same name and birth date",
    "name": "same name, nothing more",
    "likeness": "the records are alike; nothing identifies",
    "names": "the names differ",
    "given_name": "the given names differ, as those of a couple with one address would",
    "birth_date": "the birth dates differ",
}
FIELD_WORDS = {
    "given_name": "Given name",
    "middle_name": "Middle name",
    "family_name": "Family name",
    "birth_date": "Birth date",
    "email": "E-mail",
    "state_id": "State educator id",
    "licence": "Licence number",
}
VERDICT_WORDS: dict[Verdict, tuple[str, str]] = {
    "agrees": ("agrees", "good"),
    "differs": ("differs", "bad"),
    "one_side": ("only one side says", "empty"),
}
"""Verdict → (in words, the kind of its tag)."""
CONTRADICTION_WORDS = EVIDENCE_WORDS | {"state_id": "the state educator ids differ"}
REASON_WORDS = {
    "names_contradict": "An identifier agrees, and the names do not.",
    "identifiers_contradict": "Some of what should agree does not.",
    "several_completers": "More than one completer could be this person.",
    "name_only": "Only the name agrees.",
    "perhaps_student_teacher": "The account appeared while this person was still studying: perhaps a student teacher.",
    "likeness": "The records are alike, and nothing identifies the person.",
    "undone": "A decision was taken back.",
}
BASIS_WORDS = {
    HireDateBasis.EXPLICIT: "as the district's system says",
    HireDateBasis.ROLE_BEGIN: "when the role begins",
    HireDateBasis.FIRST_SEEN: "when first seen in an upload",
}
VARIANT_WORDS = {
    HireVariant.HIRED: "new",
    HireVariant.EMPLOYED_BEFORE_COMPLETION: "worked there before completing",
    HireVariant.REHIRED: "returned",
}
MISTAKE_WORDS: dict[Mistake, str] = {
    "not_our_completer": "This colleague is not that completer",
    "did_not_happen": "Nobody was hired: this colleague did not start, or was here before",
}
LEVEL_WORDS: dict[Level, str] = {
    "reject": "The file was not taken",
    "hold": "A person has to look first",
    "error": "These rows were left out, the rest was applied",
    "warning": "Read as meant; mend it when you can",
    "info": "Only for your information",
}
RUN_STATE_WORDS: dict[State, str] = {
    "staging": "being read",
    "rejected": "not taken",
    "held": "on hold",
    "refused": "rejected by a person",
    "complete": "being applied",
    "applied": "applied",
    "retracting": "being taken back",
    "retracted": "taken back",
}
FEED_STATE_WORDS: dict[FeedState, tuple[str, str]] = {
    "nothing_yet": ("nothing received yet", "empty"),
    "working": ("being worked on", "empty"),
    "waiting": ("waiting for release", "warning"),
    "failing": ("failing", "bad"),
    "not_pulled": ("not reached", "bad"),
    "stale": ("stale", "warning"),
    "healthy": ("healthy", "good"),
}
"""State → (in words, the kind of its tag)."""
SOURCE_WORDS: dict[str, str] = {
    "hires-api": "Hires that a program sends one by one (POST /v1/hires)",
    "oneroster-csv": "OneRoster 1.1 or 1.2, CSV files in a zip",
    "microsoft-sds-csv": "Microsoft School Data Sync v2.1, CSV files in a zip",
    "oneroster-rest": "OneRoster 1.1 or 1.2, pulled over REST",
    "ed-fi-api": "Ed-Fi resources, one file of JSON lines for each, in a zip",
    "state-file": "Staff files of the state or district, as declared in the connection",
    "ed-fi-xml": "Ed-Fi interchange XML of staff and organizations, one file or a zip",
}
"""What a source is called; one without words is shown by its name."""
PULL_STATE_WORDS: dict[str, str] = {
    "waiting": "Waiting",
    "running": "Running",
    "delivered": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
WEEKDAY_WORDS: dict[str, str] = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
WEBHOOK_EVENT_WORDS: dict[str, str] = {
    "partnership.completer_hired.v1": "A completer was hired",
    "partnership.hire_amended.v1": "A hire is otherwise than it was told",
    "partnership.hire_withdrawn.v1": "A hire was none",
    "partnership.employment_ended.v1": "An employment ended",
}
DELIVERY_STATE_WORDS: dict[DeliveryState, tuple[str, str]] = {
    "waiting": ("on its way", "empty"),
    "delivered": ("arrived", "good"),
    "parked": ("given up", "bad"),
}
"""State → (in words, the kind of its tag)."""
