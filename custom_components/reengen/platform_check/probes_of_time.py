"""Probes of stamps, labels, ranges and sums over time."""

from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import chain
from math import cos, pi, sin
from typing import Final

from custom_components.reengen.api import OddityKind

from .evidence import ACTIVE, HOUR_ALONE, Ask
from .figures import DAY, HOUR, QUARTER, adds_up, is_one, quarter_of, registers_of, shifted
from .frame import Frame, Shifts
from .verdicts import Verdict, differs, holds, unknown

_MINUTE: Final = timedelta(minutes=1)
# Roofs face east or west, and people are not where their roofs are.
_SOLAR_TOLERANCE: Final = 1.5
_SECONDS_OF_HOUR: Final = HOUR.total_seconds()
_DEGREES_OF_HOUR: Final = 15.0


def registers(frame: Frame) -> Verdict:
    """P1: a raw value is the difference of two registers, stamped at the end of its interval."""
    evidence = frame.evidence
    series = [evidence.by_index(Ask.RAW_ENERGY, point, ACTIVE) for point in evidence.sample.points]
    found = registers_of(chain.from_iterable(indices.values() for indices in series))
    if not any(series):
        return unknown(evidence.why(Ask.RAW_ENERGY, "no_raw_rows"))
    stamps = [row.interval_end for indices in series for found_rows in indices.values() for row in found_rows]
    starts = sum(stamp - quarter_of(stamp) < _MINUTE for stamp in stamps) / len(stamps)
    # Stamped on the edge of a quarter hour, in which the aggregates have the value too.
    if starts > 1 / 2 and frame.zone_lag is not None and frame.zone_lag >= timedelta():
        return differs("start", share=starts)
    if not found.compared:
        return unknown("no_registers")
    share = max(found.differences, found.registers) / found.compared
    if found.are_values:
        return differs("register", share=share)
    return holds(share=share) if found.are_differences else unknown("unclear", share=share)


def labels(frame: Frame) -> Verdict:
    """P3: quarter hours, hours and days are named by their starts, in the zone of the raw rows."""
    evidence, shifts, lag = frame.evidence, frame.shifts, frame.zone_lag
    meter = evidence.sample.meter
    if not evidence.values(Ask.QUARTERS, meter.id):
        return unknown(evidence.why(Ask.QUARTERS, "no_values"))
    # Raw rows that are stamped by the edge at their ends are in the quarter hour before.
    if lag is not None and lag not in (timedelta(), -QUARTER):
        return differs("apart", hours=lag / HOUR)
    if shifts != Shifts():
        figures = {name: shift / _MINUTE for name, shift in asdict(shifts).items()}
        return differs("last_second" if frame.are_last_seconds else "end", **figures)
    if lag is None and adds_up(frame.quarters(meter), frame.hours(meter), HOUR, QUARTER) is None:
        return unknown(evidence.why(Ask.RAW_ENERGY, "no_raw_rows"))
    return holds(raw_rows="yes" if lag is not None else "no")


def range_end(frame: Frame) -> Verdict:
    """P4: a range includes its last second."""
    evidence = frame.evidence
    start = evidence.times.day + HOUR_ALONE
    for point in evidence.sample.points:
        whole = frame.hours(point).get(start)
        if whole and Ask.HOUR_ALONE in evidence.data:
            alone = frame.hours(point, Ask.HOUR_ALONE).get(start, 0.0)
            if not alone and evidence.has_oddity(Ask.HOUR_ALONE, OddityKind.LABEL_OUT_OF_RANGE):
                if Ask.HOUR_BY_END not in evidence.data:
                    return unknown(evidence.why(Ask.HOUR_BY_END, "no_values"))
                alone = evidence.values(Ask.HOUR_BY_END, point.id).get(start, 0.0)
            ratio = alone / whole
            if is_one(ratio):
                return holds(ratio=ratio)
            return differs("missing", ratio=ratio) if ratio < 1 else unknown("unclear", ratio=ratio)
    return unknown(evidence.why(Ask.HOUR_ALONE, evidence.why(Ask.HOURS, "no_values")))


