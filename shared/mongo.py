"""The seam to MongoDB: the only file that knows whether motor or PyMongo's async client is underneath."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ASCENDING, AsyncMongoClient, IndexModel, InsertOne, ReturnDocument, UpdateOne
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from shared.errors import AlreadyThere, Misconfigured, StoreAway
from shared.operations import Change, Document, Filter, Index, Insert, Update

__all__ = ["Change", "Collection", "Document", "Filter", "Index", "Insert", "Mongo", "Update"]

DUPLICATE_KEY = 11000
NO_PRIMARY = frozenset({50, 91, 189, 262, 10058, 10107, 11600, 11602, 13435, 13436})
"""Server codes for "not the primary", "shutting down" and "out of time": wait and try again (MongoDB error codes)."""

AWAY_SECONDS = 2.0

DRIVERS = {"motor": AsyncIOMotorClient, "pymongo": AsyncMongoClient}


@contextmanager
def _named() -> Iterator[None]:
    """Driver errors under our names; and a cancellation that PyMongo's async client has taken for a broken connection.

    It closes the connection, tries the call again and answers as if nobody had asked it to stop (seen with 4.20).
    """
    task = asyncio.current_task()
    requests = task.cancelling() if task is not None else 0
    try:
        with _errors_named():
            yield
    finally:
        if task is not None and task.cancelling() > requests:
            raise asyncio.CancelledError


@contextmanager
def _errors_named() -> Iterator[None]:
    """Without the values that the server quotes."""
    try:
        yield
    except DuplicateKeyError:
        raise AlreadyThere("A document with this unique value is there already.") from None
    except (ConnectionFailure, ExecutionTimeout, WTimeoutError) as error:
        raise StoreAway(f"MongoDB does not answer ({type(error).__name__}).") from None
    except BulkWriteError:
        raise
    except OperationFailure as error:
        if error.code in NO_PRIMARY or error.has_error_label("RetryableWriteError"):
            raise StoreAway(f"MongoDB has no primary (code {error.code}).") from None
        raise
    except PyMongoError as error:
        if error.timeout:
            raise StoreAway(f"MongoDB does not answer in time ({type(error).__name__}).") from None
        raise


class Collection:
    """One collection. `Outage`s are StoreAway, a duplicate key is AlreadyThere; everything else is a defect of ours."""

    def __init__(self, native: Any, *, awaits_aggregate: bool) -> None:
        self._native = native
        self._awaits_aggregate = awaits_aggregate

    @property
    def name(self) -> str:
        return str(self._native.name)

    async def find_one(self, filter: Filter, projection: Filter | None = None) -> Document | None:
        with _named():
            found: Document | None = await self._native.find_one(filter, projection)
            return found

    async def find(
        self,
        filter: Filter,
        *,
        projection: Filter | None = None,
        sort: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
        skip: int = 0,
    ) -> list[Document]:
        with _named():
            cursor = self._native.find(filter, projection, sort=sort, limit=limit, skip=skip)
            found: list[Document] = await cursor.to_list(None)
            return found

    async def insert_one(self, document: Document) -> None:
        with _named():
            await self._native.insert_one(document)

    async def insert_many(self, documents: Sequence[Document], ordered: bool = False) -> int:
        """Insert what is not there yet; answers how many were new."""
        if not documents:
            return 0
        with _named():
            try:
                answer = await self._native.insert_many(documents, ordered=ordered)
            except BulkWriteError as error:
                _only_duplicates(error)
                return int(error.details["nInserted"])
            return len(answer.inserted_ids)

    async def update_one(self, filter: Filter, change: Change, upsert: bool = False) -> int:
        """Answers how many matched; an upsert that inserted counts as one."""
        with _named():
            answer = await self._native.update_one(filter, change, upsert=upsert)
            return int(answer.matched_count) + (1 if answer.upserted_id is not None else 0)

    async def update_many(self, filter: Filter, change: Change) -> int:
        with _named():
            return int((await self._native.update_many(filter, change)).matched_count)

    async def find_one_and_update(
        self,
        filter: Filter,
        change: Change,
        *,
        upsert: bool = False,
        sort: Sequence[tuple[str, int]] | None = None,
    ) -> Document | None:
        """The document as it is after the change, or None if nothing matched."""
        with _named():
            found: Document | None = await self._native.find_one_and_update(
                filter, change, upsert=upsert, sort=sort, return_document=ReturnDocument.AFTER
            )
            return found

    async def bulk(self, operations: Sequence[Insert | Update]) -> list[Exception | None]:
        """Carry out all that can be, in one round trip; one result for each: None, or what went wrong with it."""
        results: list[Exception | None] = [None] * len(operations)
        if not operations:
            return results
        requests = [
            InsertOne(operation.document)
            if isinstance(operation, Insert)
            else UpdateOne(operation.filter, operation.change, upsert=operation.upsert)
            for operation in operations
        ]
        with _named():
            try:
                await self._native.bulk_write(requests, ordered=False)
            except BulkWriteError as error:
                if error.details.get("writeConcernErrors"):
                    raise StoreAway("MongoDB could not confirm a write to a majority.") from None
                for fault in error.details["writeErrors"]:
                    results[fault["index"]] = _fault(int(fault["code"]))
        return results

    async def aggregate(self, pipeline: Sequence[Filter]) -> list[Document]:
        with _named():
            cursor = self._native.aggregate(list(pipeline))
            if self._awaits_aggregate:
                cursor = await cursor
            found: list[Document] = await cursor.to_list(None)
            return found

    async def count(self, filter: Filter) -> int:
        with _named():
            return int(await self._native.count_documents(filter))

    async def delete_many(self, filter: Filter) -> int:
        with _named():
            return int((await self._native.delete_many(filter)).deleted_count)

    async def drop(self) -> None:
        """Remove it with all that is in it, and its indexes."""
        with _named():
            await self._native.drop()

    async def ensure_indexes(self, *indexes: Index) -> None:
        if indexes:
            with _named():
                await self._native.create_indexes([_index_model(index) for index in indexes])


class Mongo:
    """A connected client and the one database that a service owns."""

    def __init__(self, client: Any, database: str, *, is_motor: bool) -> None:
        self._client = client
        self._database = client[database]
        self._is_motor = is_motor
        self._missed_since: float | None = None

    @classmethod
    async def connect(
        cls,
        uri: str,
        database: str,
        driver: str = "motor",
        *,
        timeout_seconds: float = 5.0,
        app_name: str = "prepbridge",
    ) -> "Mongo":
        """A client for `uri`, without waiting for the server: ask `ping`. A call gives up after `timeout_seconds`."""
        if driver not in DRIVERS:
            raise Misconfigured(f"The MongoDB driver must be one of {', '.join(DRIVERS)}, not {driver!r}.")
        deadline = int(timeout_seconds * 1000)
        try:
            client: Any = DRIVERS[driver](
                uri,
                tz_aware=True,
                w="majority",
                journal=True,
                retryWrites=True,
                readConcernLevel="majority",
                timeoutMS=deadline,
                serverSelectionTimeoutMS=deadline,
                connectTimeoutMS=deadline,
                maxPoolSize=50,
                appname=app_name,
            )
        except (InvalidURI, ConfigurationError):
            raise Misconfigured("The MongoDB address is not a valid mongodb:// URI.") from None
        return cls(client, database, is_motor=driver == "motor")

    def collection(self, name: str) -> Collection:
        return Collection(self._database[name], awaits_aggregate=not self._is_motor)

    async def ping(self) -> None:
        """StoreAway unless a primary answers."""
        with _named():
            hello = await self._client.admin.command("hello")
        if not hello.get("isWritablePrimary"):
            raise StoreAway("MongoDB has no primary.")

    def is_away(self, now: float) -> bool:
        """Whether whoever asks now would wait in vain: the driver, which watches, has known no primary for a while.

        `now` is seconds of any clock that only goes forward. An election that is quick is for the driver to wait out.
        """
        if self._client.topology_description.has_writable_server():
            self._missed_since = None
            return False
        self._missed_since = self._missed_since or now
        return now - self._missed_since > AWAY_SECONDS

    async def drop(self) -> None:
        """Remove the whole database; for tests and for starting the demonstration afresh."""
        with _named():
            await self._client.drop_database(self._database.name)

    async def close(self) -> None:
        closing = self._client.close()
        if not self._is_motor:
            await closing


def _index_model(index: Index) -> IndexModel:
    keys = [(key, ASCENDING) if isinstance(key, str) else key for key in index.keys]
    options: Document = {"unique": index.unique}
    if index.partial is not None:
        options["partialFilterExpression"] = dict(index.partial)
    if index.expire_after_seconds is not None:
        options["expireAfterSeconds"] = index.expire_after_seconds
    return IndexModel(keys, **options)


def _fault(code: int) -> Exception:
    if code == DUPLICATE_KEY:
        return AlreadyThere("A document with this unique value is there already.")
    if code in NO_PRIMARY:
        return StoreAway(f"MongoDB has no primary (code {code}).")
    return OperationFailure(f"MongoDB refused a write (code {code}).", code)


def _only_duplicates(error: BulkWriteError) -> None:
    for fault in error.details["writeErrors"]:
        if fault["code"] != DUPLICATE_KEY:
            raise _fault(int(fault["code"])) from None
