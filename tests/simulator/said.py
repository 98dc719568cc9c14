"""Asking one world under some switches, and what its readings add up to by another route."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from simulator import WorldOptions

from .helpers import Direct
from .test_measurements import readings

NOW = datetime(2026, 3, 10, 12, 7, 30, tzinfo=UTC)
ISTANBUL = ZoneInfo("Europe/Istanbul")
DAY = ("2026-03-09T00:00:00", "2026-03-09T23:59:59")
HOUR = ("2026-03-09T10:00:00", "2026-03-09T10:59:59")
FEBRUARY = ("2026-02-01T00:00:00", "2026-02-28T23:59:59")
LEAF, PARENT, PHASED, ROOF = "xFabrikaDepo", "xFabrikaTrafo1", "xFabrikaTrafo6", "xFabrikaCatiGes"


def built(first: datetime) -> Direct:
    return Direct(WorldOptions(points=12, start=first), NOW)


@lru_cache
def world() -> Direct:
    """Return a world that has February, and the days up to now, 15:07 in Istanbul."""
    return built(datetime(2026, 1, 30, 21, tzinfo=UTC))


def rows(properties: dict[str, Any], **switches: Any) -> list[list[Any]]:
    """Return the rows of the first series under some switches."""
    direct = world()
    with direct.switched(**switches):
        found: list[list[Any]] = direct.ask("GetData", properties)["properties"]["data"]["0"] or []
    return found


def raw(properties: dict[str, Any], **switches: Any) -> list[dict[str, Any]]:
    """Return the rows of ListDataEx under some switches."""
    direct = world()
    with direct.switched(**switches):
        found: list[dict[str, Any]] = direct.ask("ListDataEx", properties)["properties"]["data"]
    return found


def refusal(properties: dict[str, Any], **switches: Any) -> str | None:
    """Return why GetData refuses under some switches, None where it does not."""
    direct = world()
    with direct.switched(**switches):
        message: str | None = direct.ask("GetData", properties)["message"]
    return message


def total(code: str, start: str, end: str, definition: str = "activeEnergy", variant: str = "import") -> Decimal:
    """Return the sum of a point's readings in a range of Istanbul's clock."""
    return sum((Decimal(value) for _, value in readings(world(), code, definition, variant, start, end)), Decimal(0))


def phases(definition: str, start: str, end: str) -> dict[datetime, list[Decimal]]:
    """Return the values of the three phases by their end."""
    found: dict[datetime, list[Decimal]] = defaultdict(list)
    for when, value in readings(world(), PHASED, definition, "phase", start, end):
        found[when].append(Decimal(value))
    assert all(len(values) == 3 for values in found.values())
    return found


def mean(values: list[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)


def imported(value: float, stamp: str, **switches: Any) -> list[tuple[int, float, float | None]]:
    """Return end, value and register of the readings of a point after one row was imported there."""
    direct = built(NOW - timedelta(hours=2))
    row = {"point": LEAF, "definition": "activeEnergy", "variant": "import", "index": 1, "type": "actual"}
    with direct.switched(**switches):
        assert direct.ask("ImportData", {"data": [{**row, "value": value, "date": stamp}]})["succeeded"]
    return direct.store.database.execute(
        "SELECT end_utc, value, original FROM reading WHERE point_id = ? AND definition = 'activeEnergy' ORDER BY end_utc",
        (direct.store.point_id(LEAF),),
    ).fetchall()
