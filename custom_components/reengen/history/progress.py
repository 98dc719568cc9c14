"""How far the history has come: how much of the chosen depth is there, when runs are due, what was compared when.

What was compared outlives a reload of the account, but no restart.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence, Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zlib import crc32

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL, CONF_USERNAME
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions, kept_over_reload
from custom_components.reengen.api import Adaptations
from custom_components.reengen.const import CONF_TENANT, DOMAIN, HISTORY_SETTLE

from .hours import hour_floor
from .plan import HOUR
from .reconcile import Memory
from .series import HistorySeries

# What is settled hour by hour counts as complete only when the whole depth has been gone through.
_ALMOST: Final = 99.9

type Settled = Callable[[Collection[str], range], None]
"""Takes note that the hours of a window (their starts, in epoch seconds) are settled for some statistics."""


def complete_end() -> datetime:
    """Return the end of the newest hour that the meters have had time to report."""
    return hour_floor(dt_util.utcnow() - HISTORY_SETTLE)


@dataclass(kw_only=True, slots=True)
class Progress:
    """The hours that are stored as the platform has them, or that it does not have; of all chosen statistics alike.

    `percent` is None before the first run. It falls only where a run finds less than the one before left. `refused` are the
    statistics that the database does not take; `changed` is called when hours were settled.
    """

    refused: Collection[str] = ()
    changed: Callable[[], None] = lambda: None
    percent: float | None = None
    _chosen: frozenset[str] = frozenset()
    _complete: set[str] = field(default_factory=set)
    _seconds: dict[str, int] = field(default_factory=dict)
    _window: range = range(0)
    _counted_from: dict[str, int] = field(default_factory=dict)
    _least: float = 0.0

    def begin(self, chosen: Iterable[str], complete: Iterable[str], *, goes_on: bool) -> None:
        """Begin a run; `complete` are settled already. `goes_on` says that the run before was broken off."""
        self._least = min(self.percent or 0.0, _ALMOST) if goes_on else 0.0
        self._chosen = frozenset(chosen)
        self._complete = set(self._chosen.intersection(complete))
        self._seconds.clear()
        self._counted_from.clear()
        self._note()

    def expect(self, window: range) -> None:
        """Take note of the depth."""
        self._window = window

    def settled(self, statistic_ids: Collection[str], window: range) -> None:
        """Count hours of some statistics; none may be settled twice, but those that `newest` counted are left out."""
        begin, end = max(window.start, self._window.start), min(window.stop, self._window.stop)
        for key in (key for key in statistic_ids if key not in self.refused):
            seconds = min(end, self._counted_from.get(key, end)) - begin
            self._seconds[key] = self._seconds.get(key, 0) + max(0, seconds)
        self._note()
        self.changed()

    def newest(self, statistic_ids: Collection[str], window: range) -> None:
        """Count the newest hours, which are read before anything is compared."""
        self.settled(statistic_ids, window)
        self._counted_from.update(dict.fromkeys(statistic_ids, window.start))

    def complete(self, statistic_ids: Iterable[str]) -> None:
        """Take note that the whole depth is settled for some statistics."""
        self._complete |= self._chosen.intersection(statistic_ids)
        self._note()

    def doubt(self) -> None:
        """Take note that something may be missing of what was complete."""
        if self.percent is not None:
            self.percent = min(self.percent, _ALMOST)

    def _note(self) -> None:
        if self._complete == self._chosen:
            self.percent = 100.0
            return
        whole = max(HOUR, self._window.stop - self._window.start)
        parts = sum(min(whole, self._seconds.get(key, 0)) for key in self._chosen - self._complete) / whole
        share = (len(self._complete) + parts) / len(self._chosen)
        self.percent = max(self._least, min(_ALMOST, 100.0 * share))
        self._least = self.percent


# The Energy dashboard reads anew at twenty past; accounts begin at different seconds, so that they do not ask at once.
_FIRST_PLACE: Final = timedelta(minutes=13)
_SPREAD_SECONDS: Final = 180

# After a failure: a minute, then twice as long, and the hourly run at the latest. What is not the platform's failure
# costs nobody a request, and is tried more often.
_FIRST_RETRY_SECONDS: Final = 60
_MOST_DOUBLINGS: Final = 6
_LONGEST_RETRY_HERE_SECONDS: Final = 300
_ONE_HOUR: Final = timedelta(hours=1)


class Schedule:
    """When the runs of an account begin: hourly at a place of its own, and sooner after failures in a row."""

    def __init__(self, hass: HomeAssistant, entry_id: str, begin: Callable[[object], None]) -> None:
        """Call `begin` whenever a run is due, which sees to the next one by `next_hour`."""
        self._hass = hass
        self._begin = begin
        self._place = _FIRST_PLACE + timedelta(seconds=crc32(entry_id.encode()) % _SPREAD_SECONDS)
        self._unsubscribe_started: CALLBACK_TYPE | None = None
        self._unsubscribe_timer: CALLBACK_TYPE | None = None
        self.failures = 0

    @callback
    def start(self) -> None:
        """Begin at once where Home Assistant has started, else when it has."""
        self._unsubscribe_started = async_at_started(self._hass, self._begin)

    @callback
    def stop(self) -> None:
        """Begin nothing more."""
        for unsubscribe in (self._unsubscribe_started, self._unsubscribe_timer):
            if unsubscribe is not None:
                unsubscribe()
        self._unsubscribe_started = self._unsubscribe_timer = None

    @callback
    def next_hour(self) -> None:
        """Begin at the account's place in the hour."""
        self._call_in(self._seconds_to_next())

    @callback
    def soon(self) -> None:
        """Begin within a minute; not where the account is paused."""
        if self._unsubscribe_timer is not None:
            self._call_in(min(_FIRST_RETRY_SECONDS, self._seconds_to_next()))

    @callback
    def retry(self, *, is_here: bool) -> None:
        """Begin again some time after a failure, which is the platform's or is here; not where the account is paused."""
        delay = _FIRST_RETRY_SECONDS * 2**self.failures
        self.failures = min(self.failures + 1, _MOST_DOUBLINGS)
        if self._unsubscribe_timer is not None:
            self._call_in(min(delay, _LONGEST_RETRY_HERE_SECONDS if is_here else delay, self._seconds_to_next()))

    def _call_in(self, seconds: float) -> None:
        if self._unsubscribe_timer is not None:
            self._unsubscribe_timer()
        job = HassJob(self._begin, f"{DOMAIN} history", cancel_on_shutdown=True)
        self._unsubscribe_timer = async_call_later(self._hass, seconds, job)

    def _seconds_to_next(self) -> float:
        now = dt_util.utcnow()
        return (hour_floor(now) + self._place - now) % _ONE_HOUR / timedelta(seconds=1) or _ONE_HOUR.total_seconds()


