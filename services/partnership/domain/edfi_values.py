"""Reads single values of Ed-Fi resources: descriptors, references, dates, whatever the host made of their types."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.partnership.domain import edfi_findings
from services.partnership.domain import roster_findings as found
from services.partnership.domain.edfi_mapping import EdfiMapping
from services.partnership.domain.findings import FindingKind
from services.partnership.domain.observation import StaffRole
from services.partnership.domain.oneroster_values import bare, is_rounded_number, read_boolean, read_date

LONGEST_VALUE = 2000
_ROLES: Mapping[str, StaffRole] = {
    "Teacher": "teacher",
    "Substitute Teacher": "substitute",
    "Principal": "principal",
    "Assistant Principal": "assistant-principal",
    "School Leader": "school-admin",
    "School Administrator": "school-admin",
    "Superintendent": "district-admin",
    "Assistant Superintendent": "district-admin",
    "LEA Administrator": "district-admin",
    "Counselor": "counselor",
    "Instructional Coordinator": "instructional-coach",
    "Instr Coordinator and Supervisor to the Staff": "instructional-coach",
    "Paraprofessional/Instructional Aide": "aide",
    "Instructional Aide": "aide",
}
_OTHER_ROLES = (
    "School Administrative Support Staff", "School Specialist", "LEA Administrative Support Staff", "LEA Specialist",
    "LEA System Administrator", "State Administrator", "Librarian/Media Specialist", "Library/Media Support Staff",
    "School Psychologist", "Student Support Services Staff (w/o Psychology)", "Support Services Staff",
    "Operational Support", "All Other Support Staff", "Other", "Missing",
)  # fmt: skip
STAFF_ROLES: Mapping[str, StaffRole] = {bare(name): role for name, role in _ROLES.items()} | {
    bare(name): "other" for name in _OTHER_ROLES
}
"""Staff classification (data standard 5.2, without case and blanks) to role (sis §5.1)."""


class Unusable(Exception):
    """A resource cannot be used; the others can."""

    def __init__(self, kind: FindingKind, column: str, value: str = "") -> None:
        super().__init__(kind.message)
        self.kind = kind
        self.column = column
        self.value = value


@dataclass(frozen=True, slots=True)
class Descriptor:
    """`uri://ed-fi.org/StaffClassificationDescriptor#Teacher`, or the bare code of a host that sends no more."""

    whole: str

    @property
    def code(self) -> str:
        return self.whole.rpartition("#")[2].strip()

    @property
    def namespace(self) -> str:
        return self.whole.partition("#")[0].rpartition("/")[0]

    def is_one_of(self, names: tuple[str, ...]) -> bool:
        """Whether a name is its code, or all of it; without case."""
        mine = {bare(self.code), bare(self.whole)}
        return any(bare(name) in mine for name in names)

    def is_of(self, namespaces: tuple[str, ...]) -> bool:
        """Whether the connection believes this namespace; a bare code has none to disbelieve."""
        if not namespaces or "#" not in self.whole:
            return True
        return self.namespace.casefold() in {each.casefold().rstrip("/") for each in namespaces}


class Body:
    """One resource as the API gives it; a member of another type than expected counts as missing."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = members

    def text(self, name: str) -> str:
        """A string or number as text; blank when there is none. Unusable when a number lost its digits."""
        value = self._members.get(name)
        if isinstance(value, str):
            text = value.strip()
        elif isinstance(value, int) and not isinstance(value, bool):
            text = str(value)
        elif isinstance(value, float):
            text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        else:
            return ""
        if len(text) > LONGEST_VALUE:
            raise Unusable(edfi_findings.VALUE_TOO_LONG, name)
        return text.replace("\x00", "")

    def key(self, name: str) -> str:
        """An id without which the resource says nothing."""
        text = self.text(name)
        if not text:
            raise Unusable(found.REQUIRED, name)
        if is_rounded_number(text):
            raise Unusable(found.SCIENTIFIC, name, text)
        return text

    def number(self, name: str) -> float | None:
        try:
            number = float(self.text(name))
        except ValueError:
            return None
        return number if 0 <= number < 1000 else None

    def day(self, name: str) -> tuple[date | None, FindingKind | None]:
        return read_date(self.text(name))

    def flag(self, name: str) -> bool | None:
        value = self._members.get(name)
        return value if isinstance(value, bool) else read_boolean(self.text(name))[0]

    def descriptor(self, name: str) -> Descriptor:
        return Descriptor(self.text(name))

    def reference(self, name: str) -> "Body":
        """The natural key that a reference holds; empty when there is none."""
        value = self._members.get(name)
        return Body(value if isinstance(value, dict) else {})

    def items(self, name: str) -> Iterator["Body"]:
        """The objects of a list; a single object counts as a list of one."""
        value = self._members.get(name)
        listed = value if isinstance(value, list) else [value]
        return (Body(item) for item in listed if isinstance(item, dict))


def day_after(last: date | None) -> date | None:
    """Ed-Fi's end dates are the last day, ours the first day after."""
    return last + timedelta(days=1) if last and last < date.max else None


def role_of(
    classification: Descriptor, mapping: EdfiMapping, roles: Mapping[str, StaffRole]
) -> tuple[StaffRole, FindingKind | None]:
    """The connection's word first (by whole descriptor, then by code), then the standard's table."""
    code = bare(classification.code)
    mapped = roles.get(bare(classification.whole)) or roles.get(code)
    if mapped:
        return mapped, None
    if not classification.is_of(mapping.descriptor_namespaces):
        return "other", found.ROLE_UNKNOWN
    if code in STAFF_ROLES:
        return STAFF_ROLES[code], None
    if code.endswith("teacher"):
        return "teacher", None
    if code.endswith("counselor"):
        return "counselor", None
    return "other", found.ROLE_UNKNOWN
