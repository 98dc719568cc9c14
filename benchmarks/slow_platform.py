"""How long a poll takes of a platform that is slow, while the commands of all points are listed."""

import asyncio
from collections import Counter
import time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN

from .platform import running_platform
from .poll import FOUR_SERIES, account, home_assistant
from .table import Row

# Far longer than what the machine itself takes of a poll.
LATENCY_SECONDS: Final = 5.0

# The worst of so many counts.
_POLLS: Final = 3


async def slow_platform_rows(points: int) -> list[Row]:
    """Return what the worst poll takes, as a multiple of what the platform takes for one request."""
    async with running_platform(points) as platform, home_assistant() as hass:
        codes = [point["code"] for point in await platform.control("points")][:points]
        options = {"points": codes, "measurements": FOUR_SERIES, "costs": ["active_energy_cost"]}
        entry: ConfigEntry[Any] = MockConfigEntry(domain=DOMAIN, data=account(platform), options=options)
        entry.add_to_hass(hass)  # type: ignore[attr-defined]
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        await platform.control("profile", {"latency": LATENCY_SECONDS})
        before = len(await platform.control("requests"))
        listing = hass.async_create_background_task(entry.runtime_data.commands.async_list_anew(), "list commands")
        # A poll meets a listing at any point of its requests.
        await asyncio.sleep(LATENCY_SECONDS / 2)
        taken = [await _poll_seconds(entry) for _ in range(_POLLS)]
        listing.cancel()
        asked = Counter(request["method"] for request in (await platform.control("requests"))[before:])
    return [
        Row(
            what=f"a poll of a slow platform beside a listing of commands, {points} points, in requests",
            measured=max(taken) / LATENCY_SECONDS,
            unit="",
            at_most=2.5,
            is_timing=True,
            detail=f"{', '.join(f'{each:.1f} s' for each in taken)}; {dict(asked)}",
        )
    ]


async def _poll_seconds(entry: ConfigEntry[Any]) -> float:
    started = time.perf_counter()
    await entry.runtime_data.readings.async_refresh()
    return time.perf_counter() - started
