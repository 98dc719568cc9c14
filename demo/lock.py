"""One demo at a time for each folder of files."""

from collections.abc import Iterator
import contextlib
import fcntl
from pathlib import Path

from .errors import DemoError


@contextlib.contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Hold a lock file; it is free again when this process ends, however it ends.

    Raises:
        DemoError: another process holds it

    """
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoError(f"another script/demo is running with the files beside {path}") from error
        yield
