"""The keys and people with whom the demonstration is entered; the secrets are new for every installation."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.demonstration.directory import AGENCY, District, Provider
from shared.access.access_file import key_hash, new_api_key

OPERATOR = "operator"
"""Under this name `keys.json` holds the key of the operator's commands."""
OWNER_ONLY = 0o600
PEOPLE_PER_ROLE = 4


def write_access(
    folder: Path,
    districts: Sequence[District],
    providers: Sequence[Provider],
    new_key: Callable[[], str] = new_api_key,
) -> Mapping[str, str]:
    """Write `access.json` for the services and `keys.json` for who asks them; answers organization code → key.

    The services' file holds only hashes. An existing pair is kept: a key that is known stays valid.
    """
    access, secrets = folder / "access.json", folder / "keys.json"
    if access.exists() and secrets.exists():
        known = read_keys(folder)
        return known if OPERATOR in known else _with_operator(access, secrets, {**known, OPERATOR: new_key()})
    keys = {AGENCY: new_key(), OPERATOR: new_key()} | {district.code: new_key() for district in districts}
    content = {
        "api_keys": [_api_key(code, key) for code, key in keys.items()],
        "people": _people(districts, providers),
    }
    folder.mkdir(parents=True, exist_ok=True)
    _write(secrets, keys)
    _write(access, content)
    return keys


def read_keys(folder: Path) -> Mapping[str, str]:
    """Organization code → key."""
    keys: dict[str, str] = json.loads((folder / "keys.json").read_text(encoding="utf-8"))
    return keys


def _with_operator(access: Path, secrets: Path, keys: dict[str, str]) -> dict[str, str]:
    """The pair of an older release, completed."""
    content = json.loads(access.read_text(encoding="utf-8"))
    content["api_keys"].append(_api_key(OPERATOR, keys[OPERATOR]))
    _write(access, content)
    _write(secrets, keys)
    return keys


def _api_key(code: str, key: str) -> dict[str, Any]:
    entry: dict[str, Any]
    if code == OPERATOR:
        entry = {"name": "demonstration-operator", "role": "operator", "organizations": []}
    elif code == AGENCY:
        entry = {"name": "demonstration-agency", "role": "agency", "organizations": []}
    else:
        entry = {"name": f"demonstration-sis-{code}", "role": "district", "organizations": [code]}
    return {**entry, "sha256": key_hash(key), "expires": None}


def _people(districts: Sequence[District], providers: Sequence[Provider]) -> list[dict[str, Any]]:
    """Whom the development sign-in offers: the agency, the operator, the largest providers and districts."""
    largest_providers = sorted(providers, key=lambda provider: (-provider.size, provider.name))[:PEOPLE_PER_ROLE]
    largest_districts = sorted(districts, key=lambda district: (-len(district.schools), district.code))[
        :PEOPLE_PER_ROLE
    ]
    return [
        _person("agency-1", "Agency staff", "agency", []),
        _person("operator-1", "Operator", "operator", []),
        *(
            _person(f"provider-{each.code}", f"{each.name}: staff", "provider", [each.code])
            for each in largest_providers
        ),
        *(
            _person(f"district-{each.code}", f"{each.name}: staff", "district", [each.code])
            for each in largest_districts
        ),
    ]


def _person(subject: str, display_name: str, role: str, organizations: list[str]) -> dict[str, Any]:
    return {"subject": subject, "display_name": display_name, "role": role, "organizations": organizations}


def _write(path: Path, content: object) -> None:
    """Readable by its owner alone, from its first byte on."""
    path.touch(mode=OWNER_ONLY)
    path.chmod(OWNER_ONLY)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
