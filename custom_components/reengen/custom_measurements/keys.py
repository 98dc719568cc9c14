"""Measurements of the user's own: their keys, what may be said of them, and whether the platform knows them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from operator import attrgetter
import re
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.util import slugify

from custom_components.reengen.account import RECENT_MONTHS, recent_months
from custom_components.reengen.api import ROW_BUDGET, MeasurementSeries, ReengenClient, Resolution
from custom_components.reengen.measurements import COSTS, MEASUREMENTS, Kind, Measurement, device_classes
from custom_components.reengen.readings import POWER_FACTOR, POWERS

_MOST_POINTS: Final = ROW_BUDGET // RECENT_MONTHS

# What ends the keys of sensors: a measurement called so could not be told from another one's sensor.
_ENDINGS: Final = re.compile(r"_(?:today|this_month|reading|flow|l\d+)$")
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def custom_key(series: MeasurementSeries, taken: Collection[str]) -> str:
    """Return the key of a new measurement: definition and variant, and as much more as tells it from those taken."""
    return next(key for key in _candidates(series) if key not in taken and not _is_reserved(key))


def _candidates(series: MeasurementSeries) -> Iterator[str]:
    pair = slugify(_WORDS.sub("_", f"{series.definition}_{series.variant}"))
    # A digit would run into the point's id before it, and behind a cost stands its currency.
    is_clear = pair[:1].isalpha() and not pair.startswith(tuple(COSTS))
    base = pair if is_clear else f"measured_{pair}"
    with_unit = f"{base}_{series.function}_{slugify(series.unit)}"
    yield from (base, f"{base}_{series.function}", with_unit)
    yield from (f"{with_unit}_{number}_times" for number in count(2))


def _is_reserved(key: str) -> bool:
    return key in {*MEASUREMENTS, *POWERS, POWER_FACTOR} or _ENDINGS.search(key) is not None


def suggested_device_class(measurement: Measurement) -> SensorDeviceClass | None:
    """Return the device class that the definition speaks of, else the only one that a sum of this unit may have."""
    allowed = device_classes(measurement.unit, measurement.state_class)
    words = f"_{slugify(_WORDS.sub('_', measurement.series.definition))}_"
    if named := [each for each in allowed if f"_{each}_" in words and "medical" not in words]:
        return max(named, key=len)
    return allowed[0] if len(allowed) == 1 and measurement.kind is Kind.SUM else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """How many points were asked, how many of them have values, and the newest of those (in the asked unit)."""

    asked: int
    measured: int
    newest: float | None


async def try_measurement(
    client: ReengenClient, series: MeasurementSeries, codes: Sequence[str], now: datetime
) -> Trial:
    """Ask once for the last month and this one, of the first points that fit a response. Raises: ReengenError."""
    asked = codes[:_MOST_POINTS]
    start, end = recent_months(now, client.time_zone)
    response = await client.get_data([series], points=asked, start=start, end=end, resolution=Resolution.MONTH)
    found = [reading for reading in response.series[0] or () if reading.value is not None]
    newest = max(found, key=attrgetter("bucket_start"), default=None)
    return Trial(
        asked=len(asked),
        measured=len({reading.point_id for reading in found}),
        newest=None if newest is None else newest.value,
    )
