"""The responses of GetData with costs: one total a point, or one for each point and date, which are added up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from math import fsum

from .data_series import QueryContext, data_response
from .envelope import Envelope, OddError, number_or_none, whole
from .json_values import JsonArray, shown
from .models import CostResponse, CostTotal
from .oddities import Oddities, OddityKind
from .wire_time import StampReader, as_utc


def costs(envelope: Envelope, query: QueryContext) -> CostResponse:
    """Return the totals of each requested cost (API document: Get Cost Data).

    Rows that carry a date are summed by point; a null among them makes the total null, since the sum of the others is
    not the cost of the range. A point of which a row cannot be used, or of which two rows differ, has no total; `oddities`
    name it. Raises ReengenResponseError where the response has no data for its series.
    """
    end, stamps = as_utc(query.end), StampReader(query.zone)

    def totals(rows: JsonArray, where: str, oddities: Oddities) -> tuple[CostTotal, ...]:
        return _CostReader(end, stamps, oddities, where).totals(rows)

    return data_response(envelope, query, totals, ())


def joined_totals(parts: Iterable[tuple[CostTotal, ...]]) -> tuple[CostTotal, ...]:
    """Return the totals of one series in several parts, each of other points."""
    return tuple(chain.from_iterable(parts))


@dataclass(frozen=True, slots=True)
class _CostReader:
    """Decodes the rows of one series: [date?, point id, cost]; `lost` are the dates of rows without a point, None for any."""

    end: datetime
    stamps: StampReader
    oddities: Oddities
    where: str
    unknown: set[int | None] = field(default_factory=set)
    lost: set[datetime | None] = field(default_factory=set)

    def totals(self, rows: JsonArray) -> tuple[CostTotal, ...]:
        """Return the total of each point that is known."""
        parts: dict[int, dict[datetime | None, float | None]] = {}
        for index, row in enumerate(rows):
            where = f"{self.where}[{index}]"
            for date, point_id, cost in self._cells(row, where):
                of_point = parts.setdefault(point_id, {})
                if date not in of_point and not (of_point and (date is None or None in of_point)):
                    of_point[date] = cost
                elif date in of_point and of_point[date] == cost:
                    self.oddities.add(OddityKind.SAME_VALUE_TWICE, where, shown(row), point_id=point_id)
                else:
                    self._leave_out(OddityKind.TWO_VALUES, where, row, point_id)
        self.unknown.update(point_id for point_id, dated in parts.items() if self._may_lack(dated))
        found = {
            point_id: [cost for date, cost in dated.items() if date is None or date < self.end]
            for point_id, dated in parts.items()
            if point_id not in self.unknown
        }
        return tuple(CostTotal(point_id, _sum(values)) for point_id, values in found.items() if values)

    def _cells(self, row: object, where: str) -> Iterator[tuple[datetime | None, int, float | None]]:
        """Yield date, point and cost of a row, or nothing where it is left out."""
        cells = row if isinstance(row, list) else [row]
        last, dated = len(cells) - 1, 2
        if last not in {dated - 1, dated}:
            self._leave_out(OddityKind.ROW_SHAPE, where, row, None)
            return
        date = self.stamps.read(cells[0]) if last == dated else None
        if date is None and last == dated:
            # The cell may be one too many, and the next one no point.
            self._leave_out(OddityKind.STAMP, f"{where}[0]", cells[0], None)
            return
        try:
            point_id = whole(cells, last - 1)
        except OddError as odd:
            self._leave_out(OddityKind.POINT_ID, f"{where}[{last - 1}]", odd.value, None, date)
            return
        try:
            yield date, point_id, number_or_none(cells, last)
        except OddError as odd:
            self._leave_out(OddityKind.VALUE, f"{where}[{last}]", odd.value, point_id)

    def _leave_out(
        self, kind: OddityKind, where: str, got: object, point_id: int | None, date: datetime | None = None
    ) -> None:
        self.oddities.add(kind, where, shown(got), point_id=point_id)
        self.unknown.add(point_id)
        if point_id is None:
            self.lost.add(date)

    def _may_lack(self, dated: dict[datetime | None, float | None]) -> bool:
        """Tell whether a row that was left out may be a part of the sum of these dates."""
        return None not in dated and any(date is None or date not in dated for date in self.lost)


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fsum(known) if len(known) == len(values) else None
