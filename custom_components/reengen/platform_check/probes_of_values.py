"""Probes of units, phases, indices, parents, costs, decimals and the connection id."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import chain
from math import isclose
from statistics import fmean
from typing import Final

from custom_components.reengen.api import CostResponse, OddityKind, Point, RawReading

from .evidence import ACTIVE, HOUR_DECIMALS, Ask, Evidence, levels_point
from .figures import HOUR, QUARTER, increments, is_one, means
from .frame import Frame
from .verdicts import Verdict, differs, holds, unknown

_POWER: Final = "activePower"
_VOLTAGE: Final = "voltage"
_PHASES: Final = 3
_A_THIRD: Final = 1 / 3
# Power that is read now and then stands for its quarter hour only about.
_POWER_TOLERANCE: Final = 0.1
_KILO: Final = 1000
# Of the root of three, by which voltages from line to line are higher, this is well below.
_LINE_TO_LINE: Final = 1.3
# Phases differ by some volts, and a mean of some readings by much less.
_VOLTAGE_TOLERANCE: Final = 1e-4
# A parent's own meter and the meters below it are read at their own instants.
_METER_TOLERANCE: Final = 0.005
# A second at the end of a range, and with it a reading of the some thousand of a month, may count or not.
_COST_TOLERANCE: Final = 0.0005


def units(frame: Frame) -> Verdict:
    """P2: values come in the unit that was asked for."""
    evidence = frame.evidence
    energy = _ratio(evidence, Ask.DAYS, evidence.sample.meter.id) or _ratio(
        evidence, Ask.HOURS, evidence.sample.meter.id
    )
    point = levels_point(evidence, _POWER)
    power = None if point is None else _ratio(evidence, Ask.POWER, point.id)
    figures = {name: ratio for name, ratio in (("energy", energy), ("power", power)) if ratio is not None}
    for what, ratio in figures.items():
        if not is_one(ratio / _KILO, 1 / 2):
            return differs(what, ratio=ratio)
    if evidence.failures.get(Ask.POWER) == "refused" and energy is not None:
        return differs("refused")
    # Raw rows tell their unit, so that not even both units can be wrong alike.
    unit = next((row.unit for row in evidence.raw.get(Ask.RAW_ENERGY, ()) if row.value), None)
    if frame.fit is not None and unit == "Wh" and not 1 / 2 < frame.fit.ratio < 2:  # noqa: PLR2004
        return differs("raw", ratio=frame.fit.ratio, unit=unit)
    return holds(**figures) if energy is not None else unknown(evidence.why(Ask.HOURS, "no_values"))


def phase_power(frame: Frame) -> Verdict:
    """P7: power of variant `phase` has a value for each phase, so that its mean is a third of the point's."""
    evidence = frame.evidence
    point = levels_point(evidence, _POWER)
    if point is None:
        return unknown(evidence.why(Ask.RAW_LEVELS, "no_phases"))
    energy = increments(_without_total(evidence.by_index(Ask.RAW_ENERGY, point, ACTIVE)))
    phases = _without_total(evidence.by_index(Ask.RAW_LEVELS, point, _POWER))
    power = means(chain.from_iterable(phases.values()))
    shared = [start for start in power if energy.get(start)]
    if not shared:
        return unknown(evidence.why(Ask.RAW_ENERGY, "no_raw_rows"))
    ratio = sum(power[start] * (QUARTER / HOUR) for start in shared) / sum(energy[start] for start in shared)
    figures = {"ratio": ratio, "phases": len(phases), "quarters": len(shared)}
    if len(phases) == _PHASES and isclose(ratio, _A_THIRD, rel_tol=_POWER_TOLERANCE):
        return holds(**figures)
    is_of_three = len(phases) == _PHASES or len(evidence.by_index(Ask.RAW_LEVELS, point, _VOLTAGE)) >= _PHASES
    if is_of_three and isclose(ratio, 1, rel_tol=_POWER_TOLERANCE):
        return differs("total", **figures)
    return unknown("unclear" if is_of_three else "one_phase", **figures)


def indices(frame: Frame) -> Verdict:
    """P8: indices are the phases of a point, and all of them are aggregated."""
    evidence = frame.evidence
    point = levels_point(evidence, _VOLTAGE)
    if point is None:
        return unknown(evidence.why(Ask.RAW_LEVELS, "no_phases"))
    found = evidence.by_index(Ask.RAW_LEVELS, point, _VOLTAGE)
    if len(found) == 1:
        return unknown("one_phase")
    if evidence.values(Ask.VOLTAGE, point.id):
        return _aggregated_indices(frame, point, found)
    if evidence.has_oddity(Ask.VOLTAGE, OddityKind.TWO_VALUES):
        return differs("rows", indices=len(found))
    return unknown(evidence.why(Ask.VOLTAGE, "no_values"))


