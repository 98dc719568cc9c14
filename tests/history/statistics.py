"""What is in the two databases, read by plain SQL: the recorder's rows and the platform's hours."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance, session_scope
from sqlalchemy import text

from custom_components.reengen.account.options import AccountOptions
from custom_components.reengen.api import Point
from custom_components.reengen.const import CONF_MEASUREMENTS
from custom_components.reengen.history.series import HistorySeries, series_of
from simulator import Simulator
from tests import oracle

HOUR = 3600

# The transformer of most tests, its energy and its cost.
TRAFO_6 = "xFabrikaTrafo6"
IMPORT = "reengen:xyz_12768_active_energy_import"
COST = "reengen:xyz_12768_active_energy_cost_try"

# A shift adds to every later sum, each of which is rounded by itself.
TOLERANCE = 1e-6

# All that can be read of a point, as options of the account.
EVERYTHING = {
    "measurements": ["active_energy_import", "voltage_phase"],
    "costs": ["active_energy_cost"],
    "history_months": 1,
    "meter_readings": True,
    "phases": True,
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the recorder's table of hourly statistics."""

    start: int
    state: float | None
    sum: float | None
    mean: float | None
    min: float | None
    max: float | None


class Statistics:
    """Both databases of a test."""

    def __init__(self, hass: HomeAssistant, simulator: Simulator) -> None:
        self._hass = hass
        self._simulator = simulator

    async def ids(self) -> set[str]:
        """Return the ids of all statistics of the integration."""

        def read() -> set[str]:
            with session_scope(hass=self._hass, read_only=True) as session:
                found = session.execute(text("SELECT statistic_id FROM statistics_meta WHERE source = 'reengen'"))
                return {str(row[0]) for row in found}

        return await get_instance(self._hass).async_add_executor_job(read)

    async def rows(self, statistic_id: str) -> list[Row]:
        """Return all rows of a statistic, oldest first."""

        def read() -> list[Row]:
            with session_scope(hass=self._hass, read_only=True) as session:
                found = session.execute(
                    text(
                        "SELECT s.start_ts, s.state, s.sum, s.mean, s.min, s.max FROM statistics s"
                        " JOIN statistics_meta m ON m.id = s.metadata_id"
                        " WHERE m.statistic_id = :id ORDER BY s.start_ts"
                    ),
                    {"id": statistic_id},
                ).fetchall()
            return [
                Row(start=int(row[0]), state=row[1], sum=row[2], mean=row[3], min=row[4], max=row[5]) for row in found
            ]

        return await get_instance(self._hass).async_add_executor_job(read)

    async def hours(self, statistic_id: str) -> dict[int, Decimal]:
        """Return the states, to six decimals, after asserting that the change of every row is its state."""
        rows = await self.rows(statistic_id)
        before = 0.0
        for row in rows:
            assert row.state is not None, row
            assert row.sum is not None, row
            assert row.start % HOUR == 0, row
            assert abs(row.sum - before - row.state) < TOLERANCE, row
            before = row.sum
        return {row.start: six_decimals(row.state or 0.0) for row in rows}

    def complete_hours(self, code: str = TRAFO_6) -> dict[int, Decimal]:
        """Return the energy of all hours of the platform that ended ten minutes ago or more."""
        end = (self._simulator.clock.now() - timedelta(minutes=10)).replace(minute=0, second=0, microsecond=0)
        return self.platform_hours(code, "activeEnergy", "import", datetime.fromtimestamp(0, UTC), end)

    def platform_hours(
        self, code: str, definition: str, variant: str, start: datetime, end: datetime
    ) -> dict[int, Decimal]:
        """Return the sum of the visible readings of each hour of UTC in [start, end), in thousands (Wh -> kWh)."""
        found: defaultdict[int, Decimal] = defaultdict(Decimal)
        rows = self._simulator.database.execute(
            "SELECT end_utc, value FROM reading WHERE point_id = ? AND definition = ? AND variant = ?"
            " AND end_utc >= ? AND end_utc < ? AND revealed_utc <= ? AND value IS NOT NULL",
            (
                oracle.point_id(self._simulator, code),
                definition,
                variant,
                start.timestamp(),
                end.timestamp(),
                self._simulator.clock.now().timestamp(),
            ),
        )
        for end_utc, value in rows:
            found[end_utc - end_utc % HOUR] += Decimal(repr(value)) / 1000
        return {hour: value.quantize(oracle.SIX_DECIMALS, ROUND_HALF_UP) for hour, value in found.items()}

    def platform_levels(
        self, code: str, definition: str, start: datetime, end: datetime, variant: str = "phase"
    ) -> dict[int, tuple[Decimal, Decimal, Decimal]]:
        """Return mean, least and greatest of the visible readings of all phases in each hour of [start, end)."""
        found: defaultdict[int, list[Decimal]] = defaultdict(list)
        rows = self._simulator.database.execute(
            "SELECT end_utc, value FROM reading WHERE point_id = ? AND definition = ? AND variant = ?"
            " AND end_utc >= ? AND end_utc < ? AND value IS NOT NULL",
            (oracle.point_id(self._simulator, code), definition, variant, start.timestamp(), end.timestamp()),
        )
        for end_utc, value in rows:
            found[end_utc - end_utc % HOUR].append(Decimal(repr(value)))
        return {
            hour: (
                (sum(values, Decimal(0)) / len(values)).quantize(oracle.SIX_DECIMALS, ROUND_HALF_UP),
                min(values).quantize(oracle.SIX_DECIMALS),
                max(values).quantize(oracle.SIX_DECIMALS),
            )
            for hour, values in found.items()
        }

    def platform_cost(
        self, code: str, start: datetime, end: datetime, group: str = "activeEnergyCost", *, taxed: bool = False
    ) -> Decimal:
        """Return what the readings of [start, end) that a group charges for cost by the tariffs of their ends."""
        database = self._simulator.database
        tariffs = database.execute(
            "SELECT definition, variant, valid_from_utc, valid_to_utc, price, stored_per_unit, tax_rate FROM tariff"
            " WHERE cost_group = ? AND valid_to_utc > ? AND valid_from_utc < ?",
            (group, start.timestamp(), end.timestamp()),
        ).fetchall()
        total = Decimal(0)
        for definition, variant, begin, until, price, per_unit, tax in tariffs:
            rows = database.execute(
                "SELECT value FROM reading WHERE point_id = ? AND definition = ? AND variant = ?"
                " AND end_utc >= ? AND end_utc < ? AND value IS NOT NULL",
                (
                    oracle.point_id(self._simulator, code),
                    definition,
                    variant,
                    max(begin, start.timestamp()),
                    min(until, end.timestamp()),
                ),
            )
            factor = 1 + Decimal(tax) if taxed else 1
            total += sum(Decimal(repr(value)) for (value,) in rows) * Decimal(price) * factor / per_unit
        return total.quantize(oracle.SIX_DECIMALS, ROUND_HALF_UP)


def six_decimals(value: float) -> Decimal:
    """Return a number as the platform writes it."""
    return Decimal(repr(value)).quantize(oracle.SIX_DECIMALS, ROUND_HALF_UP)


def series_of_point(point_id: int, key: str) -> HistorySeries:
    """Return the series of a measurement that is built in, at a point of the tenant `xyz`."""
    point = Point(id=point_id, code=f"x{point_id}", name=f"Meter {point_id}")
    options = AccountOptions.read({CONF_MEASUREMENTS: [key]})
    (series,) = series_of(options, [point], prefix="xyz", names={})
    return series
