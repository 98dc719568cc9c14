"""Reads of the recorder's database: none is begun when it cannot be answered, and none is cut off."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.recorder import async_migration_in_progress, get_instance
from homeassistant.util.hass_dict import HassKey

from custom_components.reengen.const import DOMAIN

from .results import HistoryUnavailableError
from .turns import to_its_end

_READINGS: Final[HassKey[set[asyncio.Future[Any]]]] = HassKey(f"{DOMAIN}_history_readings")


async def async_read[ResultT](hass: HomeAssistant, read: Callable[[], ResultT]) -> ResultT:
    """Return what one of the database's own threads reads. Raises: HistoryUnavailableError."""
    check_recorder(hass)
    readings = _readings(hass)
    reading = get_instance(hass).async_add_executor_job(read)
    readings.add(reading)
    reading.add_done_callback(readings.discard)
    # Who is cancelled leaves; the thread reads on, and the stop has to wait for it.
    return await to_its_end(reading)


@callback
def _readings(hass: HomeAssistant) -> set[asyncio.Future[Any]]:
    """Return what is read just now; Home Assistant's stop waits for all of it.

    It would not by itself, and closes the database's connections whoever uses them: in the middle of a statement
    SQLite crashes the process then.
    """
    if (known := hass.data.get(_READINGS)) is not None:
        return known
    readings: set[asyncio.Future[Any]] = set()

    async def have_ended(_event: Event) -> None:
        if readings:
            await asyncio.wait(readings)

    hass.data[_READINGS] = readings
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, have_ended)
    return readings


@callback
def check_recorder(hass: HomeAssistant) -> None:
    """Raise HistoryUnavailableError where the recorder can neither answer nor write, or will soon stop."""
    if hass.is_stopping or async_migration_in_progress(hass) or not get_instance(hass).is_alive():
        raise unavailable()


def unavailable() -> HistoryUnavailableError:
    """Return the error that says so to the user."""
    return HistoryUnavailableError(translation_domain=DOMAIN, translation_key="history_unavailable")
