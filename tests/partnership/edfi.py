"""Builders of Ed-Fi resources as the API gives them, and of bundles: valid by default, override what matters."""

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.edfi_bundle import read_edfi_bundle
from services.partnership.domain.edfi_layout import (
    ASSIGNMENTS,
    EMPLOYMENTS,
    LOCAL_EDUCATION_AGENCIES,
    SCHOOLS,
    STAFFS,
)
from services.partnership.domain.edfi_mapping import EdfiMapping
from services.partnership.domain.observation import Roster, StaffObservation
from services.partnership.domain.roster_zip import RosterLimits
from tests.partnership.rosters import a_zip

Resource = dict[str, Any]
DISTRICT_ID, SCHOOL_ID, OTHER_SCHOOL_ID = 350000, 350105, 350111
BOSTON = ConnectionMapping(district_code="00350000")


def descriptor(kind: str, code: str, namespace: str = "uri://ed-fi.org") -> str:
    return f"{namespace}/{kind}Descriptor#{code}"


def a_district(**members: Any) -> Resource:
    return {"localEducationAgencyId": DISTRICT_ID, "nameOfInstitution": "Boston", **members}


def a_school(**members: Any) -> Resource:
    reference = {"localEducationAgencyReference": {"localEducationAgencyId": DISTRICT_ID}}
    return {"schoolId": SCHOOL_ID, "nameOfInstitution": "Mann", **reference, **members}


def an_id(value: str, system: str = "State", namespace: str = "uri://ed-fi.org") -> Resource:
    named = descriptor("StaffIdentificationSystem", system, namespace)
    return {"staffIdentificationSystemDescriptor": named, "identificationCode": value}


def a_mail(address: str, kind: str = "Work") -> Resource:
    return {"electronicMailTypeDescriptor": descriptor("ElectronicMailType", kind), "electronicMailAddress": address}


def a_person(number: int = 1, **members: Any) -> Resource:
    names = {"firstName": f"Mei{_letters(number)}", "lastSurname": f"Lee{_letters(number)}"}
    codes = {"identificationCodes": [an_id(f"{10_000_000 + number}")]}
    return {"staffUniqueId": f"{number:06d}", **names, **codes, **members}


def an_employment(number: int = 1, **members: Any) -> Resource:
    return {
        "staffReference": {"staffUniqueId": f"{number:06d}"},
        "educationOrganizationReference": {"educationOrganizationId": members.pop("at", SCHOOL_ID)},
        "employmentStatusDescriptor": descriptor("EmploymentStatus", members.pop("status", "Tenured or permanent")),
        "hireDate": "2024-08-26",
        **members,
    }


def an_assignment(number: int = 1, **members: Any) -> Resource:
    return {
        "staffReference": {"staffUniqueId": f"{number:06d}"},
        "educationOrganizationReference": {"educationOrganizationId": members.pop("at", SCHOOL_ID)},
        "staffClassificationDescriptor": descriptor("StaffClassification", members.pop("role", "Teacher")),
        "beginDate": "2024-08-26",
        **members,
    }


def lines(resources: Sequence[Resource]) -> str:
    return "".join(json.dumps(resource) + "\n" for resource in resources)


def bundle_files(**changes: Sequence[Resource]) -> dict[str, str]:
    """One teacher at one school of one district, unless told otherwise; a resource given as () is left out."""
    resources: Mapping[str, Sequence[Resource]] = {
        LOCAL_EDUCATION_AGENCIES: [a_district()],
        SCHOOLS: [a_school(), a_school(schoolId=OTHER_SCHOOL_ID, nameOfInstitution="Otis")],
        STAFFS: [a_person()],
        EMPLOYMENTS: [an_employment()],
        ASSIGNMENTS: [an_assignment()],
        **changes,
    }
    return {f"{name}.ndjson": lines(each) for name, each in resources.items() if each}


def a_bundle(**changes: Sequence[Resource]) -> BytesIO:
    return a_zip(bundle_files(**changes))


def people(employments: Sequence[Resource] = (), assignments: Sequence[Resource] = ()) -> BytesIO:
    """One person with these employments and assignments."""
    return a_bundle(**{EMPLOYMENTS: employments, ASSIGNMENTS: assignments})


def read(packed: BytesIO, mapping: ConnectionMapping = BOSTON, limits: RosterLimits | None = None) -> Roster:
    return read_edfi_bundle(packed, mapping, limits)


def the_person(roster: Roster) -> StaffObservation:
    (person,) = roster.observations
    return person


def codes(roster: Roster) -> set[str]:
    return set(roster.findings.counts)


def boston(**edfi: object) -> ConnectionMapping:
    """Boston's feed, from a host that uses the standard in its own way."""
    return BOSTON.model_copy(update={"edfi": EdfiMapping.model_validate(edfi)})


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))