# How often the month under way, the two newest months and the whole depth are compared.
MONTH_INTERVAL: Final = timedelta(hours=6)
TWO_MONTHS_INTERVAL: Final = timedelta(days=1)
DEPTH_INTERVAL: Final = timedelta(days=7)

# What was compared counts after a reload until so many hours have been completed: nothing else writes these statistics
# meanwhile, and the reload looks at the newest hours anyway.
_REMEMBERED: Final = timedelta(hours=2)


@dataclass(kw_only=True)
class Compared:
    """Instants are the ends of the newest complete hours at the time; one in the future counts as never.

    `depth` tells by statistic id when its whole depth was compared, `recent` when the newest months of all were, by the
    interval in which that is done. `stored` are the statistics that had any hour, `memory` what stayed different,
    `changed_energy` what costs have still to follow.
    """

    depth: dict[str, datetime] = field(default_factory=dict)
    recent: dict[timedelta, datetime] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    memory: Memory = field(default_factory=Memory)
    changed_energy: defaultdict[str | None, set[int]] = field(default_factory=lambda: defaultdict(set))

    def due(self, series: Sequence[HistorySeries], end: datetime) -> list[HistorySeries]:
        """Return the series whose depth is to be compared: all where one is due again, else those that never were."""
        self.depth = {key: at for key, at in self.depth.items() if at <= end}
        if any(_is_due(at, end, DEPTH_INTERVAL) for at in self.depth.values()):
            return list(series)
        return [one for one in series if one.statistic_id not in self.depth]

    def due_recent(self, end: datetime) -> timedelta | None:
        """Return the longest of the shorter intervals that has passed."""
        intervals = TWO_MONTHS_INTERVAL, MONTH_INTERVAL
        return next((one for one in intervals if _is_due(self.recent.get(one), end, one)), None)

    def note_recent(self, interval: timedelta, end: datetime) -> None:
        """Take note that what is compared at the interval was, and with it what is at shorter ones."""
        self.recent.update((one, end) for one in (TWO_MONTHS_INTERVAL, MONTH_INTERVAL) if one <= interval)

    def keep_only(self, statistic_ids: AbstractSet[str]) -> None:
        """Forget what the account does not own any more."""
        self.depth = {key: at for key, at in self.depth.items() if key in statistic_ids}
        self.stored.intersection_update(statistic_ids)
        self.memory.keep_only(statistic_ids)

    def lost(self, existing: Collection[str]) -> None:
        """Forget the statistics that had hours and do not exist any more: the user has deleted them."""
        for statistic_id in self.stored.difference(existing):
            self.depth.pop(statistic_id, None)

    def forget(self) -> None:
        """Forget when what was compared: sums are audited, and all is compared again."""
        self.depth.clear()
        self.recent.clear()


def _is_due(at: datetime | None, end: datetime, interval: timedelta) -> bool:
    return at is None or not timedelta(0) <= end - at < interval


@callback
def async_compared(hass: HomeAssistant, entry: ConfigEntry[Any], adaptations: Adaptations, end: datetime) -> Compared:
    """Return what is known of an account that is being loaded: what it knew before a reload, as far as that counts."""
    options = AccountOptions.of(entry)
    depends_on = (
        *(entry.data[key] for key in (CONF_URL, CONF_TENANT, CONF_USERNAME)),
        options.time_zone,
        options.tax,
        options.history_months,
        options.replaced_points,
        adaptations,
    )
    compared = kept_over_reload(hass, entry.entry_id, Compared, depends_on)
    # What was compared longer ago does not count without another look.
    compared.recent = {one: at for one, at in compared.recent.items() if not _is_due(at, end, _REMEMBERED)}
    compared.depth = {key: at for key, at in compared.depth.items() if not _is_due(at, end, _REMEMBERED)}
    return compared
