"""Gives elements of an Ed-Fi interchange the shape in which the API has them, and follows their references.

XML names descriptors without “Descriptor”, wraps names and periods, writes lists as repeated elements, and refers by
identity, by lookup (“who has this number”) or by the `id` of another element, which may come later or in another file.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from services.partnership.domain.edfi_book import EdfiBook
from services.partnership.domain.edfi_findings import XML_REFERENCE
from services.partnership.domain.edfi_layout import ASSIGNMENTS, EMPLOYMENTS, LOCAL_EDUCATION_AGENCIES, SCHOOLS, STAFFS
from services.partnership.domain.findings import Place

WANTED = {
    "Staff": STAFFS,
    "StaffEducationOrganizationEmploymentAssociation": EMPLOYMENTS,
    "StaffEducationOrganizationAssignmentAssociation": ASSIGNMENTS,
    "LocalEducationAgency": LOCAL_EDUCATION_AGENCIES,
    "School": SCHOOLS,
}
_VALUES = frozenset({
    "StaffUniqueId", "FirstName", "MiddleName", "LastSurname", "MaidenName", "PreferredFirstName",
    "PreferredLastSurname", "BirthDate", "LoginId", "IdentificationCode", "ElectronicMailAddress", "PersonId",
    "HireDate", "BeginDate", "EndDate", "PositionTitle", "OrderOfAssignment", "FullTimeEquivalency",
    "EducationOrganizationId", "LocalEducationAgencyId", "SchoolId", "NameOfInstitution",
})  # fmt: skip
_DESCRIPTORS = frozenset({
    "StaffIdentificationSystem", "ElectronicMailType", "EmploymentStatus", "StaffClassification", "Separation",
    "SeparationReason", "SourceSystem", "EducationOrganizationIdentificationSystem", "OperationalStatus",
})  # fmt: skip
_LISTS = {
    "StaffIdentificationCode": "identificationCodes",
    "EducationOrganizationIdentificationCode": "identificationCodes",
    "ElectronicMail": "electronicMails",
    "OtherName": "otherNames",
}
_WRAPPERS = frozenset({"Name", "EmploymentPeriod"})
_REFERENCES = {
    "StaffReference": "staffUniqueId",
    "EducationOrganizationReference": "educationOrganizationId",
    "LocalEducationAgencyReference": "localEducationAgencyId",
    "PersonReference": "personId",
}
"""Everything else in an element is left behind: race, sex, wages, addresses."""

_IDS = ("staffUniqueId", "schoolId", "localEducationAgencyId", "educationOrganizationId")


@dataclass(slots=True)
class Element:
    """An element with its line, its `id` and `ref`, its text and its parts."""

    name: str
    line: int
    id: str = ""
    ref: str = ""
    text: str = ""
    parts: list["Element"] = field(default_factory=list)


class Interchange:
    """Takes elements into a book; those whose references cannot be followed yet wait until all have come."""

    def __init__(self, book: EdfiBook) -> None:
        self.files: set[str] = set()
        self._book = book
        self._waiting: list[tuple[str, dict[str, Any], Place]] = []
        self._by_id: dict[str, str] = {}
        self._by_code: defaultdict[tuple[str, str], set[str]] = defaultdict(set)

    def take(self, element: Element, at: Place) -> None:
        """One element below the root."""
        members = members_of(element)
        self._remember(element, members)
        if any(_is_open(members.get(_lowered(name)), key) for name, key in _REFERENCES.items()):
            self._waiting.append((WANTED[element.name], members, at))
        else:
            self._book.take(WANTED[element.name], members, at)

    def close(self) -> None:
        """After the last element: who still refers to nothing is quarantined."""
        for resource, members, at in self._waiting:
            lost = self._follow(members)
            if lost:
                self._book.rows_read[at.file] += 1
                self._book.quarantine(XML_REFERENCE, Place(at.file, at.line, lost))
            else:
                self._book.take(resource, members, at)
        self._waiting.clear()

    def _remember(self, element: Element, members: dict[str, Any]) -> None:
        key = next((members[name] for name in _IDS if members.get(name)), "")
        if not key:
            return
        kind = "staff" if element.name == "Staff" else "organization"
        if element.id:
            self._by_id[element.id] = key
        for code in members.get("identificationCodes", ()):
            self._by_code[kind, code.get("identificationCode", "")].add(key)

    def _follow(self, members: dict[str, Any]) -> str:
        """Puts keys where references were; the name of the first one that leads nowhere, or blank."""
        for name, key in _REFERENCES.items():
            reference: Any = members.get(_lowered(name))
            if not _is_open(reference, key):
                continue
            found = self._by_id.get(reference["ref"], "") if reference.get("ref") else self._looked_up(name, reference)
            if not found:
                return _lowered(name)
            members[_lowered(name)] = {key: found}
        return ""

    def _looked_up(self, name: str, reference: dict[str, Any]) -> str:
        kind = "staff" if name == "StaffReference" else "organization"
        codes = [code.get("identificationCode", "") for code in reference.get("identificationCodes", ())]
        keys = {key for code in codes if code for key in self._by_code.get((kind, code), ())}
        return next(iter(keys)) if len(keys) == 1 else ""


def members_of(element: Element) -> dict[str, Any]:
    """What the API would say, as far as we read it."""
    members: dict[str, Any] = {}
    for part in element.parts:
        name = part.name
        if name in _VALUES:
            members.setdefault(_lowered(name), part.text.strip())
        elif name in _DESCRIPTORS:
            members[f"{_lowered(name)}Descriptor"] = _descriptor(part)
        elif name in _LISTS:
            members.setdefault(_LISTS[name], []).append(members_of(part))
        elif name in _WRAPPERS:
            members.update(members_of(part))
        elif name in _REFERENCES:
            members[_lowered(name)] = _reference(part, _REFERENCES[name])
    return members


def _reference(element: Element, key: str) -> dict[str, Any]:
    """By identity, by lookup, or by an element's id; identities of schools and districts are organizations' too."""
    if element.ref:
        return {"ref": element.ref}
    members: dict[str, Any] = members_of(element)
    for part in element.parts:
        if part.name.endswith(("Identity", "Lookup")):
            members |= members_of(part)
    found = next((members[name] for name in (key, *_IDS) if members.get(name)), "")
    return {**members, key: found} if found else members


def _descriptor(element: Element) -> str:
    """Its text; in older interchanges its code and namespace are elements of their own."""
    parts = {part.name: part.text.strip() for part in element.parts}
    if "CodeValue" in parts:
        return f"{parts['Namespace']}#{parts['CodeValue']}" if parts.get("Namespace") else parts["CodeValue"]
    return element.text.strip()


def _is_open(reference: Any, key: str) -> bool:
    """Whether a reference is there and does not hold the key."""
    return isinstance(reference, dict) and not reference.get(key)


def _lowered(name: str) -> str:
    return name[0].lower() + name[1:]
