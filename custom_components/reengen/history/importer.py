"""Drives the history: the newest hours first, then backwards, then whatever changes; all in the background."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zlib import crc32

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from custom_components.reengen.api import Point, ReengenAuthenticationError, ReengenClient, ReengenError
from custom_components.reengen.const import (
    CONF_CURRENCY,
    CONF_HISTORY_MONTHS,
    CONF_HISTORY_PAUSED,
    CONF_TENANT,
    DEFAULT_HISTORY_MONTHS,
    DOMAIN,
    LOGGER,
)
from custom_components.reengen.coordinator import PointsCoordinator
from custom_components.reengen.oddities import OddityLog

from .hours import hour_ceiling, hour_floor, instant
from .keepers import Keepers
from .plan import HOUR
from .platform import HistoryPlatform
from .reconcile import Memory
from .results import HistoryMistakenError, HistoryUnavailableError, Results
from .series import HistorySeries, series_of
from .store import HistoryStore
from .upkeep import Upkeep, complete_end

# The Energy dashboard reads anew at twenty past; accounts begin at different seconds, so that they do not ask at once.
_FIRST_PLACE: Final = timedelta(minutes=13)
_SPREAD_SECONDS: Final = 180

# How often the month under way, the two newest months and the whole depth are compared.
_MONTH_INTERVAL: Final = timedelta(hours=6)
_TWO_MONTHS_INTERVAL: Final = timedelta(days=1)
_DEPTH_INTERVAL: Final = timedelta(days=7)

# After a failure: a minute, then twice as long, and the hourly run at the latest.
_FIRST_RETRY_SECONDS: Final = 60
_MOST_DOUBLINGS: Final = 6
_HOUR_SECONDS: Final = 3600.0

_LABELS: Final = f"component.{DOMAIN}.selector.statistics.options."


class HistoryImporter:
    """The statistics of one account; what the others may use is said in the docstring of the package."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ReengenClient,
        oddities: OddityLog,
        points: PointsCoordinator,
    ) -> None:
        """Keep the account; nothing is read or written yet."""
        self._hass = hass
        self._entry = entry
        self._points = points
        self._oddities = oddities
        platform = HistoryPlatform(client, points.refused, hass.async_add_executor_job)
        self._upkeep = Upkeep(hass, entry, platform, HistoryStore(hass), Memory())
        self._keepers = Keepers(hass, entry)
        self._kept: tuple[HistorySeries, ...] = ()
        self._running = asyncio.Lock()
        self._listeners: list[CALLBACK_TYPE] = []
        self._unsubscribe_started: CALLBACK_TYPE | None = None
        self._unsubscribe_timer: CALLBACK_TYPE | None = None
        self._failures = 0
        self._newest_end: datetime | None = None
        self._compared: dict[timedelta, datetime] = {}
        self.series: tuple[HistorySeries, ...] = ()
        self.progress: float | None = None
        self.newest_hours: Mapping[str, datetime] = {}
        self.looked_at: Mapping[str, datetime] = {}
        self.last_error: str | None = None

    @property
    def paused(self) -> bool:
        """Return whether the user has the history stand still."""
        return bool(self._entry.options.get(CONF_HISTORY_PAUSED, False))

    @property
    def kept_elsewhere(self) -> dict[str, str]:
        """Return the chosen statistics that another account keeps, by the id of its config entry."""
        return self._keepers.elsewhere

    @property
    def stubborn(self) -> list[dict[str, Any]]:
        """Return the days and months that differ although they were read again: both totals, starts in UTC."""
        return [
            {
                "statistic_id": statistic_id,
                "resolution": resolution,
                "start": instant(start).isoformat(),
                "platform": platform,
                "stored": stored,
            }
            for statistic_id, resolution, start, platform, stored in self._upkeep.memory.rows()
        ]

    @callback
    def async_start(self) -> None:
        """Begin, and go on every hour; at once where Home Assistant has started, else when it has."""
        self._keepers.claim(self._series({}), paused=self.paused)
        if self.paused:
            return
        self._unsubscribe_started = async_at_started(self._hass, self._begin)

    @callback
    def async_stop(self) -> None:
        """Begin nothing more; what runs is broken off with the config entry's other background tasks."""
        for unsubscribe in (self._unsubscribe_started, self._unsubscribe_timer):
            if unsubscribe is not None:
                unsubscribe()
        self._unsubscribe_started = self._unsubscribe_timer = None
        self._keepers.release()

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener after every change, until what this returns is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_series(self) -> tuple[HistorySeries, ...]:
        """Return the chosen series as of now, also before the first run and while the history is paused."""
        await self._async_refresh_series()
        return self.series

    async def async_import(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        statistic_ids: Collection[str] | None = None,
        dry_run: bool = False,
    ) -> Results:
        """Read all hours of the range again, and make the statistics equal to them.

        `start` None stands for the first data, `end` None for now, `statistic_ids` None for all chosen series.
        What another account keeps is left out.
        Raises: ReengenError, HistoryUnavailableError; what was done until then is sound.
        """
        await self._async_refresh_series()
        chosen = [each for each in self._kept if statistic_ids is None or each.statistic_id in statistic_ids]
        complete = complete_end()
        end = complete if end is None else min(hour_floor(end), complete)
        start = await self._upkeep.start_of(chosen, 0, end) if start is None else hour_ceiling(start)
        if start >= end or not chosen:
            return {}
        try:
            return await self._upkeep.read_again(chosen, start, end, dry_run=dry_run)
        except HistoryUnavailableError:
            self._compared.clear()
            raise
        finally:
            if not dry_run:
                await self._async_note()

    @callback
    def _begin(self, _: object = None) -> None:
        """Start a run unless one is under way, and see to it that the next one comes."""
        self._call_in(self._seconds_to_next())
        if not self._running.locked():
            self._entry.async_create_background_task(self._hass, self._async_run(), f"{DOMAIN} history")

    @callback
    def _call_in(self, seconds: float) -> None:
        if self._unsubscribe_timer is not None:
            self._unsubscribe_timer()
        job = HassJob(self._begin, f"{DOMAIN} history", cancel_on_shutdown=True)
        self._unsubscribe_timer = async_call_later(self._hass, seconds, job)

    def _seconds_to_next(self) -> float:
        """Return the seconds to the account's own place in the hour."""
        now = dt_util.utcnow()
        place = (
            hour_floor(now) + _FIRST_PLACE + timedelta(seconds=crc32(self._entry.entry_id.encode()) % _SPREAD_SECONDS)
        )
        return (place - now) % timedelta(hours=1) / timedelta(seconds=1) or _HOUR_SECONDS

    async def _async_run(self) -> None:
        async with self._running:
            try:
                await self._async_upkeep()
            except (ReengenError, HistoryMistakenError, HistoryUnavailableError) as error:
                self._failed(error)
            else:
                self._failures = 0
                self.last_error = None
            await self._async_note()

    @callback
    def _failed(self, error: Exception) -> None:
        """Try again soon; the coordinators tell the user about a platform that does not answer."""
        LOGGER.debug("The history of %s was broken off: %s", self._entry.title, error)
        self.last_error = str(error)
        if isinstance(error, ReengenAuthenticationError):
            # The client asks nothing more until somebody has signed in, which loads the account anew.
            self.last_error = f"Paused; sign in again. {error}"
            self._entry.async_start_reauth(self._hass)
            return
        if isinstance(error, HistoryUnavailableError):
            # Half of a change may have been written: the sums are audited again.
            self._compared.clear()
        delay = _FIRST_RETRY_SECONDS * 2**self._failures
        self._failures = min(self._failures + 1, _MOST_DOUBLINGS)
        if self._unsubscribe_timer is not None:
            self._call_in(min(delay, self._seconds_to_next()))

    async def _async_upkeep(self) -> None:
        """Do what is due: everything once after the start, later only what its rhythm says."""
        known = {each.statistic_id for each in self._kept}
        await self._async_refresh_series()
        await self._upkeep.rename(self._kept)
        end = complete_end()
        if not {each.statistic_id for each in self._kept} <= known:
            # A new point, or one that another account kept until now: it does not wait for a week.
            self._compared.clear()
        if _DEPTH_INTERVAL not in self._compared:
            await self._upkeep.audit(self._kept)
            await self._upkeep.newest_days(self._kept, end)
        await self._async_newest_hours()
        await self._async_compare(end)

    async def _async_newest_hours(self) -> None:
        end = complete_end()
        if self._newest_end is None or end > self._newest_end:
            await self._upkeep.newest_hours(self._kept, end)
            self._newest_end = end
            await self._async_note()

    async def _async_compare(self, end: datetime) -> None:
        """Compare the longest stretch that is due; it holds the shorter ones."""
        intervals = (_DEPTH_INTERVAL, _TWO_MONTHS_INTERVAL, _MONTH_INTERVAL)
        due = [each for each in intervals if each not in self._compared or end - self._compared[each] >= each]
        if not due:
            return
        if due[0] == _DEPTH_INTERVAL:
            months = int(self._entry.options.get(CONF_HISTORY_MONTHS, DEFAULT_HISTORY_MONTHS))
            start = await self._upkeep.start_of(self._kept, months, end)
            self._upkeep.look_again(start)
            await self._upkeep.check(self._kept, start, end, progress=self._async_progress)
        else:
            start = await self._upkeep.start_of((), 1 if due[0] == _TWO_MONTHS_INTERVAL else 0, end)
            if due[0] == _TWO_MONTHS_INTERVAL:
                self._upkeep.look_again(start)
            await self._upkeep.check(self._kept, start, end)
        self._compared.update(dict.fromkeys(due, end))

    async def _async_progress(self, percent: float) -> None:
        """Take note, and let the newest hours in between: an import may take days."""
        self.progress = percent
        self._tell()
        await self._async_newest_hours()

    async def _async_refresh_series(self) -> None:
        texts = await async_get_translations(self._hass, self._hass.config.language, "selector", [DOMAIN])
        self.series = self._series(
            {key.removeprefix(_LABELS): text for key, text in texts.items() if key.startswith(_LABELS)}
        )
        self._kept = self._keepers.claim(self.series, paused=self.paused)
        self._upkeep.keep(self._kept)

    async def async_end_of(self, point: Point) -> int:
        """Return where the newest hour of a point's statistics ends (epoch seconds), 0 where it has none.

        Raises: HistoryUnavailableError.
        """
        ids = {each.statistic_id for each in self._series({}, [point])}
        newest = await self._upkeep.store.newest(ids)
        return max((start + HOUR for start in newest.values()), default=0)

    def _series(self, names: Mapping[str, str], points: Sequence[Point] | None = None) -> tuple[HistorySeries, ...]:
        return series_of(
            self._entry.options,
            self._points.data.chosen if points is None else points,
            tenant=self._entry.data[CONF_TENANT],
            currency=self._entry.options[CONF_CURRENCY],
            names=names,
        )

    async def _async_note(self) -> None:
        """Take note of how far the series have come."""
        ids = {each.statistic_id for each in self.series}
        try:
            newest = await self._upkeep.store.newest(ids)
        except HistoryUnavailableError:
            newest = {}
        else:
            self.looked_at = dict(self._upkeep.looked_at)
            if any(each.statistic_id in self.newest_hours.keys() - newest.keys() for each in self._kept):
                # Deleted by the user: the whole depth is looked at again.
                self._compared.clear()
        self.newest_hours = {key: instant(start) for key, start in newest.items()}
        self._upkeep.memory.keep_only(ids)
        self._oddities.report("history", self._upkeep.oddities)
        self._tell()

    @callback
    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()
