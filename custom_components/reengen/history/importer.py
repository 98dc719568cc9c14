"""Drives the history: the newest hours first, then backwards, then whatever changes; all in the background."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
import contextlib
from datetime import datetime
from typing import Any

from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions, async_ask_to_sign_in, async_option_texts
from custom_components.reengen.api import Point, ReengenError
from custom_components.reengen.const import DOMAIN, LOGGER
from custom_components.reengen.points import ChosenPointsCoordinator, HomeClient, PointsCoordinator

from . import rows
from .hours import Hours, hour_ceiling, hour_floor, hour_starts, instant
from .ownership import Ownership, statistics_prefix
from .plan import HOUR
from .platform import HistoryPlatform
from .progress import DEPTH_INTERVAL, Progress, Schedule, async_compared, complete_end
from .series import HistoryMistakenError, HistorySeries, HistoryUnavailableError, Results, ids_of, series_of
from .store import HistoryStore
from .upkeep import ENERGY_CHANGES, Upkeep


class HistoryImporter(ChosenPointsCoordinator[None]):
    """The statistics of one account; its listeners are told of every change of what can be read here.

    `series` are those of the chosen points, measurements and costs. `newest_hours` is by statistic id the start (UTC) of the
    newest hour that is stored, `looked_at` when the platform was last found to have no newer ones, or gave them (an instant
    without a response is none). `last_error` is why the last run was broken off, `completed_at` when the last whole one ended.
    """

    def __init__(self, points: PointsCoordinator, *, anew: bool = False) -> None:
        """Keep the account of the points; nothing is read or written yet.

        With `anew` every hour is read once, whatever the totals say: the platform was read otherwise before, and hours
        that are in the place of others may have the same total.
        """
        super().__init__(points, name="history", interval=None)
        hass, entry = self.hass, self.config_entry
        self._compared = async_compared(hass, entry, points.client.adaptations, complete_end())
        self._anew = anew
        client = HomeClient(points.client.in_background(), points.identities, only_new=True)
        tax = AccountOptions.of(entry).tax
        self._platform = HistoryPlatform(client, points.refused, hass.async_add_executor_job, tax)
        self._upkeep = Upkeep(hass, entry, self._platform, HistoryStore(hass), self._compared)
        self._progress = Progress(refused=self._upkeep.applier.refused, changed=self.async_update_listeners)
        self._ownership = Ownership(hass, entry)
        self._run: asyncio.Task[None] | None = None
        self._schedule = Schedule(hass, entry.entry_id, self._begin)
        self._to_come: frozenset[str] | None = None
        self.series: tuple[HistorySeries, ...] = ()
        self.newest_hours: Mapping[str, datetime] = {}
        self.looked_at: Mapping[str, datetime] = {}
        self.last_error: str | None = None
        self.completed_at: datetime | None = None

    @property
    def progress(self) -> float | None:
        """Return how many percent of the hours of the chosen depth equal the platform's; None before the first run."""
        return self._progress.percent

    @property
    def paused(self) -> bool:
        """Return whether the user has the history stand still."""
        return AccountOptions.of(self.config_entry).history_paused

    @property
    def kept_elsewhere(self) -> dict[str, str]:
        """Return the chosen statistics that another account owns, each with the entry id of that account."""
        return self._ownership.elsewhere

    @property
    def awaited(self) -> frozenset[str] | None:
        """Return the chosen statistics that may still get their first hour; None before the newest days are there."""
        return None if self._to_come is None else self._to_come.union(self.kept_elsewhere)

    @property
    def unresolved(self) -> list[dict[str, Any]]:
        """Return the days and months that differ although they were read again: both totals, starts in UTC."""
        keys = "statistic_id", "resolution", "start", "platform", "stored"
        remembered = self._compared.memory.rows()
        return [dict(zip(keys, row, strict=True)) | {"start": instant(row[2]).isoformat()} for row in remembered]

    @callback
    def async_start(self) -> None:
        """Begin, and go on every hour; at once where Home Assistant has started, else when it has."""
        self._ownership.claim(self._series({}), paused=self.paused)
        # Up to the end of the unloading, whose last write is told too.
        unsubscribe = async_dispatcher_connect(self.hass, ENERGY_CHANGES, self._energy_changes)
        self.config_entry.async_on_unload(unsubscribe)
        if not self.paused:
            self._schedule.start()

    async def async_stop(self) -> None:
        """Begin nothing more, break off what runs, and return when the write that is under way has ended."""
        self._schedule.stop()
        if self._run is not None and not self._run.done():
            self._run.cancel()
            await asyncio.wait([self._run])
        await self._upkeep.applier.close()
        self._ownership.release()

    async def async_end_of(self, point: Point) -> int:
        """Return where the newest hour of a point's statistics ends (epoch seconds), 0 where it has none.

        Raises: HistoryUnavailableError.
        """
        newest = await self._upkeep.newest(ids_of(self._series({}, [point])))
        return max((start + HOUR for start in newest.values()), default=0)

    async def async_hours(self, statistic_ids: Collection[str], start: datetime, end: datetime) -> Mapping[str, Hours]:
        """Return the stored hours of [start, end), by statistic id and start (epoch seconds), in the statistic's unit.

        Both instants are at the start of an hour. All is there once `completed_at` is set. Raises: HistoryUnavailableError.
        """
        return await self._upkeep.store.read(rows.values, statistic_ids, hour_starts(start, end))

    def take_changed(self) -> Mapping[str, int]:
        """Return from which hour on (epoch seconds) each statistic of the account has been written since the last call."""
        return self._upkeep.applier.take_changed()

    async def async_totals(self, statistic_ids: Collection[str], start: datetime, end: datetime) -> Mapping[str, float]:
        """Return what the stored hours that begin in [start, end) add up to, by statistic id, in the statistic's unit.

        One that begins after `start`, or ends before `end`, has no total: hours may still be to come.
        Raises: HistoryUnavailableError.
        """
        window = hour_starts(hour_ceiling(start), hour_ceiling(end))
        return await self._upkeep.store.read(rows.complete_totals, statistic_ids, window)

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
        What another account owns is left out.
        Raises: ReengenError, HistoryMistakenError, HistoryUnavailableError; what was done until then is put right within minutes.
        """
        await self.async_series()
        chosen = [one for one in self._upkeep.owned if statistic_ids is None or one.statistic_id in statistic_ids]
        complete = complete_end()
        end = complete if end is None else min(hour_floor(end), complete)
        start = await self._upkeep.start_of(chosen, 0, end) if start is None else hour_ceiling(start)
        if start >= end or not chosen:
            return {}
        upkeep = self._upkeep.dry() if dry_run else self._upkeep
        upkeep.applier.refused.difference_update(ids_of(chosen))
        try:
            return await upkeep.read_again(chosen, start, end)
        except ReengenError, HistoryMistakenError:
            raise
        except Exception as error:
            self._failed(error)
            raise
        finally:
            if not dry_run:
                with contextlib.suppress(HistoryUnavailableError):
                    await self._async_note()

    @callback
    def _energy_changes(self, statistic_id: str, hours: Collection[int]) -> None:
        is_followed = self._upkeep.energy_changes(statistic_id, hours)
        if is_followed and statistic_id in self.kept_elsewhere:
            self._schedule.soon()

    @callback
    def _begin(self, _: object = None) -> None:
        """Start a run unless one is under way, and see to it that the next one comes."""
        self._schedule.next_hour()
        if self._run is None or self._run.done():
            run = self._async_run()
            self._run = self.config_entry.async_create_background_task(self.hass, run, f"{DOMAIN} history")

    async def _async_run(self) -> None:
        failure: Exception | None = None
        for work in (self._async_upkeep, self._async_note):
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - what nobody has thought of is told and tried again as well
                failure = failure or error
        if failure is None:
            self._schedule.failures = 0
            self.last_error = None
            self.completed_at = dt_util.utcnow()
        else:
            self._failed(failure)
        self.async_update_listeners()

    def _failed(self, error: Exception) -> None:
        """Try again soon; the coordinators tell the user about a platform that does not respond."""
        LOGGER.debug("The history of %s was broken off: %s", self.config_entry.title, error)
        if async_ask_to_sign_in(self.hass, self.config_entry, error):
            # The client asks nothing more until somebody has signed in, which loads the account anew.
            self.last_error = f"Paused; sign in again. {error}"
            return
        text = str(error) or type(error).__name__
        if is_here := not isinstance(error, ReengenError | HistoryMistakenError):
            # Half of a change may have been written: the sums are audited again.
            self._compared.forget()
            self._progress.doubt()
            if not isinstance(error, HistoryUnavailableError) and text != self.last_error:
                LOGGER.error("The history of %s failed, and is tried again", self.config_entry.title, exc_info=error)
        self.last_error = text
        self._schedule.retry(is_here=is_here)

    async def _async_upkeep(self) -> None:
        """Do what is due: everything once after the start, later whatever its interval says."""
        await self.async_series()
        end = complete_end()
        due = await self._upkeep.begin(end)
        complete = self._compared.depth.keys() | self._ownership.settled_elsewhere
        self._progress.begin(ids_of(self.series), complete, goes_on=self._schedule.failures > 0)
        self.async_update_listeners()
        await self._async_compare(due, end)
        await self._upkeep.check_recent(end)
        await self._upkeep.follow(end)
        self._upkeep.applier.check_refused()

    async def _async_newest_hours(self) -> None:
        if await self._upkeep.newest_hours():
            await self._async_note()

    async def _async_compare(self, due: list[HistorySeries], end: datetime) -> None:
        """Compare the whole depth of the series that are due, after the newest hours of all."""
        upkeep, compared, progress = self._upkeep, self._compared, self._progress
        if not due:
            await self._async_newest_hours()
            self._to_come = frozenset()
            return
        months = AccountOptions.of(self.config_entry).history_months
        start = await upkeep.start_of(upkeep.owned, months, end)
        window = hour_starts(start, end)
        progress.expect(window)
        never = [one for one in due if one.statistic_id not in compared.depth]
        await upkeep.audit(never)
        await upkeep.newest_days([one for one in never if one.is_shown], end, progress.newest)
        # With that the Energy dashboard can be filled, which nothing else is waited for so impatiently.
        self._to_come = await upkeep.to_come(due, window)
        self.async_update_listeners()
        await upkeep.newest_days([one for one in never if not one.is_shown], end, progress.newest)
        await self._async_newest_hours()
        upkeep.look_again(due, start)

        async def after_month(some: Sequence[HistorySeries], month: range) -> None:
            progress.settled(ids_of(some), month)
            # An import may take days.
            await self._async_newest_hours()

        await upkeep.check(due, window, after_month=after_month, anew=self._anew)
        self._anew = False
        ids = set(ids_of(due)) - upkeep.applier.refused
        compared.depth.update(dict.fromkeys(ids, end))
        progress.complete(ids)
        self._to_come = frozenset(upkeep.applier.refused)
        if len(due) == len(upkeep.owned):
            compared.note_recent(DEPTH_INTERVAL, end)

    async def async_series(self) -> tuple[HistorySeries, ...]:
        """Return the chosen series as of now, also before the first run and while the history is paused."""
        self.series = self._series(await async_option_texts(self.hass, "statistics"))
        months = AccountOptions.of(self.config_entry).history_months
        settled = self._compared.depth
        self._upkeep.own(self._ownership.claim(self.series, paused=self.paused, settled=settled, months=months))
        return self.series

    def _series(self, names: Mapping[str, str], points: Sequence[Point] | None = None) -> tuple[HistorySeries, ...]:
        return series_of(
            AccountOptions.of(self.config_entry),
            self.points.data.chosen if points is None else points,
            prefix=statistics_prefix(self.config_entry),
            names=names,
        )

    async def _async_note(self) -> None:
        """Take note of how far the series have come."""
        newest: Mapping[str, int] = {}
        try:
            newest = await self._upkeep.newest(ids_of(self.series))
            self.looked_at = dict(self._upkeep.looked_at)
            # Deleted by the user: the whole depth is looked at again.
            self._compared.lost(newest)
            self._compared.stored = set(newest)
            self.oddities.report("history", self._platform.left_out.oddities)
        finally:
            self.newest_hours = {key: instant(start) for key, start in newest.items()}
            self.async_update_listeners()