def parents(frame: Frame) -> Verdict:
    """P10: the energy of a parent is what its own meter counted."""
    evidence, day = frame.evidence, frame.evidence.times.day
    parent, children = evidence.sample.parent, evidence.sample.children
    if parent is None:
        return unknown("no_children")
    below = sum(frame.days(child).get(day, 0.0) for child in children)
    own = frame.days(parent).get(day)
    if own is None or not below:
        return unknown(evidence.why(Ask.DAYS, "no_values"))
    raw = frame.as_aggregated(frame.raw(parent))
    shared = {start: value for start, value in frame.quarters(parent).items() if start in raw}
    figures = {"to_children": own / below, "children": len(children)}
    counted = sum(raw[start] for start in shared)
    if not counted:
        is_sum = Ask.RAW_ENERGY in evidence.raw and is_one(own / below, _METER_TOLERANCE)
        why = evidence.why(Ask.RAW_ENERGY, "no_raw_rows")
        return differs("children", **figures) if is_sum else unknown(why, **figures)
    ratio = sum(shared.values()) / counted
    if is_one(ratio, _METER_TOLERANCE):
        return holds(ratio=ratio, **figures)
    # What is more than the own meter counted is what the children have.
    is_both = isclose(own * (1 - 1 / ratio), below, rel_tol=10 * _METER_TOLERANCE)
    return differs("both", ratio=ratio, **figures) if is_both else unknown("unclear", ratio=ratio, **figures)


def costs(frame: Frame) -> Verdict:
    """P11: costs of parts of a month add up to the month's, and tax is in them where it is asked for."""
    evidence = frame.evidence
    month = _costs(evidence.costs.get(Ask.COST_OF_MONTH), 0)
    halves = [_costs(evidence.costs.get(ask), 0) for ask in (Ask.COST_OF_FIRST_HALF, Ask.COST_OF_SECOND_HALF)]
    compared = {key: cost for key, cost in month.items() if cost and all(half.get(key) for half in halves)}
    if not compared:
        asks = (Ask.COST_OF_MONTH, Ask.COST_OF_FIRST_HALF, Ask.COST_OF_SECOND_HALF)
        return unknown(next((evidence.failures[ask] for ask in asks if ask in evidence.failures), "no_costs"))
    ratio = max(
        (cost / sum(half[key] for half in halves) for key, cost in compared.items()), key=lambda each: abs(each - 1)
    )
    with_tax = _costs(evidence.costs.get(Ask.COST_OF_MONTH), 1)
    taxed = sum(with_tax.get(key, 0.0) for key in compared) / sum(compared.values())
    if not is_one(ratio, _COST_TOLERANCE):
        return differs("fixed", ratio=ratio, tax=taxed)
    return differs("tax", tax=taxed) if is_one(taxed, 1e-6) else holds(ratio=ratio, tax=taxed)


def decimals(frame: Frame) -> Verdict:
    """P12: values have as many decimals as were asked for, rounded half up."""
    evidence, meter = frame.evidence, frame.evidence.sample.meter
    wh, most, *fewer = (evidence.values(Ask.HOURS, meter.id, position) for position in range(1 + len(HOUR_DECIMALS)))
    pairs = {label: value for label, value in most.items() if value and wh.get(label)}
    if not pairs:
        return unknown(evidence.why(Ask.HOURS, "no_values"))
    factor = 1 if is_one(sum(wh[label] for label in pairs) / sum(pairs.values()), 1 / 2) else _KILO
    exact = {label: Decimal(repr(wh[label])) / factor for label in pairs}
    digits = max(0, *(-int(Decimal(repr(value)).normalize().as_tuple().exponent) for value in pairs.values()))
    if any(abs(float(exact[label]) - value) > 10.0 ** -HOUR_DECIMALS[0] for label, value in pairs.items()):
        return differs("fewer", decimals=digits)
    for values, places in zip(fewer, HOUR_DECIMALS[1:], strict=True):
        if _are_cut([(exact[label], value) for label, value in values.items() if label in exact], places):
            return differs("truncated", decimals=places)
    return holds(decimals=digits)


