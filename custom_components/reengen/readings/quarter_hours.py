"""The latest quarter hours of a poll: in one reading, or their first half of all points in turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import batched
from typing import Final

from custom_components.reengen.api import (
    ROW_BUDGET,
    MeasurementResponse,
    MeasurementSeries,
    Oddity,
    ReadingSeries,
    ReengenClient,
    Resolution,
    merged_oddities,
    run_parts,
)
from custom_components.reengen.const import LATEST_LEVEL_WINDOW, QUARTER_HOUR

# The quarter hours of a poll. Where there are more, of 1 000 points in four series, half of them are asked for of a part of
# the points at each poll: values that come so late are found half an hour later.
_MOST_ROWS: Final = 4 * ROW_BUDGET


@dataclass(frozen=True, kw_only=True, slots=True)
class QuarterHours:
    """What was read of LATEST_LEVEL_WINDOW up to `end`: of each series, None where it was not answered.

    `half_read` are the ids of the points of which only the second half was read, from `middle` on.
    """

    series: Sequence[ReadingSeries | None]
    oddities: tuple[Oddity, ...]
    middle: datetime
    end: datetime
    half_read: frozenset[int]

    def is_kept(self, point_id: int, start: datetime) -> bool:
        """Return whether what the last poll found still counts, because this one did not look so far back."""
        return point_id in self.half_read and self.end - LATEST_LEVEL_WINDOW <= start < self.middle


async def read_quarter_hours(
    client: ReengenClient,
    point_ids: Mapping[str, int],
    codes: Sequence[str],
    series: Sequence[MeasurementSeries],
    end: datetime,
) -> QuarterHours:
    """Read LATEST_LEVEL_WINDOW up to `end`, its first half of all points in turn where there are too many rows else.

    `point_ids` are those of all codes. Raises: ReengenError. Source: API document, GetData.
    """
    start, middle = end - LATEST_LEVEL_WINDOW, end - LATEST_LEVEL_WINDOW / 2

    async def read(some: Sequence[str], start: datetime, end: datetime) -> MeasurementResponse:
        resolution = Resolution.FIFTEEN_MINUTES
        return await client.get_data(series, points=some, start=start, end=end, resolution=resolution)

    if len(codes) * len(series) * ((end - start) // QUARTER_HOUR) <= _MOST_ROWS:
        parts, looked_back = [partial(read, codes, start, end)], codes
    else:
        fitting = max(1, ROW_BUDGET // (len(series) * ((middle - start) // QUARTER_HOUR)))
        turns = list(batched(codes, fitting, strict=False))
        looked_back = turns[int(end.timestamp()) // int(QUARTER_HOUR.total_seconds()) % len(turns)]
        parts = [partial(read, codes, middle, end), partial(read, looked_back, start, middle)]
    responses = await run_parts(parts)
    columns = (
        [each for each in column if each is not None] for column in zip(*(r.series for r in responses), strict=True)
    )
    return QuarterHours(
        series=[_joined(column) for column in columns],
        oddities=merged_oddities(oddity for response in responses for oddity in response.oddities),
        middle=middle,
        end=end,
        half_read=frozenset(point_ids[code] for code in {*codes}.difference(looked_back)),
    )


def _joined(parts: Sequence[ReadingSeries]) -> ReadingSeries | None:
    if len(parts) <= 1:
        return parts[0] if parts else None
    return ReadingSeries.joined(parts)


def energies_by_point(readings: ReadingSeries) -> dict[int, dict[datetime, float]]:
    """Return the energy of each quarter hour that has a value, by the id of the point and the start of the quarter hour."""
    energies: dict[int, dict[datetime, float]] = {}
    for point_id, value, start in zip(readings.point_ids, readings.values, readings.bucket_starts, strict=True):
        if value is not None:
            energies.setdefault(point_id, {})[start] = value
    return energies
