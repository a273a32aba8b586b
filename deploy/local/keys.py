"""The secrets of a local stack: drawn once, kept in its folder for its owner's eyes only, never committed."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def service_secrets(path: Path) -> dict[str, str]:
    """session_key, link_key, seal_key: 256 bits each, the same at every start."""
    names = ("session_key", "link_key", "seal_key")
    known = json.loads(path.read_text()) if path.exists() else {}
    drawn = {name: known.get(name) or secrets.token_urlsafe(32) for name in names}
    if drawn != known:
        _write_private(path, drawn)
    return drawn


def _write_private(path: Path, content: Mapping[str, Any]) -> None:
    """Readable by its owner from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    draft.replace(path)
