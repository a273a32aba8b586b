"""A list of partners as providers keep it: one row for each contact; read with findings, written in the same form."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from services.partnership.domain.findings import FindingKind as Kind
from services.partnership.domain.findings import Findings
from services.partnership.domain.import_file import Row, RowRefused, Taken, header_of, take_rows
from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.parties import Contact, NewContact
from services.partnership.domain.organization import Organization
from shared.events.partnerships import Side

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Partner": ("partner", "pk-12 partner", "partner code", "partner name"),
    "Contact name": ("contact name", "primary contact name", "contact"),
    "E-mail": ("e-mail", "email", "e-mail address", "email address"),
    "Nature": ("nature", "nature of partnership", "nature of the partnership"),
}
"""Column → how it may be called, without case."""
EXPORTED = (
    "Partner",
    "Partner name",
    "Contact name",
    "E-mail",
    "Nature",
    "Role",
    "Status",
    "From",
    "Until",
    "Partnership",
)
LONGEST = 2000

PARTNER_UNKNOWN = Kind(
    "partner.unknown",
    "error",
    "No organization of the other side has this code, or exactly this name.",
    "Write the state's code, with its zeros, or the name exactly as the directory has it.",
)
PARTNER_AMBIGUOUS = Kind(
    "partner.ambiguous", "error", "Several organizations have this name.", "Write the state's code instead."
)
CONTACT = Kind("partner.contact", "error", "This contact cannot be kept.", "Write a name, and an address as a@b.org.")
NATURE = Kind(
    "partner.nature", "error", "The nature of the partnership is too long, or no plain text.", "2,000 letters."
)


@dataclass(frozen=True)
class PartnerRow:
    """What one row says; `partner` is still as it was written."""

    partner: str
    contact: NewContact
    nature: str


def read_partner_list(name: str, content: bytes, whose: Side, findings: Findings) -> Taken[PartnerRow]:
    """The contacts are of side `whose`. ImportRejected if the file as a whole is not such a list."""
    header = header_of(content)
    called = {
        column: next((each for each in names if each in header), column.casefold()) for column, names in COLUMNS.items()
    }

    def take(row: Row) -> PartnerRow:
        partner, person, email = (row.required(called[each]) for each in ("Partner", "Contact name", "E-mail"))
        nature = row.text(called["Nature"])
        if len(nature) > LONGEST or any(ord(letter) < ord(" ") and letter not in "\t\n\r" for letter in nature):
            raise RowRefused(NATURE, called["Nature"])
        try:
            return PartnerRow(partner, NewContact(side=whose, name=person, email=email), nature)
        except ValidationError as invalid:
            field = str(invalid.errors()[0]["loc"][0])
            column = called["Contact name" if field == "name" else "E-mail"]
            raise RowRefused(CONTACT, column, value=person if field == "name" else email) from None

    return take_rows(name, content, list(called.values()), take, findings)


def matched(written: str, by_code: Mapping[str, Organization], by_name: Mapping[str, list[Organization]]) -> str:
    """The code of the partner that is meant; RowRefused if none is, or several are. Nothing is guessed."""
    if written in by_code:
        return written
    named = by_name.get(written, [])
    if len(named) == 1:
        return named[0].organization_id
    raise RowRefused(PARTNER_AMBIGUOUS if named else PARTNER_UNKNOWN, "partner", value=written)


def write_partner_list(partnerships: Iterable[Partnership], viewer: Side, names: Mapping[str, str]) -> str:
    """CSV with a row for each contact of the other side, and one for a partnership that has none."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(EXPORTED)
    for each in partnerships:
        partner = each.district_id if viewer is Side.PROVIDER else each.provider_id
        nature = each.shown.terms.nature if each.shown else each.nature
        contacts = [contact for contact in each.contacts if contact.side is not viewer]
        listed: list[Contact | None] = [*contacts] or [None]
        for person in listed:
            said = (person.name, person.email) if person else ("", "")
            days = [day.isoformat() if day else "" for day in (person.from_on, person.until_on)] if person else ["", ""]
            row = [partner, names.get(partner, ""), *said, nature, person.role if person else "", each.status.value]
            writer.writerow([harmless(cell) for cell in (*row, *days, each.partnership_id)])
    return text.getvalue()


def harmless(cell: str) -> str:
    """What a spreadsheet would take for a formula is shown as text."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
