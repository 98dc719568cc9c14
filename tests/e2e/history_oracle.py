"""What the statistics have to hold, worked out from the simulator's database alone."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
import sqlite3
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from .sensor_oracle import LEVELS, SUMS

HOUR: Final = 3600
# What each day costs is asked for only this far back; before, the platform's figure of the month is spread.
DAILY_COSTS: Final = timedelta(days=35)
# Key of a cost statistic -> the platform's name of the group.
COSTS: Final = {
    "active_energy_cost": "activeEnergyCost",
    "reactive_energy_cost": "reactiveEnergyCost",
    "water_cost": "waterCost",
    "gas_cost": "gasCost",
    "medical_gas_cost": "medicalGasCost",
}

type Hours[ValueT] = dict[int, ValueT]
"""Start of the hour in epoch seconds -> value."""

type ByPoint[ValueT] = Mapping[int, Hours[ValueT]]


class HourOfLevel(NamedTuple):
    """An hour of power, voltage or current, over all phases."""

    mean: float
    least: float
    greatest: float


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryOracle:
    """All hours of one simulated world, read beside the running simulator; readings to come are not there yet."""

    database: Path
    zone: ZoneInfo

    def sums(self, key: str) -> ByPoint[float]:
        """Return the hours of a summed measurement in the statistic's unit, by point id."""
        definition, variant, stored_per_unit = SUMS[key]
        rows = self._rows(
            "SELECT point_id, end_utc / 3600 * 3600 AS hour, SUM(value) FROM reading"
            " WHERE definition = ? AND variant = ? AND revealed_utc <= ? AND value IS NOT NULL GROUP BY point_id, hour",
            (definition, variant, _now()),
        )
        return _by_point((point, hour, total / stored_per_unit) for point, hour, total in rows)

    def levels(self, key: str) -> ByPoint[HourOfLevel]:
        """Return the hours of a level in the stored unit, by point id."""
        rows = self._rows(
            "SELECT point_id, end_utc / 3600 * 3600 AS hour, AVG(value), MIN(value), MAX(value) FROM reading"
            " WHERE definition = ? AND variant = 'phase' AND revealed_utc <= ? AND value IS NOT NULL"
            " GROUP BY point_id, hour",
            (LEVELS[key], _now()),
        )
        return _by_point((point, hour, HourOfLevel(*values)) for point, hour, *values in rows)

    def costs(self, key: str) -> ByPoint[float]:
        """Return what was used in each hour, priced by the tariff of each reading's end, by point id."""
        rows = self._rows(
            "SELECT r.point_id, r.end_utc / 3600 * 3600 AS hour, SUM(r.value * CAST(t.price AS REAL) / t.stored_per_unit)"
            " FROM tariff t JOIN reading r ON r.definition = t.definition AND r.variant = t.variant"
            " AND r.end_utc >= t.valid_from_utc AND r.end_utc < t.valid_to_utc"
            " WHERE t.cost_group = ? AND r.revealed_utc <= ? AND r.value IS NOT NULL GROUP BY r.point_id, hour",
            (COSTS[key], _now()),
        )
        return _by_point(rows)

    def cost_periods(self, first: int, until: int) -> list[tuple[int, int]]:
        """Return the periods that hold two instants and whose costs have to add up: months, then recent days."""
        after = datetime.fromtimestamp(until, self.zone)
        recent = after - DAILY_COSTS
        begin = datetime.fromtimestamp(first, self.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        days = (begin + timedelta(days=number) for number in range((after - begin).days + 1))
        edges = [midnight for midnight in days if midnight.day == 1 or midnight > recent]
        return list(pairwise([*(int(edge.timestamp()) for edge in edges if edge < after), until]))

    def _rows(self, query: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(query, parameters).fetchall()


def _now() -> float:
    return datetime.now(UTC).timestamp()


def _by_point[ValueT](rows: Any) -> ByPoint[ValueT]:
    found: defaultdict[int, Hours[ValueT]] = defaultdict(dict)
    for point, hour, value in rows:
        found[point][hour] = value
    return found
