"""What is set down beside memory is nobody's to read, and gone when it is not needed."""

import gc
import os
import stat
from io import BytesIO
from pathlib import Path

import pytest

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.oneroster import read_oneroster
from tests.partnership.rosters import a_role, a_roster, a_user, a_zip

OPEN_FILES = Path("/proc/self/fd")

pytestmark = pytest.mark.skipif(not OPEN_FILES.exists(), reason="open files are looked up in /proc")


def spools() -> dict[str, os.stat_result]:
    """Open files of SQLite's own, by descriptor."""
    found = {}
    for descriptor in OPEN_FILES.iterdir():
        try:
            if "etilqs_" in str(descriptor.readlink()):
                found[descriptor.name] = descriptor.stat()
        except OSError:
            continue  # closed meanwhile
    return found


def a_large_set(staff: int, students: int = 0) -> BytesIO:
    pupils = [a_user(i, sourcedId=f"S-marker-{i}", givenName="Marker", password="hunter2") for i in range(students)]
    roles = [a_role(i, userSourcedId=f"S-marker-{i}", role="student") for i in range(students)]
    users = [a_user(i, middleName="x" * 800) for i in range(staff)]
    return a_roster(users=[*pupils, *users], roles=[*roles, *map(a_role, range(staff))])


def test_the_spool_has_no_name_is_readable_by_nobody_else_and_is_closed_with_the_roster() -> None:
    gc.collect()
    before = set(spools())
    roster = read_oneroster(a_large_set(9_000), ConnectionMapping(district_code="00350000"))
    ours = [status for name, status in spools().items() if name not in before]
    assert len(ours) >= 1
    assert {(status.st_nlink, stat.S_IMODE(status.st_mode)) for status in ours} == {(0, 0o600)}
    assert sum(1 for _ in roster.observations) == 9_000
    del roster
    gc.collect()
    assert set(spools()) <= before


def test_nothing_of_a_student_and_no_password_is_set_down() -> None:
    gc.collect()
    before = set(spools())
    roster = read_oneroster(a_large_set(9_000, 1_000), ConnectionMapping(district_code="00350000"))
    ours = [name for name in spools() if name not in before]
    content = b"".join((OPEN_FILES / name).read_bytes() for name in ours)
    assert b"Lee" in content
    assert not any(word in content for word in (b"Marker", b"S-marker", b"hunter2"))
    assert len(roster.observations) == 9_000


def test_an_archive_in_the_archive_is_unpacked_into_a_nameless_file_that_is_closed() -> None:
    def nameless() -> int:
        return sum("(deleted)" in str(each.readlink()) for each in OPEN_FILES.iterdir() if each.is_symlink())

    gc.collect()
    before = nameless()
    roster = read_oneroster(a_zip({"roster.zip": a_roster().getvalue()}), ConnectionMapping())
    assert roster.people_kept == 1
    assert nameless() > before
    del roster
    gc.collect()
    assert nameless() == before