def connection_id(frame: Frame) -> Verdict:
    """P13: the refusal of a connection id that was never issued is recognised as one."""
    evidence = frame.evidence
    if Ask.MADE_UP_ID in evidence.failures:
        return unknown(evidence.failures[Ask.MADE_UP_ID])
    if (refusal := evidence.refusals[Ask.MADE_UP_ID]) is None:
        return differs("accepted")
    figures: dict[str, float | str] = {"status": refusal.status, "words": refusal.words}
    return holds(**figures) if refusal.is_recognised else differs("unrecognised", **figures)


def generated(frame: Frame) -> Verdict:
    """Energy that is produced is positive."""
    evidence = frame.evidence
    points = evidence.sample.roofs or evidence.sample.points
    values = [value for point in points for value in evidence.values(Ask.SOLAR, point.id).values() if value]
    if not values:
        return unknown(evidence.why(Ask.SOLAR, "no_solar"))
    share = sum(value < 0 for value in values) / len(values)
    return differs("negative", share=share) if share > 1 / 2 else holds(share=share)


def _aggregated_indices(frame: Frame, point: Point, found: Mapping[int, Sequence[RawReading]]) -> Verdict:
    """Return which indices the aggregated voltages are the mean of."""

    def ratio_to(chosen: Sequence[int]) -> float | None:
        return _aggregate_ratio(frame, point, [row for index in chosen for row in found[index]])

    phases, beside = sorted(found)[:_PHASES], sorted(found)[_PHASES:]
    ratio, to_all, to_first = ratio_to(phases), ratio_to(list(found)), ratio_to(phases[:1])
    if ratio is None or to_all is None or to_first is None:
        return unknown("no_values")
    if beside and _mean(found, beside) > _LINE_TO_LINE * _mean(found, phases):
        return differs("beside", ratio=ratio, indices=len(found))
    if is_one(to_all, _VOLTAGE_TOLERANCE):
        return holds(indices=len(found))
    return differs("first", indices=len(found)) if is_one(to_first, _VOLTAGE_TOLERANCE) else unknown("unclear")


def _are_cut(pairs: Sequence[tuple[Decimal, float]], places: int) -> bool:
    """Return whether decimals were cut off and not rounded, of exact values and what became of them."""
    step = Decimal(1).scaleb(-places)
    down = [float(exact.quantize(step, ROUND_DOWN)) for exact, _ in pairs]
    up = [float(exact.quantize(step, ROUND_HALF_UP)) for exact, _ in pairs]
    return down != up and down == [value for _, value in pairs]


def _ratio(evidence: Evidence, ask: Ask, point_id: int) -> float | None:
    """Return the sum of the first series : that of the second."""
    small, large = (
        (evidence.values(ask, point_id, position) for position in (0, 1)) if ask in evidence.data else ({}, {})
    )
    shared = small.keys() & large.keys()
    total = sum(large[label] for label in shared)
    return sum(small[label] for label in shared) / total if total else None


def _without_total(found: Mapping[int, Sequence[RawReading]]) -> dict[int, Sequence[RawReading]]:
    """Return the indices without one, the last of them, that is the sum of the others."""
    values: dict[datetime, dict[int, float]] = defaultdict(dict)
    for index, rows in found.items():
        for row in rows:
            values[row.interval_end][index] = row.value or 0
    whole = [each for each in values.values() if len(each) == len(found)]

    def is_total(index: int) -> bool:
        return bool(whole) and all(isclose(2 * each[index], sum(each.values()), rel_tol=1e-3) for each in whole)

    total = max((index for index in found if len(found) > 1 and is_total(index)), default=None)
    return {index: rows for index, rows in found.items() if index != total}


def _mean(found: Mapping[int, Sequence[RawReading]], chosen: Sequence[int]) -> float:
    return fmean(row.value or 0 for index in chosen for row in found[index])


def _aggregate_ratio(frame: Frame, point: Point, rows: Sequence[RawReading]) -> float | None:
    """Return the mean of the aggregated voltages : that of raw rows in the same quarter hours."""
    raw = frame.as_aggregated(means(rows))
    shared = {start: value for start, value in frame.quarters(point, Ask.VOLTAGE).items() if raw.get(start)}
    return fmean(value / raw[start] for start, value in shared.items()) if shared else None


def _costs(response: CostResponse | None, position: int) -> dict[int, float]:
    totals = None if response is None else response.series[position]
    return {total.point_id: total.cost for total in totals or () if total.cost is not None}