def sums(frame: Frame) -> Verdict:
    """P5: quarter hours add up to hours, hours to the day, days to the month."""
    evidence = frame.evidence
    compared = 0
    for point in evidence.sample.points:
        total = frame.total_of_month(point)
        ratios = [value / total for value in evidence.values(Ask.MONTH, point.id).values() if total]
        found = {
            "hours": adds_up(frame.quarters(point), frame.hours(point), HOUR, QUARTER),
            "days": adds_up(frame.hours(point), frame.days(point), DAY, HOUR),
            "months": min(ratios, key=lambda ratio: abs(ratio - 1), default=None),
        }
        known = {what: ratio for what, ratio in found.items() if ratio is not None}
        for what, ratio in known.items():
            if not is_one(ratio):
                return differs(what, ratio=ratio)
        compared = max(compared, len(known))
    return holds(levels=compared) if compared else unknown(evidence.why(Ask.HOURS, "no_values"))


def months(frame: Frame) -> Verdict:
    """P6: a month is named by its first day."""
    evidence, times = frame.evidence, frame.evidence.times
    for point in evidence.sample.points:
        total = frame.total_of_month(point)
        labels_of_total = [
            label for label, value in evidence.values(Ask.MONTH, point.id).items() if total and is_one(value / total)
        ]
        if times.month in labels_of_total:
            return holds()
        if labels_of_total:
            return differs("next" if labels_of_total[0] >= times.month_end else "last")
    return unknown(evidence.why(Ask.MONTH, "no_values"))


def future(frame: Frame) -> Verdict:
    """P9: a bucket without readings is absent, and a range may end after now."""
    evidence = frame.evidence
    response = evidence.data.get(Ask.AHEAD)
    has_energy = any(evidence.values(Ask.QUARTERS, point.id) for point in evidence.sample.points)
    if response is None:
        why = evidence.why(Ask.AHEAD, "not_asked")
        return differs("refused") if why == "refused" and has_energy else unknown(why)
    if not has_energy:
        return unknown("no_values")
    now = quarter_of(evidence.times.now)
    if response.end is not None and response.end < now + DAY:
        return differs("clamped")
    return _empty_buckets(frame, now)


def clock(frame: Frame) -> Verdict:
    """P14: the sun is highest when the platform's clock, read in the account's zone, says so."""
    evidence = frame.evidence
    day, offset = evidence.times.day, evidence.times.day.astimezone(evidence.zone).utcoffset() or timedelta()
    produced: dict[datetime, float] = {}
    for point in evidence.sample.roofs or evidence.sample.points:
        for start, value in frame.hours(point, Ask.SOLAR).items():
            produced[start] = produced.get(start, 0.0) + abs(value)
    total = sum(produced.values())
    if not total:
        return unknown(evidence.why(Ask.SOLAR, "no_solar"))
    centre = sum(_wall_hours(start, offset) * value for start, value in produced.items()) / total
    platform_offset = centre + 1 / 2 - _solar_noon(day, evidence.home.longitude)
    home_offset = evidence.home.utc_offset / HOUR
    hours = platform_offset - offset / HOUR
    if abs(hours) <= _SOLAR_TOLERANCE:
        return holds(hours=round(hours, 1))
    # Home Assistant may be far from the roofs: where its own clock is another, its place says nothing of theirs.
    if abs(home_offset - offset / HOUR) > _SOLAR_TOLERANCE:
        return unknown("location")
    return differs("clock", hours=float(round(hours)), utc_offset=float(round(platform_offset)))


def _empty_buckets(frame: Frame, now: datetime) -> Verdict:
    """Return what the quarter hour that runs has, and those behind it."""
    evidence, shift = frame.evidence, frame.shifts.quarters
    running: list[float | None] = []
    ahead: list[float | None] = []
    for point in evidence.sample.points:
        for start, value in shifted(evidence.rows(Ask.AHEAD, point.id), shift).items():
            (running if start <= now else ahead).append(value)
    if any(ahead):
        return differs("values")
    if ahead:
        return differs("null_ahead" if None in ahead else "zero_ahead")
    if running and not any(running):
        return differs("null" if None in running else "zero")
    return holds()


def _wall_hours(instant: datetime, offset: timedelta) -> float:
    seconds = (instant.timestamp() + offset.total_seconds()) % DAY.total_seconds()
    return seconds / _SECONDS_OF_HOUR


def _solar_noon(day: datetime, longitude: float) -> float:
    """Return the hour (UTC) of solar noon, by the usual approximation of the equation of time."""
    turn = 2 * pi * (day.timetuple().tm_yday - 81) / 364
    minutes = 9.87 * sin(2 * turn) - 7.53 * cos(turn) - 1.5 * sin(turn)
    return 12 - longitude / _DEGREES_OF_HOUR - minutes / 60
