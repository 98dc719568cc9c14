"""Work on the recorder's database: none is begun when Home Assistant stops, and none is cut off."""

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

_UNDER_WAY: Final[HassKey[set[asyncio.Future[Any]]]] = HassKey(f"{DOMAIN}_history_under_way")


async def async_read[ResultT](hass: HomeAssistant, read: Callable[[], ResultT]) -> ResultT:
    """Return what one of the database's own threads reads. Raises: HistoryUnavailableError."""
    check_recorder(hass)
    return await async_finish(hass, get_instance(hass).async_add_executor_job(read))


async def async_finish[ResultT](hass: HomeAssistant, work: asyncio.Future[ResultT]) -> ResultT:
    """Return the result of work that goes on when whoever waits for it is cancelled; Home Assistant's stop waits."""
    under_way = _under_way(hass)
    under_way.add(work)
    work.add_done_callback(under_way.discard)
    return await to_its_end(work)


@callback
def _under_way(hass: HomeAssistant) -> set[asyncio.Future[Any]]:
    """Return what is under way just now; Home Assistant's stop waits for all of it.

    It would not by itself. A write would be left half done; and the database's connections are closed whoever reads:
    in the middle of a statement SQLite crashes the process then.
    """
    if (known := hass.data.get(_UNDER_WAY)) is not None:
        return known
    under_way: set[asyncio.Future[Any]] = set()

    async def have_ended(_event: Event) -> None:
        while under_way:
            # A write reads what it has written before it ends.
            await asyncio.wait(under_way)

    hass.data[_UNDER_WAY] = under_way
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, have_ended)
    return under_way


@callback
def check_recorder(hass: HomeAssistant) -> None:
    """Raise HistoryUnavailableError where the recorder can neither answer nor write, or will soon stop."""
    if hass.is_stopping or async_migration_in_progress(hass) or not get_instance(hass).is_alive():
        raise unavailable()


def unavailable() -> HistoryUnavailableError:
    """Return the error that says so to the user."""
    return HistoryUnavailableError(translation_domain=DOMAIN, translation_key="history_unavailable")
