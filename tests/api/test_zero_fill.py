"""Zeros that end a response: missing behind the newest raw row and after now, data before it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.reengen.api import (
    Aggregation,
    Listing,
    MeasurementResponse,
    MeasurementSeries,
    RawReading,
    ReadingSeries,
    ReengenRefusedError,
)
from custom_components.reengen.api.zero_fill import without_filled

START = datetime(2026, 7, 15, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENERGY = MeasurementSeries(definition="activeEnergy", variant="import", function=Aggregation.SUM, unit="kWh")
CODES = {1: "pump", 2: "roof"}


def raw(code: str, end: datetime, value: float | None = 0.0) -> RawReading:
    return RawReading(
        point=code,
        definition="activeEnergy",
        variant="import",
        type="actual",
        index=1,
        interval_end=end,
        unit="Wh",
        value=value,
        original=None,
        note=None,
    )


class Platform:
    """Answers with raw rows, and remembers what was asked for."""

    def __init__(self, *rows: RawReading, error: Exception | None = None) -> None:
        self.rows = rows
        self.error = error
        self.asked: list[dict[str, Any]] = []

    async def list_data(self, **asked: Any) -> Listing[RawReading]:
        self.asked.append(asked)
        if self.error is not None:
            raise self.error
        return Listing(self.rows)


async def kept(
    platform: Platform, *, now: datetime = START + 6 * HOUR, **values: list[float | None]
) -> dict[int, list[float | None]]:
    """Return what is kept of hourly values of points, p1 and so on."""
    rows = [(START + hour * HOUR, int(name[1:]), value) for name, of in values.items() for hour, value in enumerate(of)]
    starts, points, all_values = map(list, zip(*rows, strict=True))
    series = ReadingSeries.in_order(starts, points, all_values)
    found = await without_filled(
        MeasurementResponse(series=(series, None), start=None, end=None),
        [ENERGY, ENERGY],
        codes=CODES,
        end=START + 6 * HOUR,
        now=now,
        list_data=platform.list_data,
    )
    readings, null = found.series
    assert (null, readings is not None) == (None, True)
    return {int(name[1:]): [each.value for each in readings or () if each.point_id == int(name[1:])] for name in values}


async def test_zeros_up_to_the_newest_raw_row_are_data() -> None:
    # The last raw row ends in the fourth hour.
    platform = Platform(
        raw("pump", START + 2 * HOUR), raw("pump", START + 3.5 * HOUR), raw("pump", START + 5 * HOUR, None)
    )
    assert await kept(platform, p1=[0, 7, 0, 0, 0, 0], p2=[1, 1, 1, 1, 1, 1]) == {1: [0, 7, 0, 0], 2: [1] * 6}
    (asked,) = platform.asked
    assert (asked["points"], asked["start"], asked["end"]) == (["pump"], START + 2 * HOUR, START + 6 * HOUR)


async def test_nothing_is_asked_where_no_point_ends_with_zeros() -> None:
    platform = Platform()
    assert await kept(platform, p1=[0, 0, 3, 0, 0, None], p2=[0, 2, 2, 2, 0, 2]) == {
        1: [0, 0, 3, 0, 0, None],
        2: [0, 2, 2, 2, 0, 2],
    }
    assert await kept(platform, now=START + 4 * HOUR, p1=[1, 1, 1, 1, 0, 0]) == {1: [1] * 4}
    assert platform.asked == []


@pytest.mark.parametrize("error", [None, ReengenRefusedError("No permission")])
async def test_without_raw_rows_no_last_zero_is_believed(error: Exception | None) -> None:
    platform = Platform(error=error)
    # Nobody knows the code of the third point.
    assert await kept(platform, p1=[5, 0, 0, 0, 0, 0], p3=[0, 0, 0, 0, 0, 0]) == {1: [5], 3: []}
    assert len(platform.asked) == 1


async def test_raw_rows_are_looked_for_in_the_last_two_days() -> None:
    platform = Platform()
    assert await kept(platform, now=START + 5 * HOUR, p1=[0] * 6) == {1: []}
    assert platform.asked[0]["end"] == START + 5 * HOUR
    rows = [START - 90 * HOUR, START]
    series = ReadingSeries.in_order(rows, [1, 1], [0, 0])
    response = MeasurementResponse(series=(series,), start=None, end=None)
    await without_filled(response, [ENERGY], codes=CODES, end=START, now=START + HOUR, list_data=platform.list_data)
    assert platform.asked[1]["start"] == START - 48 * HOUR
