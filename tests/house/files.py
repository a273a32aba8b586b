"""The files that the house rules speak about."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ("partnership", "survey", "analytics")


def tracked(*patterns: str) -> list[Path]:
    """Files that git tracks or would track, as the working tree has them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted({ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()})
