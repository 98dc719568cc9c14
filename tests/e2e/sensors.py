"""What the sensors of the demo show, against the simulator's database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
import re
from typing import Any, Final

from demo.inventory import HomeEntity

# The platform rounds to the decimals it is asked for; energies are whole watt hours, so three decimals are exact.
TOLERANCE: Final = 0.0005
# One poll is a handful of requests in a row.
POLL_LASTS: Final = timedelta(seconds=30)


def poll_instants(requests: Sequence[Mapping[str, Any]]) -> list[datetime]:
    """Return when the platform was asked in the last poll: one instant, two where a quarter hour ended within it."""
    asked = [datetime.fromisoformat(request["at"]) for request in requests if request["method"] == "GetData"]
    recent = [instant for instant in asked if instant > asked[-1] - POLL_LASTS]
    return list(
        {
            instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0): instant for instant in recent
        }.values()
    )


def mismatch(sensor: HomeEntity, expected: Iterable[Mapping[int, float]]) -> str | None:
    """Return how a sensor differs from all that it may say."""
    wanted = [values.get(sensor.point_id or 0) for values in expected]
    shown = None if sensor.state == "unknown" else sensor.state
    for value in wanted:
        if value is None and shown is None:
            return None
        if value is not None and shown is not None and is_number(shown):
            # What is large begins in MWh; the database is read in kWh.
            factor = 1_000 if sensor.unit == "MWh" else 1
            if abs(float(shown) * factor - value) < TOLERANCE:
                return None
    return f"{sensor.entity_id} says {sensor.state}, the database {' or '.join(map(str, wanted))}"


def is_number(text: str) -> bool:
    """Return whether a state is a figure."""
    return re.fullmatch(r"-?\d+(\.\d+)?(e[-+]\d+)?", text) is not None
