"""What was compared with the platform, and when; it outlives a reload of the account, but no restart."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TIME_ZONE, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from custom_components.reengen.const import CONF_HISTORY_MONTHS, CONF_TENANT, DOMAIN

from .reconcile import Memory
from .series import HistorySeries

# How often the month under way, the two newest months and the whole depth are compared.
MONTH_INTERVAL: Final = timedelta(hours=6)
TWO_MONTHS_INTERVAL: Final = timedelta(days=1)
DEPTH_INTERVAL: Final = timedelta(days=7)

# After a reload the whole depth is not compared again where that was done less than so many hours' ends ago: an hour, or
# up to two. The newest two months are.
_REMEMBERED: Final = timedelta(hours=2)


@dataclass(kw_only=True)
class Compared:
    """Instants are the ends of the newest complete hours at the time; one in the future counts as never.

    `depth` tells by statistic id when its whole depth was compared, `recent` when the newest months of all were, by the
    interval in which that is done. `stored` are the statistics that had any hour, `memory` what stayed different.
    """

    depth: dict[str, datetime] = field(default_factory=dict)
    recent: dict[timedelta, datetime] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    memory: Memory = field(default_factory=Memory)

    def due(self, series: Sequence[HistorySeries], end: datetime) -> list[HistorySeries]:
        """Return the series whose depth is to be compared: all where one is due again, else those that never were."""
        self.depth = {key: at for key, at in self.depth.items() if at <= end}
        if any(_is_due(at, end, DEPTH_INTERVAL) for at in self.depth.values()):
            return list(series)
        return [each for each in series if each.statistic_id not in self.depth]

    def due_recent(self, end: datetime) -> timedelta | None:
        """Return the longest of the shorter intervals that has passed."""
        intervals = TWO_MONTHS_INTERVAL, MONTH_INTERVAL
        return next((each for each in intervals if _is_due(self.recent.get(each), end, each)), None)

    def note_recent(self, interval: timedelta, end: datetime) -> None:
        """Take note that what is compared at the interval was, and with it what is at shorter ones."""
        self.recent.update((each, end) for each in (TWO_MONTHS_INTERVAL, MONTH_INTERVAL) if each <= interval)

    def keep_only(self, statistic_ids: Collection[str]) -> None:
        """Forget what is not the account's to keep any more."""
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

    def after_reload(self, end: datetime) -> None:
        """Forget what was compared too long ago to count without another look."""
        self.recent.clear()
        self.depth = {key: at for key, at in self.depth.items() if not _is_due(at, end, _REMEMBERED)}


def _is_due(at: datetime | None, end: datetime, interval: timedelta) -> bool:
    return at is None or not timedelta(0) <= end - at < interval


type _Account = tuple[Any, ...]
"""What the comparison depends on, beside the series."""

_OF_ACCOUNTS: HassKey[dict[str, tuple[_Account, Compared]]] = HassKey(f"{DOMAIN}_history_compared")


@callback
def async_compared(hass: HomeAssistant, entry: ConfigEntry[Any], end: datetime) -> Compared:
    """Return what is known of an account that is being loaded: what it knew before a reload, as far as that counts."""
    account = (
        *(entry.data[key] for key in (CONF_URL, CONF_TENANT, CONF_USERNAME)),
        *(entry.options.get(key) for key in (CONF_TIME_ZONE, CONF_HISTORY_MONTHS)),
    )
    known = hass.data.setdefault(_OF_ACCOUNTS, {})
    before, compared = known.get(entry.entry_id, (account, Compared()))
    if before != account:
        compared = Compared()
    compared.after_reload(end)
    known[entry.entry_id] = account, compared
    return compared


@callback
def async_forget_compared(hass: HomeAssistant, entry_id: str) -> None:
    """Forget what is known of an account, as a restart does."""
    hass.data.get(_OF_ACCOUNTS, {}).pop(entry_id, None)
