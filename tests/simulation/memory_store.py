"""A database in memory that answers what our stores ask of MongoDB; test_memory_store.py holds it against mongod."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.errors import AlreadyThere
from shared.operations import Change, Document, Filter, Insert, Update
from tests.simulation.conditions import NotSimulated, matches, sort_value, value_of

Written = Callable[[str, Document], None]


class MemoryCollection:
    """`written` is told of every document that was inserted or changed, as it is afterwards."""

    def __init__(
        self, name: str, now: Callable[[], datetime], written: Written = lambda _name, _document: None
    ) -> None:
        self.name = name
        self.documents: dict[Any, Document] = {}
        self.unique: list[str] = []
        self._now = now
        self._written = written

    def find(
        self,
        filter: Filter,
        projection: Filter | None = None,
        sort: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
        skip: int = 0,
    ) -> list[Document]:
        found = self._matching(filter)
        for path, direction in reversed(sort or ()):
            found.sort(key=lambda document: sort_value(document, path, direction), reverse=direction < 0)
        return [_projected(copied(one), projection) for one in found[skip : skip + limit if limit else None]]

    def insert(self, document: Document) -> None:
        self._refuse_duplicates(document)
        self._keep(copied(document))

    def insert_many(self, documents: Sequence[Document], ordered: bool) -> int:
        inserted = 0
        for document in documents:
            try:
                self.insert(document)
            except AlreadyThere:
                if ordered:
                    break
            else:
                inserted += 1
        return inserted

    def update(self, filter: Filter, change: Change, *, upsert: bool = False, many: bool = False) -> list[Document]:
        """The documents as they are afterwards."""
        found = self._matching(filter)
        if not found and upsert:
            fresh = _changed({key: one for key, one in filter.items() if _is_equality(key, one)}, change, self._now())
            self._refuse_duplicates(fresh)
            self._keep(fresh)
            return [copied(fresh)]
        answers = []
        for document in found if many else found[:1]:
            after = _changed(copied(document), change, self._now())
            self._refuse_duplicates(after, besides=document["_id"])
            self._keep(after)
            answers.append(copied(after))
        return answers

    def bulk(self, operations: Sequence[Insert | Update]) -> list[Exception | None]:
        results: list[Exception | None] = []
        for operation in operations:
            try:
                if isinstance(operation, Insert):
                    self.insert(operation.document)
                else:
                    self.update(operation.filter, operation.change, upsert=operation.upsert)
                results.append(None)
            except AlreadyThere as error:
                results.append(error)
        return results

    def aggregate(self, pipeline: Sequence[Filter]) -> list[Document]:
        """`$match` and then `$group` with `$push`."""
        match, group = pipeline
        told = dict(group["$group"])
        by = told.pop("_id")
        groups: dict[Any, Document] = {}
        for document in self._matching(match["$match"]):
            key = value_of(by, document, self._now())
            row = groups.setdefault(key, {"_id": key} | {name: [] for name in told})
            for name, gathered in told.items():
                row[name].append(copied(value_of(gathered["$push"], document, self._now())))
        return list(groups.values())

    def delete_many(self, filter: Filter) -> int:
        gone = self._matching(filter)
        for document in gone:
            del self.documents[document["_id"]]
        return len(gone)

    def _matching(self, filter: Filter) -> list[Document]:
        wanted = filter.get("_id")
        if isinstance(wanted, str):
            candidates = [self.documents[wanted]] if wanted in self.documents else []
        else:
            candidates = list(self.documents.values())
        now = self._now()
        return [one for one in candidates if matches(one, filter, now)]

    def _keep(self, document: Document) -> None:
        self.documents[document["_id"]] = document
        self._written(self.name, document)

    def _refuse_duplicates(self, document: Document, besides: Any = None) -> None:
        is_taken = document["_id"] != besides and document["_id"] in self.documents
        for field in self.unique:
            is_taken = is_taken or any(
                one.get(field) == document.get(field) and one["_id"] != document["_id"]
                for one in self.documents.values()
            )
        if is_taken:
            raise AlreadyThere("A document with this unique value is there already.")


def copied(value: Any) -> Any:
    """Lists and documents afresh; tuples as the lists that MongoDB makes of them."""
    if isinstance(value, Mapping):
        return {key: copied(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [copied(one) for one in value]
    return str(value) if isinstance(value, str) else value


def _is_equality(key: str, wanted: Any) -> bool:
    return not key.startswith("$") and not (isinstance(wanted, Mapping) and any(one.startswith("$") for one in wanted))


def _changed(document: Document, change: Change, now: datetime) -> Document:
    if not isinstance(change, Mapping):
        for stage in change:
            ((verb, fields),) = stage.items()
            if verb != "$set":
                raise NotSimulated(verb)
            document |= {name: copied(value_of(one, document, now)) for name, one in fields.items()}
        return document
    for verb, fields in change.items():
        for field, told in fields.items():
            if "." in field:
                raise NotSimulated(f"{verb} {field}")
            _change_field(document, verb, field, told, now)
    return document


def _change_field(document: Document, verb: str, field: str, told: Any, now: datetime) -> None:
    if verb == "$set":
        document[field] = copied(told)
    elif verb == "$push":
        document.setdefault(field, []).extend(copied(told["$each"]))
    elif verb == "$pull":
        if field in document:
            document[field] = [one for one in document[field] if not matches(one, told, now)]
    else:
        raise NotSimulated(verb)


def _projected(document: Document, projection: Filter | None) -> Document:
    if not projection:
        return document
    kept = {name for name, wanted in projection.items() if wanted}
    if kept:
        if any("." in name for name in kept):
            raise NotSimulated("a projection to a part")
        return {name: one for name, one in document.items() if name in kept or name == "_id"}
    for name in projection:
        _strip(document, name.split("."))
    return document


def _strip(value: Any, path: Sequence[str]) -> None:
    if isinstance(value, list):
        for one in value:
            _strip(one, path)
    elif isinstance(value, dict) and len(path) == 1:
        value.pop(path[0], None)
    elif isinstance(value, dict):
        _strip(value.get(path[0]), path[1:])
