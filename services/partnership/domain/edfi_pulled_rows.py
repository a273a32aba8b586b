"""What is kept of an Ed-Fi ODS: staff, what they are employed and assigned as, where; no pay, race or home.

Numbers of social security, driving licences and the like are taken out as well.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.partnership.domain.edfi_layout import (
    ASSIGNMENTS,
    EMPLOYMENTS,
    LOCAL_EDUCATION_AGENCIES,
    SCHOOLS,
    STAFF_DIRECTORIES,
    STAFF_ID_CODES,
    STAFFS,
)
from services.partnership.domain.edfi_mapping import is_refused_id_system
from services.partnership.domain.pulled_rows import Harvest, Kept, Row, each, members, text

_CODE = ("staffIdentificationSystemDescriptor", "identificationCode", "assigningOrganizationIdentificationCode")
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    LOCAL_EDUCATION_AGENCIES: ("localEducationAgencyId", "nameOfInstitution", "identificationCodes",
                               "educationOrganizationIdentificationCodes", "operationalStatusDescriptor"),
    SCHOOLS: ("schoolId", "nameOfInstitution", "identificationCodes", "localEducationAgencyReference",
              "educationOrganizationIdentificationCodes", "operationalStatusDescriptor"),
    STAFFS: ("staffUniqueId", "firstName", "lastSurname", "middleName", "maidenName", "generationCodeSuffix",
             "preferredFirstName", "preferredLastSurname", "birthDate", "loginId", "personReference",
             "identificationCodes", "electronicMails", "credentials", "otherNames"),
    EMPLOYMENTS: ("educationOrganizationReference", "staffReference", "employmentStatusDescriptor", "hireDate",
                  "endDate", "offerDate", "separationDescriptor", "separationReasonDescriptor", "department",
                  "fullTimeEquivalency", "credentialReference"),
    ASSIGNMENTS: ("educationOrganizationReference", "staffReference", "staffClassificationDescriptor", "beginDate",
                  "endDate", "positionTitle", "orderOfAssignment", "fullTimeEquivalency",
                  "employmentStaffEducationOrganizationEmploymentAssociationReference"),
    STAFF_ID_CODES: ("educationOrganizationReference", "staffReference", *_CODE),
    STAFF_DIRECTORIES: ("educationOrganizationReference", "staffReference", "electronicMails"),
}  # fmt: skip
_NATURAL_KEYS: Mapping[str, tuple[str, ...]] = {
    LOCAL_EDUCATION_AGENCIES: ("localEducationAgencyId",),
    SCHOOLS: ("schoolId",),
    STAFFS: ("staffUniqueId",),
    EMPLOYMENTS: ("educationOrganizationId", "staffUniqueId", "employmentStatusDescriptor", "hireDate"),
    ASSIGNMENTS: ("educationOrganizationId", "staffUniqueId", "staffClassificationDescriptor", "beginDate"),
    STAFF_ID_CODES: ("educationOrganizationId", "staffUniqueId", "staffIdentificationSystemDescriptor"),
    STAFF_DIRECTORIES: ("educationOrganizationId", "staffUniqueId"),
}
_OF_MAILS = ("electronicMailTypeDescriptor", "electronicMailAddress", "doNotPublishIndicator")


class EdfiRows:
    """The rows of one resource."""

    def __init__(self, resource: str) -> None:
        self._resource = resource

    def __call__(self, rows: Sequence[Any]) -> Harvest:
        harvest = Harvest()
        for row in rows:
            key = resource_key(self._resource, row) if isinstance(row, Mapping) else ""
            harvest.keys.append(key)
            kept = self._kept(row) if key else None
            if kept is None:
                harvest.dropped["identification_code" if key else "without_id"] += 1
            else:
                harvest.kept[key] = Kept(key, kept, person_of(row))
        return harvest

    def _kept(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """None if the row as a whole is one of those ids that we do not read."""
        if self._resource == STAFF_ID_CODES and _is_refused(row):
            return None
        kept = members(row, _MEMBERS[self._resource])
        for name in list(kept):
            if name.endswith("Reference"):
                kept[name] = _without_links(kept[name])
        if self._resource == STAFFS and "identificationCodes" in kept:
            codes = each(kept["identificationCodes"])
            kept["identificationCodes"] = [members(code, _CODE) for code in codes if not _is_refused(code)]
        if "electronicMails" in kept:
            kept["electronicMails"] = [members(mail, _OF_MAILS) for mail in each(kept["electronicMails"])]
        if "credentials" in kept:
            kept["credentials"] = [
                {name: _without_links(value) for name, value in members(one, ("credentialReference",)).items()}
                for one in each(kept["credentials"])
            ]
        return kept


def resource_key(resource: str, row: Mapping[str, Any]) -> str:
    """The resource's own id, which stays when its natural key changes; without one its natural key."""
    return text(row.get("id")).replace("-", "").lower() or natural_key(resource, row)


def natural_key(resource: str, row: Mapping[str, Any]) -> str:
    """The parts of the natural key, wherever in the row they stand; empty if one is missing."""
    parts = [text(_member(row, name)) for name in _NATURAL_KEYS[resource]]
    return "|".join(parts) if all(parts) else ""


def person_of(row: Mapping[str, Any]) -> str:
    """The staff member whom a row refers to."""
    reference = row.get("staffReference")
    return text(reference.get("staffUniqueId")) if isinstance(reference, Mapping) else ""


def with_key(row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
    """The row under another natural key."""
    changed = dict(row)
    for name, value in values.items():
        if name in changed:
            changed[name] = value
        for reference, inner in changed.items():
            if reference.endswith("Reference") and isinstance(inner, Mapping) and name in inner:
                changed[reference] = {**inner, name: value}
    return changed


def _member(row: Mapping[str, Any], name: str) -> Any:
    if name in row:
        return row[name]
    references = (value for key, value in row.items() if key.endswith("Reference") and isinstance(value, Mapping))
    return next((value[name] for value in references if name in value), None)


def _is_refused(code: Any) -> bool:
    if not isinstance(code, Mapping):
        return True
    return is_refused_id_system(text(code.get("staffIdentificationSystemDescriptor")))


def _without_links(reference: Any) -> Any:
    if not isinstance(reference, Mapping):
        return reference
    return {name: value for name, value in reference.items() if name != "link"}
