"""Turns pages: where the next one is, and when something is wrong with how they follow each other.

Links and totals are recommended and often missing; pages may be shorter than asked for, or come again for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.source_trouble import ChangedWhileRead, SourceTrouble
from shared.web_addresses import on_the_same_host

TOTAL, LINK, TOKEN = ("x-total-count", "total-count"), "link", "next-page-token"


class Cursor(BaseModel):
    """Where in a list we are. `follows` is the address that the source gave for the next page, `token` its token;
    `first` tells the last page by its first row, without keeping that; `length` is how long a full page is."""

    model_config = ConfigDict(frozen=True)

    offset: int = 0
    follows: str = ""
    token: str = ""
    pages: int = 0
    rows: int = 0
    total: int | None = None
    first: str = ""
    length: int = 0
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What an answer held: the rows' keys in order, and what its headers say of the list."""

    keys: tuple[str, ...]
    next_link: str = ""
    next_token: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Turning:
    """How pages are asked for. `repeated`: rows that the page before had too."""

    asked_for: int
    cap: int
    by_token: bool = False
    totals_are_right: bool = True


def read_page(keys: tuple[str, ...], headers: Mapping[str, str]) -> Page:
    """A page's place in its list, as far as the source says it."""
    total = next((int(text) for name in TOTAL if (text := headers.get(name, "").strip()).isdigit()), None)
    return Page(keys, _next_link(headers.get(LINK, "")), headers.get(TOKEN, "").strip(), total)


def turn(cursor: Cursor, page: Page, asked: str, how: Turning, *, repeated: int = 0) -> Cursor:
    """The cursor after a page that was asked for at `asked`. SourceTrouble when the pages do not come to an end."""
    first = sha256(page.keys[0].encode()).hexdigest()[:16] if page.keys else ""
    if first and first == cursor.first:
        if _said_all_at_once(cursor, page, how):
            return cursor.model_copy(update={"is_last": True})
        raise SourceTrouble("The source gives the same page again and again.", "Ask its operator how pages are turned.")
    if cursor.pages >= how.cap:
        raise SourceTrouble(f"The source has more than {how.cap} pages.", "Raise the page size or the page cap.")
    total = page.total if page.total is not None else cursor.total
    if cursor.total is not None and total != cursor.total and how.totals_are_right:
        raise ChangedWhileRead("The data changed while they were read.", may_pass=True)
    after = cursor.model_copy(
        update={
            "offset": cursor.offset + len(page.keys),
            "pages": cursor.pages + 1,
            "rows": cursor.rows + len(page.keys) - repeated,
            "total": total,
            "first": first or cursor.first,
            "length": max(cursor.length, len(page.keys)),
            "follows": _followed(page.next_link, asked),
            "token": page.next_token if how.by_token else "",
        }
    )
    if not _is_last(cursor, after, page, how):
        return after
    if how.totals_are_right and total is not None and after.rows < total:
        raise ChangedWhileRead(
            f"The source announced {total} rows and gave {after.rows}.",
            "If its totals are wrong, tell the connection not to rely on them.",
            may_pass=True,
        )
    return after.model_copy(update={"is_last": True, "follows": "", "token": ""})


def _is_last(before: Cursor, after: Cursor, page: Page, how: Turning) -> bool:
    if how.by_token:
        return not after.token
    if after.follows:
        return False
    if not page.keys:
        return True
    if after.total is not None and how.totals_are_right:
        return after.offset >= after.total
    if before.pages == 0:
        return False  # a first page that is short may be all, or all that the source gives at once: the next one tells
    return len(page.keys) < after.length


def _said_all_at_once(cursor: Cursor, page: Page, how: Turning) -> bool:
    """Whether the source ignores where a page is to begin, and the first, which had no total and link, was everything:
    its length is not the one that was asked for."""
    is_first = cursor.pages == 1 and cursor.total is None and len(page.keys) == cursor.offset
    return is_first and not page.next_link and len(page.keys) != how.asked_for


def _followed(link: str, asked: str) -> str:
    if not link:
        return ""
    address = on_the_same_host(asked, link)
    if address == asked:
        raise SourceTrouble(
            "The source gives the page just read as the next one.", "Ask its operator how pages are turned."
        )
    return address


def _next_link(header: str) -> str:
    """The address with rel=next (RFC 8288)."""
    for part in header.split("<")[1:]:
        address, _, rest = part.partition(">")
        relations = (each.strip() for each in rest.replace(",", ";").split(";"))
        for relation in relations:
            name, _, value = relation.partition("=")
            if name.strip().lower() == "rel" and "next" in value.strip(" \"'").lower().split():
                return address.strip()
    return ""
