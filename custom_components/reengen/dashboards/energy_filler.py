"""Fills the Energy dashboard by itself as the history comes; what the user removes from it stays away."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later

from custom_components.reengen.account import AccountOptions, async_update_options
from custom_components.reengen.const import CONF_ENERGY_DASHBOARD_DONE, DOMAIN, LOGGER
from custom_components.reengen.history import HistoryImporter, HistoryUnavailableError, async_own_statistic_ids
from custom_components.reengen.points import PointsCoordinator, account_store

from .energy import async_add_to_energy_dashboard
from .energy_plan import DashboardPlan, Reason

# The energy integration writes its preferences after a minute; what a crash takes away before that is added again.
_PREFERENCES_KEPT: Final = timedelta(seconds=90)


class EnergyDashboardFiller:
    """Adds each statistic of the account as soon as it is known where it belongs, once for each tick of the box.

    What has ever stood in the dashboard is remembered by its statistic, so that it is not added again.
    """

    def __init__(self, points: PointsCoordinator, history: HistoryImporter) -> None:
        """Keep the account; nothing is added yet."""
        self._hass = points.hass
        self._entry = points.config_entry
        self._points = points
        self._history = history
        self._store = account_store(self._hass, self._entry.entry_id, "energy_dashboard")
        self._remembered: set[str] | None = None
        self._is_stored = False
        self._looked_at: tuple[object, ...] = ()
        self._is_adding = False
        self._failure = ""
        self._stop_listening: CALLBACK_TYPE | None = None
        self._cancel_save: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Follow the history, if the user asked for it; else what was added may be added anew."""
        if AccountOptions.of(self._entry).energy_dashboard:
            self._stop_listening = self._history.async_add_listener(self._look)
            return
        async_update_options(self._hass, self._entry, {CONF_ENERGY_DASHBOARD_DONE: None})
        self._entry.async_create_task(self._hass, self._store.async_remove(), f"{DOMAIN} forget the Energy dashboard")

    @callback
    def async_stop(self) -> None:
        """Follow no longer; what is in the dashboard is remembered at the next look."""
        for stop in (self._stop_listening, self._cancel_save):
            if stop is not None:
                stop()
        self._stop_listening = self._cancel_save = None

    @callback
    def _look(self) -> None:
        """Add what there is whenever the history has more statistics, or knows of fewer that are still to come."""
        history = self._history
        if self._is_adding or history.awaited is None or "energy" not in self._hass.config.components:
            return
        if (news := (history.newest_hours.keys(), history.awaited)) != self._looked_at:
            self._looked_at = news
            self._is_adding = True
            self._entry.async_create_task(self._hass, self._async_add(), f"{DOMAIN} energy dashboard")

    async def _async_add(self) -> None:
        try:
            remembered = await self._async_remembered()
            plan = await async_add_to_energy_dashboard(self._points, self._history, preview=False, removed=remembered)
        except HistoryUnavailableError as error:
            LOGGER.debug("%s is added to the Energy dashboard later: %s", self._entry.title, error)
            self._looked_at = ()
        except HomeAssistantError as error:
            LOGGER.warning("%s was not added to the Energy dashboard: %s", self._entry.title, error)
            self.async_stop()
        except Exception as error:  # noqa: BLE001 - what nobody has thought of is told and tried again as well
            if repr(error) != self._failure:
                LOGGER.error(
                    "%s was not added to the Energy dashboard, which is tried again", self._entry.title, exc_info=error
                )
            self._failure, self._looked_at = repr(error), ()
        else:
            LOGGER.debug("%s: %s records were added to the Energy dashboard", self._entry.title, len(plan.added))
            self._remember(remembered | set(_in_dashboard(plan)))
        finally:
            self._is_adding = False

    async def _async_remembered(self) -> set[str]:
        """Return what has ever stood in the dashboard: of an earlier version all that there is, if it was done."""
        if self._remembered is None:
            stored = await self._store.async_load()
            if stored is not None:
                self._remembered, self._is_stored = set(stored["statistic_ids"]), True
            elif AccountOptions.of(self._entry).energy_dashboard_done:
                self._remembered = set(await async_own_statistic_ids(self._hass, self._entry))
            else:
                self._remembered = set()
        return self._remembered

    @callback
    def _remember(self, statistic_ids: set[str]) -> None:
        """Keep in mind what has stood in the dashboard, for good once the dashboard itself is on disk."""
        if self._is_stored and statistic_ids == self._remembered:
            return
        self._remembered, self._is_stored = statistic_ids, True
        if self._cancel_save is not None:
            self._cancel_save()
        job = HassJob(self._async_save, f"{DOMAIN} energy dashboard", cancel_on_shutdown=True)
        self._cancel_save = async_call_later(self._hass, _PREFERENCES_KEPT, job)

    async def _async_save(self, _now: datetime) -> None:
        self._cancel_save = None
        await self._store.async_save({"statistic_ids": sorted(self._remembered or ())})


def _in_dashboard(plan: DashboardPlan) -> Iterator[str]:
    """Yield the statistics of the account that the dashboard names, and those that were there."""
    yield from (each.statistic_id for each in plan.left_out if each.reason is Reason.ALREADY_THERE)
    for each in plan.added:
        yield from (value for value in each.record.values() if str(value).startswith(f"{DOMAIN}:"))
