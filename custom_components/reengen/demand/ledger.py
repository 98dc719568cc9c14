"""What is known of the days of each point: from readings of whole days and from polls of the last hours; pure.

Points go by their ids, days by the instant at which they start, energies (kWh) by the start of their quarter hour.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from custom_components.reengen.const import LATEST_LEVEL_WINDOW

from .months import Calendar, DayDemand, MonthDemand, Span, day_demand, month_demand
from .plan import Portion, differ

type Days = dict[int, dict[datetime, DayDemand]]


@dataclass(kw_only=True, slots=True)
class Ledger:
    """The days of each point, and the quarter hours of those that may still change.

    `again` are days that are known and to be read again.
    """

    days: Days = field(default_factory=dict)
    again: set[tuple[int, datetime]] = field(default_factory=set)
    # Without a gap up to the end of the last poll.
    _open: dict[int, dict[datetime, dict[datetime, float]]] = field(default_factory=dict)
    _polled_end: datetime | None = None
    # What the platform says of whole days that are to be read again.
    _totals: dict[tuple[int, datetime], float | None] = field(default_factory=dict)
    # The months of a point, by their starts, since its days changed; of one that may still change, at an instant.
    _months: dict[int, dict[datetime, tuple[datetime | None, MonthDemand | None]]] = field(default_factory=dict)

    def restore(self, days: Days, open_from: datetime) -> None:
        """Take up what was stored while the days from `open_from` on could still change."""
        self.days = days
        self.again = {(point_id, start) for point_id, each in days.items() for start in each if start >= open_from}

    def due(self, calendar: Calendar, point_ids: Iterable[int]) -> dict[int, set[datetime]]:
        """Return the days that are to be read of each point; only points that have any."""
        due = {
            point_id: {
                span.start
                for span in calendar.days
                if span.start not in self.days.get(point_id, ())
                or (point_id, span.start) in self.again
                or (span.start >= calendar.open_from and span.start not in self._open.get(point_id, ()))
            }
            for point_id in point_ids
        }
        return {point_id: starts for point_id, starts in due.items() if starts}

    def month(self, point_id: int, spans: Sequence[Span], end: datetime) -> MonthDemand | None:
        """Return the highest demand of a month, None while it is unknown."""
        is_open = spans[-1].end > end - LATEST_LEVEL_WINDOW
        months, start, at = self._months.setdefault(point_id, {}), spans[0].start, end if is_open else None
        if start not in months or months[start][0] != at:
            months[start] = (at, month_demand(self.days.get(point_id, {}), spans, end))
        return months[start][1]

    def take_in(
        self,
        calendar: Calendar,
        energies: Mapping[int, Mapping[datetime, float]],
        *,
        unreadable: Collection[int],
        refused: Collection[int],
    ) -> None:
        """Take in a poll: all quarter hours of LATEST_LEVEL_WINDOW up to the end of the calendar.

        A day is complete from its beginning where the day before was. After a pause that is longer than the window, the days
        that were open are to be read again. What cannot be read of a point takes away nothing, what is refused is a gap.
        """
        window = Span(calendar.end - LATEST_LEVEL_WINDOW, calendar.end)
        gap = self._polled_end is None or self._polled_end < window.start
        self._polled_end = calendar.end
        for point_id in list(self._open):
            if gap or point_id in refused:
                self.again.update((point_id, start) for start in self._open.pop(point_id))
            else:
                window_kept = None if point_id in unreadable else window
                self._take_in_point(point_id, calendar, energies.get(point_id, {}), window_kept)

    def _take_in_point(
        self, point_id: int, calendar: Calendar, energies: Mapping[datetime, float], window: Span | None
    ) -> None:
        """Take in the energies of a point; of what the platform no longer has in the window nothing is known any more."""
        held = self._open[point_id]
        # No more days are open than yesterday and today.
        for before, span in pairwise(calendar.days[-3:]):
            if before.start in held:
                held.setdefault(span.start, {})
            if span.start not in held:
                continue
            found = {start: energy for start, energy in energies.items() if span.start <= start < span.end}
            kept = {
                start: energy
                for start, energy in held[span.start].items()
                if window is None or not window.start <= start < window.end
            }
            if kept | found != held[span.start] or span.start not in self.days[point_id]:
                held[span.start] = kept | found
                self.days[point_id][span.start] = day_demand(held[span.start])
                self._months.pop(point_id, None)
        self._open[point_id] = {start: each for start, each in held.items() if start >= calendar.open_from}

    def put(self, portion: Portion, point_id: int, energies: Mapping[datetime, float], calendar: Calendar) -> None:
        """Take in what was read of whole days."""
        days = self.days.setdefault(point_id, {})
        self._months.pop(point_id, None)
        for span in portion.spans:
            key = (point_id, span.start)
            of_day = {start: energy for start, energy in energies.items() if span.start <= start < span.end}
            day = day_demand(of_day)
            days[span.start] = day._replace(total=self._totals.pop(key)) if key in self._totals else day
            self.again.discard(key)
            if span.start >= calendar.open_from:
                self._open.setdefault(point_id, {})[span.start] = of_day

    def leave_out(self, portion: Portion, point_id: int, calendar: Calendar) -> None:
        """Take days that are refused as unknown, and those before: what is refused is mostly from before a meter was there."""
        days = self.days.setdefault(point_id, {})
        self._months.pop(point_id, None)
        for span in calendar.days:
            if span.end <= portion.end:
                days.setdefault(span.start, DayDemand())
                self.again.discard((point_id, span.start))
                self._totals.pop((point_id, span.start), None)

    def compare(
        self, calendar: Calendar, point_id: int, totals: Mapping[datetime, float | None] | None, since: datetime
    ) -> None:
        """Have the days past read again whose total on the platform is another one than before, and yesterday in any case.

        Days before `since` are left as they are. `totals` are None where the platform does not say.
        """
        for span in calendar.days[:-1]:
            day, key = self.days[point_id].get(span.start), (point_id, span.start)
            if day is None or span.start < since:
                continue
            if span.end == calendar.today.start:
                self.again.add(key)
            if totals is not None and differ(day.total, totals.get(span.start)):
                self.again.add(key)
                self._totals[key] = totals.get(span.start)

    def forget_before(self, calendar: Calendar) -> None:
        """Forget days that are none of the calendar's: of months past, or of another time zone."""
        starts = {span.start for span in calendar.days}
        for point_id, days in self.days.items():
            if not days.keys() <= starts:
                self.days[point_id] = {start: day for start, day in days.items() if start in starts}
                self._months.pop(point_id, None)
        self.again = {(point_id, start) for point_id, start in self.again if start in starts}
