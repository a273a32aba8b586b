"""What pages say of who is asked, and why nobody is."""

from services.survey.domain.recipient import NOT_NAMED_YET, Gap, Way

GAP_WORDS = {
    Gap.NO_SCHOOL: "The educator works in no one school, so no principal is asked.",
    Gap.NOBODY_KNOWN: "We were not told who holds this role.",
    Gap.SEVERAL_HOLDERS: "Several people hold this role, and nothing says whom to ask.",
    Gap.NO_ADDRESS: "We know who holds this role, and have no e-mail address.",
}
WAY_WORDS = {
    Way.NAMED_BY_DISTRICT: "named by the district",
    Way.ONLY_HOLDER: "the only holder we were told of",
    Way.PRIMARY_HOLDER: "the primary one of several",
    Way.HELD_BEFORE: "one of several, who was asked before",
}
ROLE_WORDS = {
    "principal": "Principal",
    "superintendent": "Superintendent",
    NOT_NAMED_YET: "Somebody who knows the work",
}


def role_words(role_key: str) -> str:
    role = role_key.rpartition(":")[2]
    return ROLE_WORDS.get(role, role.replace("_", " "))
