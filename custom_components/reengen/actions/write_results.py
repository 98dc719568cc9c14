"""What became of written rows: the platform's word, or what it holds when it is asked afterwards.

ImportData gives no result for a single row, and whether a batch is taken as a whole is not documented
(API document: ImportData). So a row whose fate is unknown is looked up, never written again.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
import math
from typing import Final

from custom_components.reengen.api import (
    DataValue,
    DataValueChange,
    ImportRow,
    Listing,
    Oddity,
    Operation,
    RawReading,
    ReengenClient,
    ReengenError,
    ReengenOutcomeUnknownError,
    ReengenRefusedError,
)
from custom_components.reengen.const import LOGGER

# The API document prints values with two decimals. A value that differs by less may be the row as it was or the
# row as it should be.
_ROUNDING: Final = 0.005

# Rows further apart are looked up by requests of their own, so that what lies between them is not read.
_READ_TOGETHER: Final = timedelta(days=1)


class Result(StrEnum):
    """What became of one row: the platform holds what was asked for, something else, or nobody knows."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """The results, in the order of the rows; `error` is what kept the platform from confirming them, if anything."""

    results: tuple[Result, ...]
    error: ReengenError | None = None

    def count(self, result: Result) -> int:
        """Return how many rows came out like this."""
        return self.results.count(result)


async def async_import_data(client: ReengenClient, rows: Sequence[ImportRow]) -> Written:
    """Write raw rows once (API document: ImportData); raises ReengenError where none of them was applied."""
    return await _async_written(
        len(rows), lambda: client.import_data(rows), lambda: _async_look_up_readings(client, rows)
    )


async def async_manage_dc_data(
    client: ReengenClient, changes: Sequence[DataValueChange], tenant: str | None
) -> Written:
    """Change values once (API document: ManageDCData); raises ReengenError where none of them was applied."""
    return await _async_written(
        len(changes),
        lambda: client.manage_dc_data(changes, tenant=tenant),
        lambda: _async_look_up_values(client, changes, tenant),
    )


async def _async_written(
    count: int, write: Callable[[], Awaitable[object]], look_up: Callable[[], Awaitable[list[Result]]]
) -> Written:
    try:
        await write()
    except (ReengenOutcomeUnknownError, ReengenRefusedError) as error:
        failure: ReengenError = error
    else:
        return Written(results=(Result.APPLIED,) * count)
    is_refused = isinstance(failure, ReengenRefusedError)
    if is_refused and count == 1:
        raise failure
    try:
        results = await look_up()
    except ReengenError as error:
        LOGGER.debug("What was written could not be looked up: %s", error)
        results = [Result.UNKNOWN] * count
    if is_refused and not {Result.APPLIED, Result.UNKNOWN} & set(results):
        raise failure
    return Written(results=tuple(results), error=failure)


async def _async_look_up_readings(client: ReengenClient, rows: Sequence[ImportRow]) -> list[Result]:
    found = [
        await client.list_data(
            points=[row.point for row in rows],
            definitions=[row.definition for row in rows],
            variants=[row.variant for row in rows],
            types=[row.type for row in rows],
            start=start,
            end=end,
        )
        for start, end in _windows(row.interval_end for row in rows)
    ]
    return import_results(rows, Listing.joined(found), client.time_zone)


async def _async_look_up_values(
    client: ReengenClient, changes: Sequence[DataValueChange], tenant: str | None
) -> list[Result]:
    points: dict[str, list[str]] = {}
    for change in changes:
        points.setdefault(change.type, []).append(change.point)
    found = [await client.get_dc_data(points=each, type=kind, tenant=tenant) for kind, each in points.items()]
    return dc_data_results(changes, Listing.joined(found))


def import_results(rows: Sequence[ImportRow], found: Listing[RawReading], zone: tzinfo) -> list[Result]:
    """Tell by what the platform holds which rows were applied, in the order of the rows.

    What was left out of the look-up may be any row of its point, so that nothing is concluded from a row that is not found.
    """

    def key(row: ImportRow | RawReading) -> tuple[object, ...]:
        return row.point, row.definition, row.variant, row.type, row.index, _wall(row.interval_end, zone)

    held: dict[tuple[object, ...], list[float | None]] = {}
    for each in found:
        held.setdefault(key(each), []).append(each.value)
    is_in_doubt = _doubt(found.oddities)
    results = []
    for row in rows:
        values = held.get(key(row), [])
        if row.operation is Operation.DELETE:
            result, is_certain = _result(is_applied=not values), bool(values)
        else:
            result = _of_value(row.value, values)
            is_certain = result is Result.APPLIED
        results.append(result if is_certain or not is_in_doubt(row.point) else Result.UNKNOWN)
    return results


def dc_data_results(changes: Sequence[DataValueChange], found: Listing[DataValue]) -> list[Result]:
    """Tell by what the platform holds which changes were applied, in the order of the changes."""
    held = {(each.point, each.type): each.value for each in found}
    is_in_doubt = _doubt(found.oddities)
    results = []
    for change in changes:
        there = held.get((change.point, change.type))
        wanted = None if change.operation is Operation.DELETE else change.value
        is_certain = there is not None or not is_in_doubt(change.point)
        results.append(_result(is_applied=wanted == there) if is_certain else Result.UNKNOWN)
    return results


def _doubt(oddities: Iterable[Oddity]) -> Callable[[str], bool]:
    """Return what tells of a point whether a row of it may have been left out."""
    lost = {oddity.point_code for oddity in oddities if oddity.kind.loses_data}
    return lambda point: point in lost or None in lost


def _of_value(wanted: float, held: Sequence[float | None]) -> Result:
    known = [value for value in held if value is not None]
    if any(math.isclose(value, wanted, rel_tol=1e-12) for value in known):
        return Result.APPLIED
    if any(abs(value - wanted) <= _ROUNDING for value in known):
        return Result.UNKNOWN
    return Result.NOT_APPLIED


def _result(*, is_applied: bool) -> Result:
    return Result.APPLIED if is_applied else Result.NOT_APPLIED


def _wall(instant: datetime, zone: tzinfo) -> datetime:
    """Return what the platform's clock shows: the two passes of a repeated hour are one key to it."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _windows(instants: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Return the half-open ranges that hold the instants, without long stretches between them."""
    ordered = sorted(instants)
    starts = [ordered[0], *(right for left, right in pairwise(ordered) if right - left > _READ_TOGETHER)]
    ends = [*(left for left, right in pairwise(ordered) if right - left > _READ_TOGETHER), ordered[-1]]
    return [(start, end + timedelta(seconds=1)) for start, end in zip(starts, ends, strict=True)]
