"""The mapping of a connection as a form: one `theirs = ours` in each line."""

from collections.abc import Collection, Mapping
from typing import Any, get_args

from pydantic import ValidationError

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.observation import StaffRole
from services.partnership.web.layout_form import read_layout, written

ID_SYSTEMS = ("state_id", "licence", "local_id", "master_id")
STAFF_ROLES: tuple[str, ...] = get_args(StaffRole)
TEXTS = ("district_code", "time_zone", "file_prefix", "state_id_digits")
LINES: dict[str, Collection[str] | None] = {
    "id_types": ID_SYSTEMS,
    "metadata_ids": ID_SYSTEMS,
    "roles": STAFF_ROLES,
    "organization_codes": None,
}
"""Field → the words that may stand to the right of the sign; None: any."""
FIELD_WORDS = {
    "district_code": "Write the district’s code with its eight digits, or nothing.",
    "time_zone": "Write a time zone such as America/New_York.",
    "state_id_digits": "Write how many digits a state id has, such as 8.",
}


def shown(mapping: ConnectionMapping) -> dict[str, str]:
    """Field → what stands in it."""
    lines = {field: "\n".join(f"{a} = {b}" for a, b in getattr(mapping, field).items()) for field in LINES}
    texts = {field: str(getattr(mapping, field)) for field in TEXTS}
    return lines | texts | {"state_file": written(mapping.state_file)}


def entered(form: Mapping[str, Any], known: ConnectionMapping) -> tuple[ConnectionMapping, dict[str, str]]:
    """The mapping that was entered, on top of what the form does not show; and what is wrong with it, by field."""
    errors: dict[str, str] = {}
    fields: dict[str, Any] = {field: str(form[field]).strip() for field in TEXTS if field in form}
    for field, allowed in LINES.items():
        if field in form:
            fields[field], wrong = _pairs(str(form[field]), allowed)
            if wrong:
                errors[field] = wrong
    if "state_file" in form:
        fields["state_file"], wrong = read_layout(str(form["state_file"]))
        if wrong:
            errors["state_file"] = wrong
    if errors:
        return known, errors
    try:
        return ConnectionMapping.model_validate(known.model_dump() | fields), {}
    except ValidationError as invalid:
        names = [str(each["loc"][0]) for each in invalid.errors()]
        return known, {name: FIELD_WORDS.get(name, "This cannot be taken.") for name in names}


def _pairs(text: str, allowed: Collection[str] | None) -> tuple[dict[str, str], str]:
    pairs: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        theirs, sign, ours = (part.strip() for part in line.rpartition("="))
        if not sign or not theirs or not ours:
            return {}, f"Line {number}: write it as “their word = our word”."
        if allowed is not None and ours not in allowed:
            return {}, f"Line {number}: to the right of the sign may stand {', '.join(allowed)}."
        pairs[theirs] = ours
    return pairs, ""
