"""A partner says that somebody else should be asked about the provider, and whom: the form goes to that person."""

from services.survey.domain.invitation import is_address
from services.survey.domain.recipient import Way, recommended
from services.survey.domain.survey import Survey
from services.survey.store.people import People
from services.survey.store.surveys import Surveys
from services.survey.use_cases.answer import survey_on_the_list
from shared.clock import Clock
from shared.errors import InvalidInput
from shared.rounds import on_a_fresh_reading

LONGEST_NAME = 200
LONGEST_ADDRESS = 254


async def recommend_another(
    survey_id: str, sitting_id: str, name: str, email: str, *, people: People, surveys: Surveys, clock: Clock
) -> Survey:
    """The named person is kept first, under a key that only this survey is asked under; then the form goes to them.

    So the name counts for nothing else, a crash in between changes nothing, and the district stays what it was.
    InvalidInput, AlreadyHandedOver, AlreadySubmitted, NotAskedAnyMore.
    """
    name, email = " ".join(name.split()), email.strip()
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInput("Say who should be asked.", hint="Given name and family name.", where="name")
    if not is_address(email) or len(email) > LONGEST_ADDRESS:
        raise InvalidInput("This is not one e-mail address.", hint="Write it as name@district.example.", where="email")
    survey = await survey_on_the_list(survey_id, sitting_id, surveys=surveys)
    survey.recommend(clock())  # refused before anybody is kept
    role_key = survey.target.recipient_role
    for holder in await people.holders([role_key]):
        if (holder.email or "").casefold() == email.casefold():
            raise InvalidInput("This is the address that we wrote to.", hint="Name somebody else.", where="email")
    await people.name_recipient(
        recommended(survey_id),
        name,
        email,
        district_id=survey.target.district_id,
        by=f"contact {role_key}",
        at=clock(),
        way=Way.NAMED_BY_CONTACT,
    )

    async def pass_on() -> Survey:
        asked = await survey_on_the_list(survey_id, sitting_id, surveys=surveys)
        after, events = asked.recommend(clock())
        await surveys.save(after, events, at=clock())
        return after

    return await on_a_fresh_reading(pass_on)
