"""What the pages call things that the service keeps by code."""

from services.partnership.domain.hire import Mistake
from shared.events.partnership import HireDateBasis, HireVariant

EVIDENCE_WORDS = {
    "state_id": "same state educator id",
    "licence": "same licence number and family name",
    "email": "same e-mail address and family name",
    "name_and_birth_date": "same name and birth date",
    "name": "same name, nothing more",
    "names": "the names differ",
    "birth_date": "the birth dates differ",
}
CONTRADICTION_WORDS = EVIDENCE_WORDS | {"state_id": "the state educator ids differ"}
REASON_WORDS = {
    "names_contradict": "An identifier agrees, and the names do not.",
    "identifiers_contradict": "Some of what should agree does not.",
    "several_completers": "More than one completer could be this person.",
    "name_only": "Only the name agrees.",
    "perhaps_student_teacher": "The account appeared while this person was still studying: perhaps a student teacher.",
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
