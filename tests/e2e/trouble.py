"""What a log of Home Assistant says against the integration."""

import re
from typing import Final

RECORD: Final = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* (\w+) \(", re.MULTILINE)
TROUBLE: Final = frozenset({"WARNING", "ERROR", "CRITICAL"})
# Home Assistant says so of every integration that is not its own.
EXPECTED: Final = "We found a custom integration reengen"


def integration_trouble(log: str) -> list[str]:
    """Return the records of a log, with their tracebacks, that are warnings or worse and name the integration."""
    starts = [match.start() for match in RECORD.finditer(log)]
    records = [log[start:end].strip() for start, end in zip(starts, [*starts[1:], len(log)], strict=True)]
    return [record for record in records if is_trouble(record)]


def is_trouble(record: str) -> bool:
    """Return whether a record of the log is a warning or worse that names the integration."""
    match = RECORD.match(record)
    return match is not None and match[1] in TROUBLE and "reengen" in record and EXPECTED not in record
