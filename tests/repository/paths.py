"""Where things are in the repository."""

import json
from pathlib import Path
import subprocess
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
INTEGRATION: Final = ROOT / "custom_components" / "reengen"


def committed_files() -> list[Path]:
    """Return the files that git knows or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for line in listing.splitlines() if (path := ROOT / line).exists()]


def read_json(path: Path) -> dict[str, Any]:
    """Return what a file of JSON holds."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def manifest() -> dict[str, Any]:
    """Return the integration's manifest."""
    return read_json(INTEGRATION / "manifest.json")
