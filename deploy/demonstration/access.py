"""The keys and people with whom the demonstration is entered; the secrets are new for every installation."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.demonstration.directory import AGENCY, District, Provider, largest_districts, largest_providers
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
    roles = {OPERATOR: "operator"} | {each.code: "provider" for each in providers}
    roles |= {each.code: "district" for each in districts} | {AGENCY: "agency"}
    if access.exists() and secrets.exists():
        known = read_keys(folder)
        later = {code: new_key() for code in roles if code not in known}
        return _completed(access, secrets, known, later, roles) if later else known
    keys = {code: new_key() for code in roles}
    content = {
        "api_keys": [_api_key(code, key, roles[code]) for code, key in keys.items()],
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


def _completed(
    access: Path, secrets: Path, known: Mapping[str, str], later: Mapping[str, str], roles: Mapping[str, str]
) -> Mapping[str, str]:
    """The pair of an older release, with the keys that have come since."""
    content = json.loads(access.read_text(encoding="utf-8"))
    content["api_keys"] += [_api_key(code, key, roles[code]) for code, key in later.items()]
    keys = {**known, **later}
    _write(access, content)
    _write(secrets, keys)
    return keys


def _api_key(code: str, key: str, role: str) -> dict[str, Any]:
    """A district that prepares educators itself is a district."""
    name = "demonstration-sis" if role == "district" else f"demonstration-{role}"
    sees_all = role in ("agency", "operator")
    return {
        "name": name if sees_all else f"{name}-{code}",
        "role": role,
        "organizations": [] if sees_all else [code],
        "sha256": key_hash(key),
        "expires": None,
    }


def _people(districts: Sequence[District], providers: Sequence[Provider]) -> list[dict[str, Any]]:
    """Whom the development sign-in offers: the agency, the operator, the largest providers and districts."""
    return [
        _person("agency-1", "Agency staff", "agency", []),
        _person("operator-1", "Operator", "operator", []),
        *(
            _person(f"provider-{each.code}", f"{each.name}: staff", "provider", [each.code])
            for each in largest_providers(providers, PEOPLE_PER_ROLE)
        ),
        *(
            _person(f"district-{each.code}", f"{each.name}: staff", "district", [each.code])
            for each in largest_districts(districts, PEOPLE_PER_ROLE)
        ),
    ]


def _person(subject: str, display_name: str, role: str, organizations: list[str]) -> dict[str, Any]:
    return {"subject": subject, "display_name": display_name, "role": role, "organizations": organizations}


def _write(path: Path, content: object) -> None:
    """Readable by its owner alone, from its first byte on."""
    path.touch(mode=OWNER_ONLY)
    path.chmod(OWNER_ONLY)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
