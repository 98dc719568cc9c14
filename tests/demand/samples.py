"""The world of these tests, and the demand of its points by the simulator's registers alone."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from simulator import Simulator
from tests import oracle

type PassTime = Callable[[timedelta], Awaitable[None]]

SITE, TRAFO_6 = "xFabrikaFabrika", "xFabrikaTrafo6"
IMPORT = ("activeEnergy", "import")
QUARTER = timedelta(minutes=15)
ISTANBUL = "Europe/Istanbul"

THIS_MONTH, LAST_MONTH = "highest_demand_this_month", "highest_demand_last_month"
SHARE, EXCEEDED, NEAR = "contracted_power_share", "contracted_power_exceeded", "near_contracted_power"


def month(instant: datetime, zone: str = ISTANBUL, *, ago: int = 0) -> tuple[datetime, datetime]:
    """Return where the month of an instant begins and ends, or one so many months before; at most 1."""
    start = instant.astimezone(ZoneInfo(zone)).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    begins = [
        (start - timedelta(days=3)).replace(day=1, hour=0),
        start,
        (start + timedelta(days=35)).replace(day=1, hour=0),
    ]
    return begins[1 - ago], begins[2 - ago]


def quarter_hours(
    simulator: Simulator, code: str, start: datetime, end: datetime, *, hourly: bool = False
) -> Mapping[datetime, Decimal]:
    """Return the demand (kW) of each complete quarter hour, or hour, by its start; `end` may be in the future."""
    now = simulator.clock.now()
    floor = datetime.fromtimestamp(now.timestamp() // 900 * 900, now.tzinfo)
    found = oracle.quarter_energies(simulator, code, *IMPORT, start, min(end, floor))
    length = timedelta(hours=1) if hourly else QUARTER
    return {each - length: energy * (1 if hourly else 4) for each, energy in found.items()}


def highest(found: Mapping[datetime, Decimal]) -> tuple[Decimal, datetime]:
    """Return the highest demand and the first instant at which it began."""
    top = max(found.values())
    return top, min(start for start, demand in found.items() if demand == top)


def set_demand(simulator: Simulator, code: str, start: datetime, kilowatts: float | None) -> None:
    """Let the quarter hour that begins then have this mean power, by one correction; None: no reading."""
    energy = None if kilowatts is None else 250 * kilowatts
    simulator.set_reading(code, *IMPORT, start + QUARTER - timedelta(seconds=1), energy)


def report_by_the_hour(simulator: Simulator, code: str) -> None:
    """Let the meter have reported by the hour: each whole hour of the clock has all of its energy in its last reading."""
    series = oracle.series_id(simulator, code, *IMPORT)
    width = 3600
    # Where hours begin off the hours of UTC.
    shift = simulator.clock.now().astimezone(ZoneInfo(simulator.options.time_zone)).utcoffset() or timedelta()
    offset = int(shift.total_seconds()) % width
    rows = simulator.database.execute(
        "SELECT (end_utc + ?) / ? AS hour, SUM(value), MAX(revealed_utc), COUNT(*) FROM sample WHERE series = ?"
        " GROUP BY hour",
        (offset, width, series),
    ).fetchall()
    simulator.database.execute("DELETE FROM sample WHERE series = ?", (series,))
    simulator.database.executemany(
        "INSERT INTO sample(series, end_utc, value, revealed_utc) VALUES (?, ?, ?, ?)",
        [(series, (hour + 1) * width - offset - 1, value, revealed) for hour, value, revealed, n in rows if n == 4],
    )
