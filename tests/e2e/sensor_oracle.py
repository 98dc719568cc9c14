"""What the sensors have to say, worked out from the simulator's database alone."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sqlite3
from typing import Final
from zoneinfo import ZoneInfo

QUARTER_HOUR: Final = timedelta(minutes=15)
# How old the newest level may be: an older one is no longer what is.
LEVEL_SEARCH: Final = timedelta(hours=3)
# Key of the sensor's measurement -> definition and variant of the platform, stored units in one of the sensor's.
SUMS: Final = {
    "active_energy_import": ("activeEnergy", "import", 1000),
    "active_energy_export": ("activeEnergy", "export", 1000),
    "active_energy_produced": ("activeEnergy", "produced", 1000),
    "reactive_energy_import": ("reactiveEnergy", "import", 1000),
    "reactive_energy_export": ("reactiveEnergy", "export", 1000),
    "inductive_reactive_energy_import": ("inductiveReactiveEnergy", "import", 1000),
    "capacitive_energy_export": ("capacitiveEnergy", "export", 1000),
    "water_import": ("water", "import", 1000),
    "gas_import": ("gas", "import", 1000),
    "medical_gas_import": ("medicalGas", "import", 1000),
}
# Key of the power or flow -> definition and variant of its energy or volume.
POWERS: Final = {
    "active_power": ("activeEnergy", "import"),
    "active_power_export": ("activeEnergy", "export"),
    "active_power_produced": ("activeEnergy", "produced"),
    "water_import_flow": ("water", "import"),
    "gas_import_flow": ("gas", "import"),
}
# The energy whose highest mean power of this month is the demand.
HIGHEST_DEMAND: Final = "highest_demand_this_month"
LEVELS: Final = {
    "active_power_phase": "activePower",
    "voltage_phase": "voltage",
    "current_phase": "current",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Oracle:
    """The readings of one simulated world, read beside the running simulator."""

    database: Path
    zone: ZoneInfo

    def knows(self, key: str) -> bool:
        """Return whether a sensor's key is one of those worked out here."""
        return measurement_of(key) in SUMS or key in LEVELS or key in POWERS or key == HIGHEST_DEMAND

    def measured(self, asked_at: datetime) -> frozenset[str]:
        """Return the measurements that any point shows of itself, today or just now: right after midnight no sums."""
        keys = [*POWERS, *(f"{key}_today" for key in SUMS)]
        return frozenset(measurement_of(key) for key in keys if self.values(key, asked_at))

    def values(self, key: str, asked_at: datetime) -> Mapping[int, float]:
        """Return what sensors with this key have to say, by point id, when the platform was asked at an instant.

        In the sensor's unit; a point without readings has no value.
        """
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            if key in LEVELS:
                return _levels(connection, LEVELS[key], asked_at)
            if key in POWERS:
                return _powers(connection, *POWERS[key], asked_at)
            midnight = asked_at.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
            start = midnight if key.endswith("_today") else midnight.replace(day=1)
            if key == HIGHEST_DEMAND:
                return _highest(connection, *POWERS["active_power"], start, asked_at)
            return _sums(connection, measurement_of(key), start, asked_at)


def measurement_of(key: str) -> str:
    """Return the measurement that a sensor's key names, without its period."""
    return key.removesuffix("_today").removesuffix("_this_month")


def _sums(connection: sqlite3.Connection, key: str, start: datetime, asked_at: datetime) -> dict[int, float]:
    definition, variant, stored_per_unit = SUMS[key]
    rows = connection.execute(
        "SELECT point_id, SUM(value) FROM reading WHERE definition = ? AND variant = ?"
        " AND end_utc >= ? AND end_utc <= ? AND revealed_utc <= ? GROUP BY point_id",
        (definition, variant, start.timestamp(), asked_at.timestamp(), asked_at.timestamp()),
    )
    return {point_id: total / stored_per_unit for point_id, total in rows}


def _levels(connection: sqlite3.Connection, definition: str, asked_at: datetime) -> dict[int, float]:
    """Return each point's mean over the phases in the newest complete quarter hour that has readings."""
    seconds = int(QUARTER_HOUR.total_seconds())
    end = int(asked_at.astimezone(UTC).timestamp()) // seconds * seconds
    rows = connection.execute(
        "SELECT point_id, end_utc / ? AS quarter, AVG(value) FROM reading WHERE definition = ? AND variant = 'phase'"
        " AND end_utc >= ? AND end_utc < ? AND revealed_utc <= ? GROUP BY point_id, quarter ORDER BY quarter",
        (seconds, definition, end - LEVEL_SEARCH.total_seconds(), end, asked_at.timestamp()),
    )
    return {point_id: mean for point_id, _, mean in rows}


def _powers(connection: sqlite3.Connection, definition: str, variant: str, asked_at: datetime) -> dict[int, float]:
    """Return each point's mean power (kW) or flow (m³/h) in the newest complete quarter hour; of one alone the length is not known."""
    seconds = int(QUARTER_HOUR.total_seconds())
    end = int(asked_at.astimezone(UTC).timestamp()) // seconds * seconds
    rows = connection.execute(
        "SELECT point_id, end_utc / ? AS quarter, SUM(value) FROM reading WHERE definition = ? AND variant = ?"
        " AND end_utc >= ? AND end_utc < ? AND revealed_utc <= ? GROUP BY point_id, quarter ORDER BY quarter",
        (seconds, definition, variant, end - LEVEL_SEARCH.total_seconds(), end, asked_at.timestamp()),
    ).fetchall()
    count = Counter(point_id for point_id, _, _ in rows)
    return {point_id: amount * 4 / 1000 for point_id, _, amount in rows if count[point_id] > 1}


def _highest(
    connection: sqlite3.Connection, definition: str, variant: str, start: datetime, asked_at: datetime
) -> dict[int, float]:
    """Return each point's highest mean power (kW) of a complete quarter hour since the start."""
    seconds = int(QUARTER_HOUR.total_seconds())
    rows = connection.execute(
        "SELECT point_id, MAX(energy) FROM (SELECT point_id, SUM(value) AS energy FROM reading"
        " WHERE definition = ? AND variant = ? AND end_utc >= ? AND end_utc < ? AND revealed_utc <= ?"
        " GROUP BY point_id, end_utc / ?) GROUP BY point_id",
        (
            definition,
            variant,
            start.timestamp(),
            int(asked_at.timestamp()) // seconds * seconds,
            asked_at.timestamp(),
            seconds,
        ),
    )
    return {point_id: watt_hours * 4 / 1000 for point_id, watt_hours in rows}
