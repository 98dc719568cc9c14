"""How the labels of a platform are to be read, as far as the evidence tells: what all probes but that of the labels build on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from custom_components.reengen.api import Point

from .evidence import ACTIVE, Ask, Evidence
from .figures import DAY, HOUR, LAST_SECOND, QUARTER, Column, Fit, adds_up, best_fit, increments, is_one, shifted

_NOTHING: Final = timedelta()


@dataclass(frozen=True, kw_only=True, slots=True)
class Shifts:
    """By how much the labels of quarter hours, hours and days lie behind the starts of their buckets."""

    quarters: timedelta = _NOTHING
    hours: timedelta = _NOTHING
    days: timedelta = _NOTHING


class Frame:
    """The evidence, its buckets named by their starts."""

    def __init__(self, evidence: Evidence) -> None:
        """Keep the evidence; everything is worked out when it is asked for."""
        self.evidence = evidence

    @cached_property
    def fit(self) -> Fit | None:
        """Return how the quarter hours follow the raw rows, by the first point of the sample that tells."""
        fits = (
            best_fit(self.raw(point), self.evidence.values(Ask.QUARTERS, point.id))
            for point in self.evidence.sample.points
        )
        return next((fit for fit in fits if fit is not None), None)

    @cached_property
    def are_last_seconds(self) -> bool:
        """Return whether labels are the last seconds of their buckets."""
        labels = self.evidence.values(Ask.QUARTERS, self.evidence.sample.meter.id)
        return {label.second for label in labels} == {LAST_SECOND}

    @cached_property
    def shifts(self) -> Shifts:
        """Return the shifts of labels that make parts and wholes agree, none where nothing does."""
        is_end = self.are_last_seconds or (self.fit is not None and self.fit.lag == QUARTER)
        known = [QUARTER] if is_end else [_NOTHING] if self.fit is not None else [_NOTHING, QUARTER]
        found = next(self._agreeing(known), Shifts(quarters=known[0]))
        hours = self._column(Ask.HOURS, found.hours)
        for shift in (_NOTHING, DAY):
            ratio = adds_up(hours, self._column(Ask.DAYS, shift), DAY, HOUR)
            if ratio is not None and is_one(ratio):
                return Shifts(quarters=found.quarters, hours=found.hours, days=shift)
        return found

    @property
    def zone_lag(self) -> timedelta | None:
        """Return how far quarter hours are from the raw rows beyond what their labels explain; None if unknown."""
        return None if self.fit is None else self.fit.lag - self.shifts.quarters

    def as_aggregated(self, raw: Column) -> dict[datetime, float]:
        """Return raw rows by the starts that the aggregates give their quarter hours."""
        lag = self.zone_lag or _NOTHING
        return {start + lag: value for start, value in raw.items()}

    def raw(self, point: Point) -> dict[datetime, float]:
        """Return what the raw rows of a point added in each quarter hour, as they are stamped."""
        return increments(self.evidence.by_index(Ask.RAW_ENERGY, point, ACTIVE))

    def quarters(self, point: Point, ask: Ask = Ask.QUARTERS) -> dict[datetime, float]:
        """Return quarter hours by their starts."""
        return shifted(self.evidence.values(ask, point.id), self.shifts.quarters)

    def hours(self, point: Point, ask: Ask = Ask.HOURS) -> dict[datetime, float]:
        """Return hours by their starts."""
        return shifted(self.evidence.values(ask, point.id), self.shifts.hours)

    def days(self, point: Point) -> dict[datetime, float]:
        """Return days by their starts."""
        return shifted(self.evidence.values(Ask.DAYS, point.id), self.shifts.days)

    def total_of_month(self, point: Point) -> float:
        """Return the sum of the days of the whole month."""
        times = self.evidence.times
        return sum(value for start, value in self.days(point).items() if times.month <= start < times.month_end)

    def _column(self, ask: Ask, shift: timedelta) -> dict[datetime, float]:
        return shifted(self.evidence.values(ask, self.evidence.sample.meter.id), shift)

    def _agreeing(self, known: list[timedelta]) -> Iterator[Shifts]:
        """Yield the shifts of quarter hours and hours that agree, those that are most likely first."""
        likely = [(quarters, hours) for quarters in known for hours in (_NOTHING, HOUR)]
        likely.sort(key=lambda pair: (pair[0] == _NOTHING) != (pair[1] == _NOTHING))
        for quarters, hours in likely:
            ratio = adds_up(self._column(Ask.QUARTERS, quarters), self._column(Ask.HOURS, hours), HOUR, QUARTER)
            if ratio is not None and is_one(ratio):
                yield Shifts(quarters=quarters, hours=hours)
