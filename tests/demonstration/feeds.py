"""Reads simulated feeds the way a patient person would, so that tests do not trust the code that wrote them."""

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Feed:
    """One zip: raw text per file, decoded whatever its encoding; rows by column name."""

    texts: dict[str, str]

    def rows(self, name: str) -> list[dict[str, str]]:
        lines = [line for line in self.texts[name].splitlines() if line.strip()]
        header = [column.strip() for column in next(csv.reader(lines[:1]))]
        return [dict(zip(header, cells, strict=False)) for cells in csv.reader(lines[1:])]

    def people_with(self, state_id: str) -> list[dict[str, str]]:
        return [
            row for row in self.rows("users.csv") if state_id in row["userIds"] or row.get("metadata.mepid") == state_id
        ]


def read_feed(path: Path) -> Feed:
    texts = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".csv") and not name.startswith("__MACOSX"):
                texts[name.rpartition("/")[2]] = _text(archive.read(name))
    return Feed(texts)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(io.StringIO(file.read())))


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")
