"""How differently the systems of districts write the same roster: styles that a right reader takes all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Vendor:
    """One system's habits. The default writes OneRoster 1.2 as the standard has it."""

    name: str
    encoding: str = "utf-8"
    line_end: str = "\n"
    upper_case_names: bool = False
    user_ids: str = "braces"  # braces | bare | semicolon | json
    state_id_in_metadata: bool = False
    state_code_in_metadata: bool = False
    columns_shuffled: bool = False
    header_untidy: bool = False
    blank_lines_at_end: int = 0
    enclosing_folder: str = ""
    resource_forks: bool = False
    manifest: bool = True
    status_filled: bool = False
    enabled: str = "true"
    roles_capitalized: bool = False
    slashed_dates: bool = False
    passwords: bool = False
    vendor_columns: bool = False

    def written_date(self, day: date | None) -> str:
        if day is None:
            return ""
        return f"{day.month}/{day.day}/{day.year}" if self.slashed_dates else day.isoformat()

    def written_role(self, role: str) -> str:
        return role[:1].upper() + role[1:] if self.roles_capitalized and not role.startswith("ext:") else role

    def written_ids(self, pairs: Sequence[tuple[str, str]]) -> str:
        """`{MEPID:12345678},{LDAP:x}`, or one of the ways in which real systems miss that."""
        match self.user_ids:
            case "bare":
                return ",".join(f"{kind}:{value}" for kind, value in pairs)
            case "semicolon":
                return ";".join(f"{{{kind}:{value}}}" for kind, value in pairs)
            case "json":
                return json.dumps([{"type": kind, "identifier": value} for kind, value in pairs])
            case _:
                return ",".join(f"{{{kind}:{value}}}" for kind, value in pairs)


VENDORS = (
    Vendor("plain"),
    Vendor("windows", encoding="utf-8-sig", line_end="\r\n", enabled="TRUE"),
    Vendor("mainframe", encoding="cp1252", line_end="\r\n", upper_case_names=True),
    Vendor("metadata", state_code_in_metadata=True, state_id_in_metadata=True, vendor_columns=True),
    Vendor("desktop", enclosing_folder="OneRoster Export", resource_forks=True, blank_lines_at_end=3),
    Vendor("bare ids", user_ids="bare", columns_shuffled=True),
    Vendor("chatty", status_filled=True, passwords=True, user_ids="semicolon"),
    Vendor("spreadsheet", slashed_dates=True, header_untidy=True, enabled="TRUE", roles_capitalized=True),
    Vendor("script", manifest=False, user_ids="json", encoding="utf-8-sig"),
)


def vendor_of(position: int) -> Vendor:
    """The system of the district at this position in the list of districts."""
    return VENDORS[position % len(VENDORS)]
