"""A day in a minute: the clocks leap from timer to timer, and everything that is due runs for real."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from freezegun import freeze_time
from freezegun.api import TickingDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util.async_ import get_scheduled_timer_handles
from pytest_homeassistant_custom_component import patch_time  # noqa: F401 - lets Home Assistant's clock leap

from .platform import Platform

# Timers that are due this near to each other run together.
_TOGETHER = timedelta(seconds=1)

# The platform's meters report so often.
_REPORT_SECONDS = 900


class LeapingTime:
    """The clocks of Home Assistant and of its event loop, which are one, and the platform's, which follows."""

    def __init__(self, frozen: TickingDateTimeFactory, platform: Platform) -> None:
        """Begin at the present."""
        self._frozen = frozen
        self._platform = platform
        self._reported = 0

    async def passes(self, hass: HomeAssistant, delta: timedelta) -> None:
        """Return when so much has passed and everything that was due in it has run."""
        loop = asyncio.get_running_loop()
        end = loop.time() + delta.total_seconds()
        await self._platform_follows()
        while (due := _next_timer(loop)) < end:
            leap = timedelta(seconds=max(0.0, due - loop.time())) + _TOGETHER
            self._frozen.move_to(self._frozen() + leap)
            await self._platform_follows()
            await hass.async_block_till_done(wait_background_tasks=True)

    async def _platform_follows(self) -> None:
        now = datetime.now(UTC)
        if (quarter := int(now.timestamp()) // _REPORT_SECONDS) != self._reported:
            self._reported = quarter
            await self._platform.control("clock", {"set": now.isoformat()})


def _next_timer(loop: asyncio.AbstractEventLoop) -> float:
    return min(
        (each.when() for each in get_scheduled_timer_handles(loop) if not each.cancelled()), default=float("inf")
    )


@contextmanager
def leaping_time(platform: Platform, now: datetime) -> Iterator[LeapingTime]:
    """Let time leap while the context lasts; it goes on between the leaps."""
    with freeze_time(now, tick=True) as frozen:
        assert isinstance(frozen, TickingDateTimeFactory)
        yield LeapingTime(frozen, platform)
