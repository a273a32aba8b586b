"""Which completer a person is: exact evidence decides, doubts go to a person."""

from datetime import date

import pytest

from services.partnership.domain.completer import Completer, Enrolment
from services.partnership.domain.exact_evidence import match
from services.partnership.domain.match_keys import Known, comparable_email, comparable_identifier, comparable_name


def known(**changes: object) -> Known:
    fields: dict[str, object] = {"given": "Mei", "family": "Lee", **changes}
    return Known.model_validate(fields)


def a_completer(number: int = 1, **changes: object) -> Completer:
    done = Enrolment(
        program_id="p", program_name="P", provider_id="x", begins_on=date(2024, 9, 1), completed_on=date(2026, 5, 17)
    )
    return Completer(
        completer_id=f"c-{number}",
        provider_id="x",
        candidate_identifier=str(number),
        known=known(**changes),
        enrolments=(done,),
    )


STATE = (("state_id", "10000001"),)
OTHER_STATE = (("state_id", "10000002"),)
LICENCE = (("licence", "300007"),)


def test_an_equal_state_id_decides_even_after_a_change_of_name() -> None:
    found = match(known(family="Park", identifiers=STATE), [a_completer(identifiers=STATE)])
    assert (found.state, found.basis, found.candidates[0].confidence) == ("matched", "state_id", 1.0)


def test_an_equal_state_id_with_two_other_names_is_for_a_person() -> None:
    found = match(known(given="Ola", family="Berg", identifiers=STATE), [a_completer(identifiers=STATE)])
    assert (found.state, found.reason) == ("review", "names_contradict")


@pytest.mark.parametrize("former", [("Brown",), ("O’Brien", "BROWN")])
def test_a_licence_counts_with_a_current_or_a_former_family_name(former: tuple[str, ...]) -> None:
    completer = a_completer(former_families=former, identifiers=LICENCE)
    assert match(known(family="brown", identifiers=LICENCE), [completer]).basis == "licence"
    assert match(known(family="Green", given="Al", identifiers=LICENCE), [completer]).state == "none"


def test_an_address_counts_with_the_family_name_and_never_a_placeholder() -> None:
    completer = a_completer(emails=("mlee@college.example",))
    assert match(known(given="M.", emails=("MLee@college.example",)), [completer]).basis == "email"
    nobody = a_completer(emails=("noemail@district.example",))
    assert match(known(given="M.", emails=("noemail@district.example",)), [nobody]).state == "none"


def test_name_and_birth_date_decide_and_the_name_alone_does_not() -> None:
    born = date(1999, 2, 3)
    assert match(known(birth_date=born), [a_completer(birth_date=born)]).basis == "name_and_birth_date"
    assert match(known(), [a_completer(birth_date=born)]).reason == "name_only"
    assert match(known(birth_date=date(1980, 1, 1)), [a_completer(birth_date=born)]).state == "none"


def test_a_namesake_with_another_state_id_is_nobody_we_know() -> None:
    assert match(known(identifiers=OTHER_STATE), [a_completer(identifiers=STATE)]).state == "none"


def test_a_licence_against_a_state_id_is_for_a_person() -> None:
    completer = a_completer(identifiers=STATE + LICENCE)
    assert match(known(identifiers=OTHER_STATE + LICENCE), [completer]).reason == "identifiers_contradict"


def test_two_who_would_do_are_for_a_person() -> None:
    both = [a_completer(1, identifiers=STATE), a_completer(2, identifiers=STATE)]
    found = match(known(identifiers=STATE), both)
    assert (found.state, found.reason, len(found.candidates)) == ("review", "several_completers", 2)
    assert match(known(identifiers=STATE), both, rejected=["c-2"]).candidates[0].completer_id == "c-1"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("O’Neil-García, Jr.", "oneilgarcia"),
        ("DÉSIRÉE", "desiree"),
        ("van der Berg III", "vanderberg"),
        ("Null", "null"),
        ("Sr", "sr"),
        ("", ""),
    ],
)
def test_names_are_compared_without_case_accents_and_suffixes(text: str, form: str) -> None:
    assert comparable_name(text) == form


def test_what_stands_for_nothing_is_no_identifier_and_no_address() -> None:
    assert [comparable_identifier(text) for text in ("00", "01", "N/A", "00000000", "12-345 678")] == [
        "",
        "",
        "",
        "",
        "12345678",
    ]
    assert [comparable_email(text) for text in ("n/a", "none@x.example", "mei@x")] == ["", "", ""]
