"""Bring axe-core, which looks for what shuts people out of a page, from the npm registry: `python -m script.lib.axe_core`."""

import hashlib
import io
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tarfile
from typing import Final
import urllib.request

VERSION: Final = "4.14.1"
SHA512: Final = (
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73"
    "4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5"
)
# What npm itself uses unless it is told otherwise.
DEFAULT_REGISTRY: Final = "https://registry.npmjs.org"
FILE: Final = Path(__file__).parents[2] / ".browser" / f"axe-core-{VERSION}.min.js"
TIMEOUT_SECONDS: Final = 60.0


def registry() -> str:
    """Return the registry that npm is set to here, or its default."""
    if found := os.environ.get("npm_config_registry"):  # noqa: SIM112 - that is how npm spells it
        return found.rstrip("/")
    if (npm := shutil.which("npm")) is None:
        return DEFAULT_REGISTRY
    asked = subprocess.run([npm, "config", "get", "registry"], capture_output=True, text=True, check=False)
    address = asked.stdout.strip()
    return address.rstrip("/") if address.startswith(("https://", "http://")) else DEFAULT_REGISTRY


def script_of(package: bytes) -> bytes:
    """Return the script that the package holds.

    Raises:
        ValueError: it is another package than the pinned one

    """
    if hashlib.sha512(package).hexdigest() != SHA512:
        raise ValueError(f"the package is not axe-core {VERSION}: its checksum differs")
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None  # noqa: S101 - the checksum says what is in it
        return member.read()


def main() -> int:
    """Return the exit code: 0 if the script is there, 1 if the registry could not be reached."""
    if FILE.exists():
        return 0
    try:
        with urllib.request.urlopen(
            f"{registry()}/axe-core/-/axe-core-{VERSION}.tgz", timeout=TIMEOUT_SECONDS
        ) as response:
            package = response.read()
    except OSError as error:
        sys.stderr.write(f"axe-core could not be fetched, its checks are skipped: {error}\n")
        return 1
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(script_of(package))
    return 0


if __name__ == "__main__":
    sys.exit(main())
