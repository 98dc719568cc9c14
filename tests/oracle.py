"""What the simulator's database holds, read by plain SQL: the expected values of tests."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from simulator import Simulator

SIX_DECIMALS = Decimal("0.000001")


def point_id(simulator: Simulator, code: str) -> int:
    """Return the platform's id of the point with this code."""
    (found,) = simulator.database.execute(
        "SELECT id FROM point WHERE tenant = ? AND code = ?", (simulator.options.tenant, code)
    ).fetchone()
    return int(found)


def series_id(simulator: Simulator, code: str, definition: str, variant: str) -> int:
    """Return the id of the only series of the point with this definition and variant."""
    (found,) = simulator.database.execute(
        "SELECT id FROM series WHERE point_id = ? AND definition = ? AND variant = ?",
        (point_id(simulator, code), definition, variant),
    ).fetchone()
    return int(found)


def _values(
    simulator: Simulator, code: str, definition: str, variant: str, start: datetime, end: datetime
) -> list[Decimal]:
    """Return the revealed values of the readings whose interval ends in [start, end), in the stored unit."""
    rows = simulator.database.execute(
        "SELECT value FROM reading WHERE point_id = ? AND definition = ? AND variant = ?"
        " AND end_utc >= ? AND end_utc < ? AND revealed_utc <= ? AND value IS NOT NULL",
        (
            point_id(simulator, code),
            definition,
            variant,
            start.timestamp(),
            end.timestamp(),
            simulator.clock.now().timestamp(),
        ),
    ).fetchall()
    return [Decimal(repr(value)) for (value,) in rows]


def summed_kilo(
    simulator: Simulator, code: str, definition: str, variant: str, start: datetime, end: datetime
) -> Decimal:
    """Return the sum over [start, end) in thousands of the stored unit (Wh -> kWh), to six decimals."""
    total = sum(_values(simulator, code, definition, variant, start, end), Decimal(0)) / 1000
    return total.quantize(SIX_DECIMALS, ROUND_HALF_UP)


def mean(simulator: Simulator, code: str, definition: str, variant: str, start: datetime, end: datetime) -> Decimal:
    """Return the mean over [start, end) and all phases in the stored unit, to six decimals."""
    values = _values(simulator, code, definition, variant, start, end)
    return (sum(values, Decimal(0)) / len(values)).quantize(SIX_DECIMALS, ROUND_HALF_UP)


def reading_count(
    simulator: Simulator, code: str, definition: str, variant: str, start: datetime, end: datetime
) -> int:
    """Return how many revealed readings end in [start, end)."""
    return len(_values(simulator, code, definition, variant, start, end))


def newest(
    simulator: Simulator, column: str, code: str, definition: str, variant: str, index: int = 1
) -> Decimal | None:
    """Return `value` or `original` of the newest revealed reading that has one, in the stored unit; None for none."""
    now = simulator.clock.now().timestamp()
    row = simulator.database.execute(
        f"SELECT {column} FROM reading WHERE point_id = ? AND definition = ? AND variant = ? AND idx = ?"
        f" AND end_utc <= ? AND revealed_utc <= ? AND {column} IS NOT NULL ORDER BY end_utc DESC LIMIT 1",
        (point_id(simulator, code), definition, variant, index, now, now),
    ).fetchone()
    return None if row is None else Decimal(repr(row[0]))


def quarter_energies(
    simulator: Simulator, code: str, definition: str, variant: str, start: datetime, end: datetime
) -> dict[datetime, Decimal]:
    """Return the revealed energy of each quarter hour of [start, end), by its end, in thousands of the stored unit."""
    now = simulator.clock.now().timestamp()
    rows = simulator.database.execute(
        "SELECT end_utc / 900 AS quarter, SUM(value) FROM reading WHERE point_id = ? AND definition = ? AND variant = ?"
        " AND end_utc >= ? AND end_utc < ? AND revealed_utc <= ? AND value IS NOT NULL GROUP BY quarter",
        (point_id(simulator, code), definition, variant, start.timestamp(), end.timestamp(), now),
    ).fetchall()
    return {datetime.fromtimestamp(900 * (quarter + 1), UTC): Decimal(repr(total)) / 1000 for quarter, total in rows}
