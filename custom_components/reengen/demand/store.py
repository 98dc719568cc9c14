"""What is kept of the days of each point, in a file of its own: instants in epoch seconds, lengths in minutes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from custom_components.reengen.const import DOMAIN

from .ledger import Days
from .months import DayDemand

_STORE_VERSION: Final = 1
_MINUTE: Final = timedelta(minutes=1)


def demand_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the file of an account."""
    return Store(hass, _STORE_VERSION, f"{DOMAIN}.demand.{entry_id}")


async def async_remove_demand(hass: HomeAssistant, entry_id: str) -> None:
    """Forget the demand of an account that is removed."""
    await demand_store(hass, entry_id).async_remove()


def stored_days(days: Days) -> dict[str, dict[str, list[Any]]]:
    """Return the days as JSON."""
    return {
        str(point_id): {str(_seconds(start)): _row(day) for start, day in of_point.items()}
        for point_id, of_point in days.items()
    }


def restored_days(stored: Mapping[str, Mapping[str, list[Any]]]) -> Days:
    """Return the days that were stored."""
    return {
        int(point_id): {_instant(int(start)): _day(*row) for start, row in of_point.items()}
        for point_id, of_point in stored.items()
    }


def _row(day: DayDemand) -> list[Any]:
    return [
        day.highest,
        None if day.end is None else _seconds(day.end),
        None if day.length is None else day.length // _MINUTE,
        day.known,
        None if day.last_end is None else _seconds(day.last_end),
        day.total,
    ]


def _day(  # noqa: PLR0917 - the columns of a row
    highest: float | None, end: int | None, minutes: int | None, known: int, last_end: int | None, total: float | None
) -> DayDemand:
    return DayDemand(
        highest=highest,
        end=None if end is None else _instant(end),
        length=None if minutes is None else minutes * _MINUTE,
        known=known,
        last_end=None if last_end is None else _instant(last_end),
        total=total,
    )


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
