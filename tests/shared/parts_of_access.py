"""Keys, people and a service that knows them, for the tests of access."""

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from shared.access.access_file import key_hash, new_api_key
from shared.mongo import Mongo
from shared.service import create_service
from tests.conftest import SetClock
from tests.shared.parts_of_a_service import settings, wire_parts

KEY = new_api_key()
ANOTHER_KEY = new_api_key()
PERSON = {"accept": "text/html"}
SAME_ORIGIN = {"sec-fetch-site": "same-origin"}


def content(**changes: Any) -> str:
    """An access file with one key, of which fields are changed, and one person."""
    key = {"name": "sis", "sha256": key_hash(KEY), "role": "district", "organizations": ["00350000"], "expires": None}
    person = {"subject": "agency-1", "display_name": "Ada of the Agency", "role": "agency", "organizations": []}
    return json.dumps({"api_keys": [{**key, **changes}], "people": [person]})


def access_file(folder: Path, text: str) -> Path:
    path = folder / "access.json"
    path.write_text(text)
    return path


def service_that_knows_people(mongo: Mongo, clock: SetClock, folder: Path) -> FastAPI:
    path = access_file(folder, content())
    return create_service("parts", settings(access_file=path), wire_parts, mongo=mongo, clock=clock)
