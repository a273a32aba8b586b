"""Sets down what is read of a roster outside of memory, so that a large district takes no more of it than a small one.

SQLite's private file does it: without a name once it is open, readable by this process alone, and gone with it. Nothing
of students is set down but a number that stands for their key; no password is.
"""

import sqlite3
import weakref
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_AT_ONCE = 500
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -6144;
CREATE TABLE users (key TEXT, known INTEGER, line INTEGER, changed INTEGER, same INTEGER,
    besides INTEGER, deleted INTEGER, local TEXT, master TEXT, address TEXT, username TEXT, body BLOB,
    seq INTEGER PRIMARY KEY);
CREATE TABLE roles (person TEXT, known INTEGER, line INTEGER, changed INTEGER, role_id TEXT, org TEXT, role TEXT,
    raw TEXT, main INTEGER, starts TEXT, ends TEXT, deleted INTEGER);
CREATE TABLE more_keys (kind TEXT, value TEXT, seq INTEGER);
CREATE TABLE said (person INTEGER, reason INTEGER);
CREATE TABLE standing (person INTEGER PRIMARY KEY, reason INTEGER);
BEGIN;
"""
_SHARED_KEYS = """
SELECT kind, group_concat(seq), count(*) FROM (
    SELECT 'local_id' AS kind, local AS value, seq FROM users WHERE local <> ''
    UNION ALL SELECT 'master_id', master, seq FROM users WHERE master <> ''
    UNION ALL SELECT 'address', address, seq FROM users WHERE address <> ''
    UNION ALL SELECT 'username', username, seq FROM users WHERE username <> ''
    UNION ALL SELECT kind, value, seq FROM more_keys
) GROUP BY kind, value HAVING count(*) > 1
"""
NEW, KNOWN, KNOWN_WITH_NEWS = 0, 1, 2
"""Whether a row is of this set, of before, or of this set and about somebody known before."""
STAFF = 0
REASONS = ("", "student", "guardian", "parent", "relative", "no_staff")
"""Why somebody is no staff, by number; the first stands for staff."""


class UserRow(NamedTuple):
    """A person as one row has them. `same` stands for all of what the row says, `besides` for all but where and as
    what they work; `changed` is in milliseconds since 1970, 0 when not said;
    `seq` is its number once it is set down."""

    key: str
    known: int
    line: int
    changed: int
    same: int
    besides: int
    deleted: int
    local: str
    master: str
    address: str
    username: str
    body: bytes
    seq: int | None = None


class RoleRow(NamedTuple):
    """A role of a person as one row has it; `main` is 1, 0, or None when not said; days are ISO dates, or blank."""

    person: str
    known: int
    line: int
    changed: int
    role_id: str
    org: str
    role: str
    raw: str
    main: int | None
    starts: str
    ends: str
    deleted: int


class RosterSpool:
    """Rows go in one by one and come out in the order of their keys. Used by one thread at a time."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._db.close)
        self._db.executescript(_TABLES)
        self._asking = self._db.cursor()
        self._users: list[UserRow] = []
        self._roles: list[RoleRow] = []
        self._said: list[tuple[int, int]] = []
        self._more: list[tuple[str, str, int]] = []
        self._next_seq = 1

    def add_user(self, user: UserRow, more_keys: Iterable[tuple[str, str]] = ()) -> None:
        """`more_keys`: further `(kind, value)` by which rows of one person may be told."""
        for kind, value in more_keys:
            self._more.append((kind, value, self._next_seq))
        self._next_seq += 1
        self._users.append(user)
        if len(self._users) == _AT_ONCE:
            self._flush()

    def add_role(self, role: RoleRow) -> None:
        self._roles.append(role)
        if len(self._roles) == _AT_ONCE:
            self._flush()

    def say(self, person: str, reason: int) -> None:
        """That somebody is staff, or why not; of the person only a number is kept."""
        self._said.append((hash(person), reason))
        if len(self._said) == _AT_ONCE:
            self._flush()

    def known_is_laid(self) -> None:
        """All that was known before is in; now comes the set."""
        self._flush()
        self._db.execute("CREATE INDEX known_roles ON roles (role_id) WHERE known = 1")

    def knows_role(self, role_id: str) -> bool:
        """Whether a role of this id was a staff role before."""
        query = "SELECT 1 FROM roles WHERE known = 1 AND role_id = ? AND role_id <> ''"
        return self._db.execute(query, (role_id,)).fetchone() is not None

    def settle_standing(self) -> None:
        """From here on it can be asked who is staff; whoever is staff in one role is staff."""
        self._flush()
        self._db.execute("INSERT INTO standing SELECT person, min(reason) FROM said GROUP BY person")
        self._db.execute("DELETE FROM said")

    def standing(self, person: str) -> int | None:
        """STAFF, the number of a reason, or None for somebody of whom nothing was said."""
        self._asking.execute("SELECT reason FROM standing WHERE person = ?", (hash(person),))
        found: tuple[int] | None = self._asking.fetchone()
        return found[0] if found else None

    def index(self) -> None:
        """All rows are in: from here on they can be found."""
        self._flush()
        self._db.execute("CREATE INDEX users_by_key ON users (key)")
        self._db.execute("CREATE INDEX roles_by_person ON roles (person, org, role)")

    def forget_known_users(self) -> None:
        """The set says anew who is there."""
        self._flush()
        self._db.execute("DELETE FROM more_keys WHERE seq IN (SELECT seq FROM users WHERE known = 1)")
        self._db.execute("DELETE FROM users WHERE known = 1")

    def forget_known_roles(self) -> None:
        """The set says anew who is what."""
        self._flush()
        self._db.execute("DELETE FROM roles WHERE known = 1")

    def keys_in_doubt(self) -> Iterator[str]:
        """Keys of more than one row. The rows may be changed meanwhile."""
        self._db.execute("CREATE TABLE doubtful AS SELECT key FROM users GROUP BY key HAVING count(*) > 1")
        yield from self._column("SELECT key FROM doubtful")

    def rows_of(self, key: str) -> list[UserRow]:
        """All rows of a key, what was known before first, then as they stand in the file."""
        found = self._db.execute("SELECT * FROM users WHERE key = ? ORDER BY known DESC, seq", (key,))
        return list(map(UserRow._make, found))

    def keep_one(self, kept: UserRow) -> None:
        """Of a key's rows this one counts, with this body."""
        others = (kept.key, kept.seq)
        self._db.execute(
            "DELETE FROM more_keys WHERE seq IN (SELECT seq FROM users WHERE key = ? AND seq <> ?)", others
        )
        self._db.execute("DELETE FROM users WHERE key = ? AND seq <> ?", others)
        self._db.execute("UPDATE users SET body = ?, known = ? WHERE seq = ?", (kept.body, kept.known, kept.seq))

    def forget_user(self, key: str) -> None:
        self._db.execute("DELETE FROM more_keys WHERE seq IN (SELECT seq FROM users WHERE key = ?)", (key,))
        self._db.execute("DELETE FROM users WHERE key = ?", (key,))

    def roles_of_nobody(self) -> Iterator[tuple[str, int]]:
        """Persons who have roles in this set and are no user, each with the line of the first."""
        yield from self._db.execute(
            "SELECT person, min(line) FROM roles WHERE known = 0 AND person NOT IN (SELECT key FROM users)"
            " GROUP BY person ORDER BY min(line)"
        )

    def users_without_role(self) -> Iterator[tuple[str, int]]:
        """Users of this set of whom no role is known, with their lines. They may be forgotten meanwhile."""
        self._db.execute(
            "CREATE TABLE roleless AS SELECT key, line FROM users WHERE known = 0"
            " AND key NOT IN (SELECT person FROM roles) ORDER BY line"
        )
        yield from self._db.execute("SELECT key, line FROM roleless")

    def roles_in_doubt(self) -> Iterator[str]:
        """Persons who have one role at one place in more than one row."""
        yield from self._column(
            "SELECT DISTINCT person FROM (SELECT person FROM roles GROUP BY person, org, role HAVING count(*) > 1)"
        )

    def people_with_new_roles(self) -> Iterator[str]:
        """Persons of whose roles this set says something."""
        yield from self._column("SELECT DISTINCT person FROM roles WHERE known = 0 ORDER BY person")

    def roles_of(self, person: str) -> list[RoleRow]:
        """What was known before first, then by time of change, then as they stand in the file."""
        found = self._db.execute("SELECT * FROM roles WHERE person = ? ORDER BY known DESC, changed, line", (person,))
        return list(map(RoleRow._make, found))

    def users(self) -> Iterator[UserRow]:
        """In the order of their keys."""
        yield from map(UserRow._make, self._db.execute("SELECT * FROM users ORDER BY key"))

    def roles(self) -> Iterator[RoleRow]:
        """In the order of the persons' keys, each person's as `roles_of` has them."""
        ordered = "SELECT * FROM roles ORDER BY person, known DESC, changed, line"
        yield from map(RoleRow._make, self._db.execute(ordered))

    def user(self, seq: int) -> UserRow:
        found = self._db.execute("SELECT * FROM users WHERE seq = ?", (seq,))
        return UserRow._make(found.fetchone())

    def shared_keys(self) -> Iterator[tuple[str, list[int]]]:
        """Keys that more than one row has: their kind, and the rows."""
        for kind, rows, _ in self._db.execute(_SHARED_KEYS):
            yield kind, [int(seq) for seq in rows.split(",")]

    def count_users(self) -> int:
        count: int = self._db.execute("SELECT count(*) FROM users").fetchone()[0]
        return count

    def _column(self, query: str) -> Iterator[str]:
        for (value,) in self._db.execute(query):
            yield value

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._users)
        self._db.executemany("INSERT INTO roles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._roles)
        self._db.executemany("INSERT INTO said VALUES (?, ?)", self._said)
        self._db.executemany("INSERT INTO more_keys VALUES (?, ?, ?)", self._more)
        self._users, self._roles, self._said, self._more = [], [], [], []
