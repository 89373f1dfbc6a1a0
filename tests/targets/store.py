"""The state of a test double in SQLite: its records, every write it was sent, and its stored answers."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.targets.objects import RemoteObject, Row

_TABLES = """
CREATE TABLE IF NOT EXISTS records (
    object TEXT NOT NULL, key TEXT NOT NULL, modified TEXT NOT NULL, version INTEGER NOT NULL, hub_record TEXT,
    hub_version INTEGER, external_id TEXT, title TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (object, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_by_time ON records (object, modified, key);
CREATE UNIQUE INDEX IF NOT EXISTS external_id_is_unique ON records (object, external_id) WHERE external_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, sender TEXT NOT NULL, method TEXT NOT NULL,
    object TEXT NOT NULL, key TEXT NOT NULL, idempotency_key TEXT, hub_record TEXT, hub_version INTEGER,
    body_hash TEXT NOT NULL, fields TEXT NOT NULL, status INTEGER NOT NULL, outcome TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS requests_of_a_record ON requests (object, key, number);
CREATE TABLE IF NOT EXISTS answers (
    idempotency_key TEXT PRIMARY KEY, asked TEXT NOT NULL, status INTEGER NOT NULL, key TEXT NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Held:
    """One record as the system holds it. `hub_version` is the last version of `hub_record` applied to it."""

    object: str
    key: str
    modified: str
    version: int
    hub_record: str | None
    hub_version: int | None
    title: str
    body: Row

    @property
    def etag(self) -> str:
        """The entity tag of this state."""
        return f'"v{self.version}"'


@dataclass(frozen=True, slots=True)
class Write:
    """One write as it was asked for. `sender` is `hub`, or `person` for an edit on the record's page."""

    sender: str
    method: str
    object: str
    body: Row
    body_hash: str
    idempotency_key: str | None = None
    hub_record: str | None = None
    hub_version: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer stored for an idempotency key; `asked` is what it answers."""

    asked: str
    status: int
    key: str
    version: int


@dataclass(frozen=True, slots=True)
class Logged:
    """One line of the log of writes."""

    number: int
    at: str
    sender: str
    method: str
    object: str
    key: str
    hub_version: int | None
    fields: tuple[str, ...]
    status: int
    outcome: str


def hash_of(body: bytes) -> str:
    """Hash of a body as it came over the wire."""
    return hashlib.sha256(body).hexdigest()


class Store:
    """All state of one system. Each change is one durable transaction; killed or not, what was answered stays."""

    def __init__(self, path: Path, *, time_form: Callable[[datetime], str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._time_form = time_form
        self._lock = threading.RLock()
        self._last_moment = datetime.min.replace(tzinfo=UTC)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_TABLES)
        row = self._connection.execute("SELECT max(at) FROM requests").fetchone()
        if row[0]:
            self._last_moment = datetime.fromisoformat(row[0])

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One transaction, alone."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def seed(self, kinds: Iterable[RemoteObject], *, folder: Path) -> int:
        """Take over the records of the extracts, once. Records without a key cannot be held and are left out."""
        with self.changing():
            if self._connection.execute("SELECT 1 FROM facts WHERE name = 'seeded'").fetchone():
                return 0
            before = self._connection.total_changes
            for kind in kinds:
                self._connection.executemany(
                    "INSERT OR IGNORE INTO records VALUES (?, ?, ?, 1, NULL, NULL, ?, ?, ?)",
                    (
                        (kind.name, row[kind.key], row[kind.modified], row.get(kind.external_id) or None,
                         kind.title(row), json.dumps(row, ensure_ascii=False))
                        for row in kind.rows(folder)
                        if row.get(kind.key)
                    ),
                )  # fmt: skip
            self._connection.execute("INSERT INTO facts VALUES ('seeded', 'yes')")
            return self._connection.total_changes - before - 1

    def get(self, kind: str, *, key: str) -> Held | None:
        """One record by its key."""
        return self._one("object = ? AND key = ?", (kind, key))

    def by_external_id(self, kind: str, *, external_id: str) -> Held | None:
        """One record by the key another system gave it."""
        return self._one("object = ? AND external_id = ?", (kind, external_id))

    def page(self, kind: str, *, since: str, after_key: str | None, limit: int) -> list[Held]:
        """Records modified at or after `since`, in order of time and key.

        With `after_key`, those after that key at `since`, and all later ones.
        """
        condition = "(modified, key) > (?, ?)" if after_key is not None else "modified >= ? AND key >= ?"
        return self._many(
            f"object = ? AND {condition} ORDER BY modified, key LIMIT ?", (kind, since, after_key or "", limit)
        )

    def search(self, kind: str, *, text: str, limit: int) -> list[Held]:
        """Records whose key, title or text holds the words, newest first."""
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return self._many(
            "object = ? AND (key LIKE ? ESCAPE '\\' OR body LIKE ? ESCAPE '\\') ORDER BY modified DESC, key LIMIT ?",
            (kind, f"%{escaped}%", f"%{escaped}%", limit),
        )

    def count(self, kind: str) -> int:
        """How many records of a kind there are."""
        with self._lock:
            return int(self._connection.execute("SELECT count(*) FROM records WHERE object = ?", (kind,)).fetchone()[0])

    def answer_for(self, idempotency_key: str) -> Answer | None:
        """The stored answer to an idempotency key."""
        with self._lock:
            row = self._connection.execute(
                "SELECT asked, status, key, version FROM answers WHERE idempotency_key = ?", (idempotency_key,)
            ).fetchone()
        return Answer(*row) if row else None

    def apply(self, write: Write, *, kind: RemoteObject, key: str, held: Held | None) -> Held:
        """Merge the write into the record, or create it; its modified time moves forward. Inside `changing`."""
        moment = self._next_moment()
        modified = self._time_form(moment)
        body = dict(held.body) if held else kind.new_row() | {kind.created: modified}
        body |= write.body | {kind.key: key, kind.modified: modified}
        version = held.version + 1 if held else 1
        newest = write if write.hub_version is not None else held
        now = Held(
            object=kind.name,
            key=key,
            modified=modified,
            version=version,
            hub_record=newest.hub_record if newest else None,
            hub_version=newest.hub_version if newest else None,
            title=kind.title(body),
            body=body,
        )
        self._connection.execute(
            "INSERT INTO records (modified, version, hub_record, hub_version, external_id, title, body, object, key)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (object, key) DO UPDATE SET modified = excluded.modified,"
            " version = excluded.version, hub_record = excluded.hub_record, hub_version = excluded.hub_version,"
            " external_id = excluded.external_id, title = excluded.title, body = excluded.body",
            (
                now.modified,
                now.version,
                now.hub_record,
                now.hub_version,
                body.get(kind.external_id) or None,
                now.title,
                json.dumps(body, ensure_ascii=False),
                now.object,
                now.key,
            ),
        )
        return now

    def delete(self, kind: str, *, key: str) -> None:
        """Forget a record. Inside `changing`."""
        self._connection.execute("DELETE FROM records WHERE object = ? AND key = ?", (kind, key))

    def log(self, write: Write, *, key: str, status: int, outcome: str) -> None:
        """Note a write. Outcomes: `applied`, `replayed`, `refused`. Inside `changing`."""
        self._connection.execute(
            "INSERT INTO requests (at, sender, method, object, key, idempotency_key, hub_record, hub_version,"
            " body_hash, fields, status, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._next_moment().isoformat(timespec="milliseconds"),
                write.sender,
                write.method,
                write.object,
                key,
                write.idempotency_key,
                write.hub_record,
                write.hub_version,
                write.body_hash,
                " ".join(write.body),
                status,
                outcome,
            ),
        )

    def keep_answer(self, idempotency_key: str, *, answer: Answer) -> None:
        """Store the answer to an idempotency key. Inside `changing`."""
        self._connection.execute(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?)",
            (idempotency_key, answer.asked, answer.status, answer.key, answer.version),
        )

    def next_serial(self) -> int:
        """A number never given before. Inside `changing`."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = 'serial'").fetchone()
        serial = int(row[0]) + 1 if row else 1
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES ('serial', ?)", (str(serial),))
        return serial

    def writes(self, *, kind: str | None = None, key: str | None = None, limit: int = 20) -> list[Logged]:
        """The last writes, newest first; of one record when `kind` and `key` are given."""
        condition, values = ("object = ? AND key = ?", (kind, key)) if kind else ("1", ())
        with self._lock:
            rows = self._connection.execute(
                "SELECT number, at, sender, method, object, key, hub_version, fields, status, outcome FROM requests"
                f" WHERE {condition} ORDER BY number DESC LIMIT ?",
                (*values, limit),
            ).fetchall()
        return [Logged(*(*row[:7], tuple(row[7].split()), *row[8:])) for row in rows]

    def _next_moment(self) -> datetime:
        """Now in whole milliseconds, later than every moment before, so that no reader can miss a change."""
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._last_moment = max(now, self._last_moment + timedelta(milliseconds=1))
        return self._last_moment

    def _one(self, condition: str, values: tuple[object, ...]) -> Held | None:
        return next(iter(self._many(condition, values)), None)

    def _many(self, condition: str, values: tuple[object, ...]) -> list[Held]:
        with self._lock:
            rows = self._connection.execute(
                "SELECT object, key, modified, version, hub_record, hub_version, title, body FROM records"
                f" WHERE {condition}",
                values,
            ).fetchall()
        return [Held(*(*row[:7], json.loads(row[7]))) for row in rows]
