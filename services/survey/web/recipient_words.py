"""What pages say of who is asked, and why nobody is."""

from services.survey.domain.recipient import NOT_NAMED_YET, RECOMMENDED, Gap, Way

GAP_WORDS = {
    Gap.NO_SCHOOL: "The educator works in no one school, so no principal is asked.",
    Gap.NOBODY_KNOWN: "We were not told who this is.",
    Gap.SEVERAL_HOLDERS: "Several people hold this role, and nothing says whom to ask.",
    Gap.NO_ADDRESS: "We know who holds this role, and have no e-mail address.",
}
WAY_WORDS = {
    Way.NAMED_BY_DISTRICT: "named by the district",
    Way.NAMED_BY_CONTACT: "named by the contact who was asked before",
    Way.ONLY_HOLDER: "the only holder we were told of",
    Way.PRIMARY_HOLDER: "the primary one of several",
    Way.HELD_BEFORE: "one of several, who was asked before",
}
ROLE_WORDS = {
    "principal": "Principal",
    "superintendent": "Superintendent",
    "district_contact": "District contact",
    "liaison": "Liaison",
    RECOMMENDED: "Whom a partner named",
    NOT_NAMED_YET: "Somebody who knows the work",
}


def role_words(role_key: str) -> str:
    """A key that ends in no role is that of a partner contact."""
    return ROLE_WORDS.get(role_key.rpartition(":")[2], "Partner contact")
