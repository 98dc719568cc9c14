"""What a thousand points take of the event loop when their account is set up, reloaded, changed and unloaded."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass
import gc
import time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN

from .event_loop import TICK_SECONDS, measured_stretches
from .platform import Platform, running_platform
from .poll import FOUR_SERIES, account
from .recording import recording
from .table import Row

# The history has its own measurements, and would go on for minutes beside this one.
_OPTIONS: Final[Mapping[str, Any]] = {
    "costs": ["active_energy_cost"],
    "currency": "TRY",
    "energy_dashboard": False,
    "history_paused": True,
    "time_zone": "Europe/Istanbul",
}


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What one change took: the longest step of the event loop's own work, and the processor's time until all is at rest."""

    what: str
    loop_work_ms: float
    processor_seconds: float


async def _taken(hass: HomeAssistant, what: str, change: Coroutine[Any, Any, bool]) -> Taken:
    gc.collect()
    before = time.process_time()
    with measured_stretches() as watch:
        assert await change
        await hass.async_block_till_done(wait_background_tasks=True)
        # What the last step took is known at the next look.
        await asyncio.sleep(2 * TICK_SECONDS)
    return Taken(what=what, loop_work_ms=watch.loop_work_ms, processor_seconds=time.process_time() - before)


async def _changes(hass: HomeAssistant, platform: Platform, points: int) -> AsyncIterator[Taken]:
    """Set up, reload, take out half of the points and a series, put them in again, and unload."""
    codes = [point["code"] for point in await platform.control("points")][:points]
    options = {**_OPTIONS, "points": codes, "measurements": FOUR_SERIES}
    entry: ConfigEntry[Any] = MockConfigEntry(domain=DOMAIN, data=account(platform), options=options)
    entry.add_to_hass(hass)  # type: ignore[attr-defined]
    entries = hass.config_entries
    yield await _taken(hass, "set-up", entries.async_setup(entry.entry_id))
    yield await _taken(hass, "reload", entries.async_reload(entry.entry_id))
    fewer = {**options, "points": codes[: points // 2], "measurements": FOUR_SERIES[:-1]}
    entries.async_update_entry(entry, options=fewer)
    yield await _taken(hass, "half of the points taken out", entries.async_reload(entry.entry_id))
    entries.async_update_entry(entry, options=options)
    yield await _taken(hass, "put in again", entries.async_reload(entry.entry_id))
    yield await _taken(hass, "unload", entries.async_unload(entry.entry_id))


async def set_up_rows(points: int) -> list[Row]:
    """Return the loop's own work in one step at most, of everything that adds or removes all entities."""
    async with running_platform(points) as platform, recording() as hass:
        found = [each async for each in _changes(hass, platform, points)]
    return [
        Row(
            what=f"the event loop's own work in one step, {points:,} points x 4 series: {each.what}".replace(",", " "),
            measured=each.loop_work_ms,
            unit="ms",
            at_most=100,
            is_timing=True,
            detail=f"{each.processor_seconds:.1f} s of the processor",
        )
        for each in found
    ]
