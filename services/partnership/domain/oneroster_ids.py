"""Reads the ids of a person in OneRoster: free types, named per connection, with zeros that spreadsheets ate."""

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.observation import IdSystem
from services.partnership.domain.oneroster_values import bare, is_number_at_all, is_rounded_number, read_user_ids
from services.partnership.domain.roster_text import Table

_DIGITS_THAT_MAY_BE_LOST = 2


class IdReader:
    """Turns userIds, identifier, userMasterIdentifier and extension columns into `(system, value)` pairs."""

    def __init__(self, table: Table, mapping: ConnectionMapping) -> None:
        self._table = table
        self._types = {bare(name): system for name, system in mapping.id_types.items()}
        metadata = {bare(name): system for name, system in mapping.metadata_ids.items()}
        self._metadata = tuple((f"metadata.{name}", metadata[name]) for name in table.metadata)
        self._digits = mapping.state_id_digits

    def read(
        self, line: int, user_ids: str, identifier: str, master: str, metadata: tuple[str, ...]
    ) -> tuple[tuple[IdSystem, str], ...]:
        """Sorted, each once."""
        pairs: set[tuple[IdSystem, str]] = set()
        typed, odd = read_user_ids(user_ids) if user_ids else ((), None)
        if odd:
            self._table.note(odd, line, "userIds", value=user_ids)
        for kind, value in typed:
            self._add(pairs, line, "userIds", self._types.get(bare(kind), f"userid:{bare(kind)}"), value)
        for (column, system), value in zip(self._metadata, metadata, strict=True):
            self._add(pairs, line, column, system, value)
        if identifier:
            self._add(pairs, line, "identifier", "local_id", identifier)
        if master:
            self._add(pairs, line, "userMasterIdentifier", "master_id", master)
        return tuple(sorted(pairs))

    def _add(self, pairs: set[tuple[IdSystem, str]], line: int, column: str, system: IdSystem, value: str) -> None:
        if not value or not is_number_at_all(value):
            return
        if is_rounded_number(value):
            self._table.note(found.SCIENTIFIC_ID, line, column, value=value)
            return
        pairs.add((system, self._whole_state_id(line, column, value) if system == "state_id" else value))

    def _whole_state_id(self, line: int, column: str, value: str) -> str:
        """With its leading zeros, where at most two are missing."""
        if len(value) == self._digits and value.isdigit():
            return value
        missing = self._digits - len(value)
        if value.isdigit() and 0 < missing <= _DIGITS_THAT_MAY_BE_LOST:
            self._table.note(found.ID_PADDED, line, column, value=value)
            return value.zfill(self._digits)
        self._table.note(found.ID_LENGTH, line, column, value=value)
        return value
