"""The Energy dashboard: what an account adds to it, by hand or once by itself; nothing of the user's is touched."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

from homeassistant.components.energy.data import (
    DEVICE_CONSUMPTION_SCHEMA,
    ENERGY_SOURCE_SCHEMA,
    EnergyManager,
    async_get_manager,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_call_later
import voluptuous as vol

from custom_components.reengen.account import AccountOptions, async_update_options
from custom_components.reengen.const import CONF_ENERGY_DASHBOARD_DONE, DOMAIN, LOGGER
from custom_components.reengen.history import (
    HistoryImporter,
    HistoryUnavailableError,
    async_own_statistic_ids,
    statistic_id,
    statistics_prefix,
)
from custom_components.reengen.points import PointsCoordinator, catalogue_key, point_and_key

from .energy_plan import Account, DashboardPlan, Home, plan_dashboard
from .energy_roles import Preferences, Section, chosen_roles
from .energy_rolled_up import counted_once

# The energy integration writes its preferences after a minute; what a crash takes away before that is added again.
_PREFERENCES_KEPT: Final = timedelta(seconds=90)

# Every hour of the chosen depth has been compared, so what has no statistic by now has no data.
_COMPLETE_PERCENT: Final = 100.0

# The sensors that show what a statistic holds, or a part of it.
_ENDINGS: Final = ("_today", "_this_month", "_reading")

# What the dashboard's own form sends is checked with these.
SCHEMAS: Final[Mapping[Section, Callable[[Any], list[Any]]]] = {
    Section.SOURCES: ENERGY_SOURCE_SCHEMA,
    Section.DEVICES: vol.Schema([DEVICE_CONSUMPTION_SCHEMA]),
    Section.WATER_DEVICES: vol.Schema([DEVICE_CONSUMPTION_SCHEMA]),
}


async def async_add_to_energy_dashboard(
    points: PointsCoordinator, history: HistoryImporter | None, *, preview: bool, kept: str | None = None
) -> DashboardPlan:
    """Append the account's statistics to the Energy dashboard, or only say what would be appended.

    `kept` (KEEP_PARENTS, KEEP_CHILDREN) first takes off what counts twice then, and nothing is done where nothing does.

    Raises: HomeAssistantError where there is no Energy dashboard, or where it does not take the records.
    """
    hass, entry = points.hass, points.config_entry
    if history is None or "energy" not in hass.config.components:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="energy_dashboard_missing")
    existing = await async_own_statistic_ids(hass, entry)
    manager = await async_get_manager(hass)
    # From here to the update nothing is awaited, so nobody else changes the preferences in between.
    preferences = cast("Preferences", manager.data or EnergyManager.default_preferences())
    home = Home(
        preferences=preferences,
        existing=existing,
        complete=history.progress == _COMPLETE_PERCENT and not history.kept_elsewhere,
        currency=hass.config.currency,
        sensors=_sensors(hass, entry),
    )
    account = _account(points)
    if kept is not None:
        account = replace(account, kept=kept)
        home = replace(home, preferences=counted_once(account, home))
    plan = plan_dashboard(account, home)
    if (plan.added if kept is None else home.preferences is not preferences) and not preview:
        await manager.async_update(_update(plan, preferences, home.preferences))
    return plan


async def async_count_once(points: PointsCoordinator, history: HistoryImporter | None, kept: str) -> None:
    """Take off the Energy dashboard what counts twice where points hold those below them, and put the others in.

    `kept` is KEEP_PARENTS or KEEP_CHILDREN. Raises: HomeAssistantError where that is not known yet.
    """
    if history is None or "energy" not in points.hass.config.components:
        return
    if history.progress != _COMPLETE_PERCENT:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="history_unavailable")
    await async_add_to_energy_dashboard(points, history, preview=False, kept=kept)


def _account(points: PointsCoordinator) -> Account:
    entry, options = points.config_entry, AccountOptions.of(points.config_entry)
    return Account(
        tree=points.data.tree,
        chosen=points.data.chosen,
        keys=chosen_roles(options.measurements, options.costs),
        prefix=statistics_prefix(entry),
        currency=options.currency,
        kept=options.rolled_up_points,
    )


def _sensors(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, str]:
    """Return the account's sensors whose meter has a statistic: entity id -> statistic id."""
    found: dict[str, str] = {}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if (parts := point_and_key(entry, entity.unique_id)) is not None and parts[1].endswith(_ENDINGS):
            point_id, key = parts
            found[entity.entity_id] = statistic_id(statistics_prefix(entry), point_id, catalogue_key(key))
    return found


def _update(plan: DashboardPlan, stored: Preferences, left: Preferences) -> Any:
    """Return the lists that change, each with all that is left of what was stored in it. Raises: HomeAssistantError."""
    try:
        return {
            section.value: [*left.get(section, ()), *schema(plan.records(section))]
            for section, schema in SCHEMAS.items()
            if plan.records(section) or left.get(section) is not stored.get(section)
        }
    except vol.Invalid as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="energy_dashboard_refused",
            translation_placeholders={"detail": str(error)},
        ) from error


class EnergyDashboardOnce:
    """Adds the account to the Energy dashboard when its history is there, once for each tick of the box."""

    def __init__(self, points: PointsCoordinator, history: HistoryImporter) -> None:
        """Keep the account; nothing is added yet."""
        self._hass = points.hass
        self._entry = points.config_entry
        self._points = points
        self._history = history
        self._unsubscribe: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Wait for the history, if the user asked for it and it was not done before."""
        options = AccountOptions.of(self._entry)
        if not options.energy_dashboard:
            self._remember(done=False)
        elif not options.energy_dashboard_done:
            self._unsubscribe = self._history.async_add_listener(self._begin_when_complete)

    @callback
    def async_stop(self) -> None:
        """Wait no longer; what is not remembered is looked at again after the next start."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    @callback
    def _begin_when_complete(self) -> None:
        if self._history.progress == _COMPLETE_PERCENT and "energy" in self._hass.config.components:
            self.async_stop()
            self._entry.async_create_task(self._hass, self._async_add(), f"{DOMAIN} energy dashboard")

    async def _async_add(self) -> None:
        try:
            plan = await async_add_to_energy_dashboard(self._points, self._history, preview=False)
        except HistoryUnavailableError as error:
            LOGGER.debug("%s is added to the Energy dashboard later: %s", self._entry.title, error)
            self._unsubscribe = self._history.async_add_listener(self._begin_when_complete)
            return
        except HomeAssistantError as error:
            LOGGER.warning("%s was not added to the Energy dashboard: %s", self._entry.title, error)
            return
        LOGGER.debug("%s: %s records were added to the Energy dashboard", self._entry.title, len(plan.added))
        job = HassJob(self._kept, f"{DOMAIN} energy dashboard", cancel_on_shutdown=True)
        self._unsubscribe = async_call_later(self._hass, _PREFERENCES_KEPT, job)

    @callback
    def _kept(self, _now: datetime) -> None:
        self._unsubscribe = None
        self._remember(done=True)

    @callback
    def _remember(self, *, done: bool) -> None:
        """Keep beside the option whether it was done; without the tick it may be done anew."""
        async_update_options(self._hass, self._entry, {CONF_ENERGY_DASHBOARD_DONE: True if done else None})
