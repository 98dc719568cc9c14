"""The latest quarter hours of a poll: levels, the powers that energies are made into, and power factors."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import batched
from typing import Final

from custom_components.reengen.api import (
    ROW_BUDGET,
    MeasurementResponse,
    Oddity,
    ReadingSeries,
    Resolution,
    merged,
    run_parts,
)
from custom_components.reengen.const import LATEST_LEVEL_WINDOW, QUARTER_HOUR
from custom_components.reengen.measurements import Measurement
from custom_components.reengen.points import HomeClient

from .power import ACTIVE_POWER, POWER_FACTOR, interval_length, mean_power, power_factor
from .samples import PollPlan, Readings, Sample, SampleKey, Window

# The quarter hours of a poll. Where there are more, as of 1 000 points in four series, not even all points that are late
# are asked for the older half of them at each poll: values that come so late are found half an hour later.
_MOST_ROWS: Final = 4 * ROW_BUDGET


@dataclass(frozen=True, kw_only=True, slots=True)
class _QuarterHours:
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


def _in_turn(codes: Sequence[str], most: int, turn: int) -> Sequence[str]:
    """Return the codes whose turn it is, so many at a time."""
    turns = list(batched(codes, most, strict=False))
    return turns[turn % len(turns)]


def _looked_back(codes: Sequence[str], late: Sequence[str], rows: int, turn: int) -> Sequence[str]:
    """Return the points of which the whole window is read; of the others its newer half is.

    Where all points fit into two responses they are all of them. Else they are those whose newest value may lie in the
    older half (`late`), and as many others in turn as fit into a response with them: so a correction of any is found.
    `rows` are those of a point in the window, `turn` is the number of the poll.
    """
    all_rows = len(codes) * rows
    has_room = all_rows <= _MOST_ROWS
    if all_rows <= 2 * ROW_BUDGET or (has_room and 2 * len(late) > len(codes)):
        return codes
    most = max(1, (1 if has_room else 2) * ROW_BUDGET // rows)
    if len(late) >= most:
        return late if has_room else _in_turn(late, most, turn)
    others = _without(codes, late)
    return [*late, *_in_turn(others, most - len(late), turn)]


def _without(codes: Sequence[str], some: Sequence[str]) -> list[str]:
    left_out = frozenset(some)
    return [code for code in codes if code not in left_out]


def _late(
    plan: PollPlan, codes: Sequence[str], rows: Sequence[Measurement], middle: datetime, before: Readings
) -> list[str]:
    """Return the points of which the last poll found no value from `middle` on in one of the series."""
    keys = {POWER_FACTOR if row in plan.reactive else row.key for row in rows}

    def is_late(point_id: int, key: str) -> bool:
        if (energies := before.quarter_hours.get((point_id, key))) is not None:
            return max(energies) < middle
        sample = before.samples.get((point_id, key, Window.LATEST))
        return sample is None or sample.value is None or sample.start < middle

    return [code for code in codes if any(is_late(plan.point_ids[code], key) for key in keys)]


async def _quarter_hours(
    client: HomeClient,
    plan: PollPlan,
    codes: Sequence[str],
    rows: Sequence[Measurement],
    *,
    end: datetime,
    before: Readings,
) -> _QuarterHours:
    """Read the latest quarter hours; of some points, where these are many rows, the newer half of them alone."""
    start, middle = end - LATEST_LEVEL_WINDOW, end - LATEST_LEVEL_WINDOW / 2
    looked_back = _looked_back(
        codes,
        _late(plan, codes, rows, middle, before),
        len(rows) * (LATEST_LEVEL_WINDOW // QUARTER_HOUR),
        int(end.timestamp()) // int(QUARTER_HOUR.total_seconds()),
    )
    others = _without(codes, looked_back)

    async def read(some: Sequence[str], start: datetime) -> MeasurementResponse:
        series, resolution = [row.series for row in rows], Resolution.FIFTEEN_MINUTES
        return await client.get_data(series, points=some, start=start, end=end, resolution=resolution)

    asked = [(some, begin) for some, begin in ((looked_back, start), (others, middle)) if some]
    responses = await run_parts([partial(read, *each) for each in asked])
    response = merged(responses, [(begin, end) for _, begin in asked], ReadingSeries.joined)
    return _QuarterHours(
        series=response.series,
        oddities=response.oddities,
        middle=middle,
        end=end,
        half_read=frozenset(plan.point_ids[code] for code in others),
    )


async def latest(
    client: HomeClient, plan: PollPlan, codes: Sequence[str], keys: Sequence[str], *, end: datetime, before: Readings
) -> Readings:
    """Take the newest complete quarter hour that has a value."""
    rows = [row for row in (*plan.levels, *plan.powers, *plan.reactive) if row.key in keys]
    response = await _quarter_hours(client, plan, codes, rows, end=end, before=before)
    samples: dict[SampleKey, Sample] = {}
    quarter_hours: dict[tuple[int, str], Mapping[datetime, float]] = {}
    unreadable: set[SampleKey] = set()
    for row, readings in zip(rows, response.series, strict=True):
        if readings is None or row in plan.reactive:
            continue
        energies: dict[int, dict[datetime, float]] = {}
        if row in plan.powers:
            energies = _with_kept(energies_by_point(readings), row.key, response, before)
            newest = {point_id: (found[max(found)], max(found)) for point_id, found in energies.items()}
        else:
            newest = _kept_samples(row.key, response, before) | _newest(readings)
        hidden = _hidden(readings, newest, end)
        unreadable |= {(point_id, row.key, Window.LATEST) for point_id in hidden}
        quarter_hours |= {(point_id, row.key): found for point_id, found in energies.items()}
        for point_id in newest.keys() - hidden:
            key = (point_id, row.key, Window.LATEST)
            value, start = newest[point_id]
            before_it = before.samples.get(key)
            samples[key] = _power(value, energies[point_id], before_it) if energies else Sample(value, start)
    samples |= _power_factors(
        plan, dict(zip((row.key for row in rows), response.series, strict=True)), response, before
    )
    return Readings(
        samples=samples,
        unreadable=frozenset(unreadable),
        quarter_hours=quarter_hours,
        oddities=response.oddities,
    )


def _power_factors(
    plan: PollPlan, found: Mapping[str, ReadingSeries | None], response: _QuarterHours, before: Readings
) -> dict[SampleKey, Sample]:
    """Return the power factor of the newest quarter hour in which a point has an active and a reactive energy."""
    kept = _kept_samples(POWER_FACTOR, response, before)
    samples = {(point_id, POWER_FACTOR, Window.LATEST): Sample(*newest) for point_id, newest in kept.items()}
    # The first energy comes last, so that it counts.
    for row in reversed(plan.reactive):
        active, reactive = found.get(ACTIVE_POWER), found.get(row.key)
        if active is None or reactive is None:
            continue
        kvarh = energies_by_point(reactive)
        for point_id, kwh in energies_by_point(active).items():
            if both := kwh.keys() & kvarh.get(point_id, {}).keys():
                start = max(both)
                factor = power_factor(kwh[start], kvarh[point_id][start])
                samples[point_id, POWER_FACTOR, Window.LATEST] = Sample(factor, start)
        for readings in (active, reactive):
            for point_id in _hidden(readings, _newest(readings), response.end):
                samples.pop((point_id, POWER_FACTOR, Window.LATEST), None)
    return samples


def _with_kept(
    energies: dict[int, dict[datetime, float]], key: str, response: _QuarterHours, before: Readings
) -> dict[int, dict[datetime, float]]:
    """Return the energies of a power with those of the last poll that were not asked for again."""
    for point_id in response.half_read:
        found = before.quarter_hours.get((point_id, key), {})
        if kept := {start: energy for start, energy in found.items() if response.is_kept(point_id, start)}:
            energies[point_id] = kept | energies.get(point_id, {})
    return energies


def _kept_samples(key: str, response: _QuarterHours, before: Readings) -> dict[int, tuple[float, datetime]]:
    """Return the newest values of the last poll that were not asked for again, with their starts."""
    found = {point_id: before.samples.get((point_id, key, Window.LATEST)) for point_id in response.half_read}
    return {
        point_id: (sample.value, sample.start)
        for point_id, sample in found.items()
        if sample is not None and sample.value is not None and response.is_kept(point_id, sample.start)
    }


def energies_by_point(readings: ReadingSeries) -> dict[int, dict[datetime, float]]:
    """Return the energy of each quarter hour that has a value, by the id of the point and the start of the quarter hour."""
    energies: dict[int, dict[datetime, float]] = {}
    for point_id, value, start in zip(readings.point_ids, readings.values, readings.bucket_starts, strict=True):
        if value is not None:
            energies.setdefault(point_id, {})[start] = value
    return energies


def _power(energy: float, starts: Collection[datetime], before: Sample | None) -> Sample:
    """Return the power of the newest energy (kWh); unknown while nothing tells for how long the energy was measured.

    One value alone does not tell, but the last poll may have seen two: of a meter that reports by the hour, and late.
    """
    end = max(starts) + QUARTER_HOUR
    length = interval_length(starts) or (None if before is None else before.length)
    if length is None:
        return Sample(None, end - QUARTER_HOUR)
    return Sample(mean_power(energy, length), end - length, length)


def _newest(readings: ReadingSeries) -> dict[int, tuple[float, datetime]]:
    """Return the newest value of each point, and the start of its quarter hour; readings are in order of time."""
    columns = zip(readings.point_ids, readings.values, readings.bucket_starts, strict=True)
    return {point_id: (value, start) for point_id, value, start in columns if value is not None}


def _hidden(readings: ReadingSeries, newest: Mapping[int, tuple[float, datetime]], end: datetime) -> set[int]:
    """Return the points that have a newer quarter hour in a row that could not be read: an older value is not theirs.

    A row that does not tell its quarter hour may be of the last one. One that does not tell its point hides nothing.
    """
    last = end - QUARTER_HOUR
    return {
        point_id
        for start, point_id in readings.unknown
        if point_id is not None and (point_id not in newest or newest[point_id][1] < (start or last))
    }
