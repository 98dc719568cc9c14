"""The Energy dashboard: what an account adds to it, and changes of its own there; nothing of the user's is touched."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from homeassistant.components.energy.data import (
    DEVICE_CONSUMPTION_SCHEMA,
    ENERGY_SOURCE_SCHEMA,
    EnergyManager,
    async_get_manager,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import voluptuous as vol

from custom_components.reengen.account import AccountOptions, translated
from custom_components.reengen.history import HistoryImporter, async_own_statistic_ids, statistic_id, statistics_prefix
from custom_components.reengen.points import PointsCoordinator, catalogue_key, point_and_key
from custom_components.reengen.readings import measured_key, powers_of

from .energy_details import DETAILS, Rates
from .energy_plan import Account, DashboardPlan, Home, plan_dashboard
from .energy_roles import Preferences, Record, Section, chosen_roles
from .energy_rolled_up import counted_once
from .energy_update import Change, plan_update

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What is done to the preferences: records that are appended, and records of ours that get what they lack."""

    plan: DashboardPlan
    updated: tuple[Change, ...]


async def async_add_to_energy_dashboard(
    points: PointsCoordinator,
    history: HistoryImporter | None,
    *,
    preview: bool,
    update: bool = False,
    removed: Collection[str] = (),
    kept: str | None = None,
) -> Changes:
    """Append the account's statistics to the Energy dashboard, or only say what would be appended.

    With `update` records of ours that the user has not changed get a name and live power. What is `removed` (statistic
    ids) is not appended again. `kept` (KEEP_PARENTS, KEEP_CHILDREN) first takes off what counts twice then, and nothing is
    done where nothing does.

    Raises: HomeAssistantError where there is no Energy dashboard, or where it does not take the records.
    """
    hass, entry = points.hass, points.config_entry
    if history is None or "energy" not in hass.config.components:
        raise translated(HomeAssistantError, "energy_dashboard_missing")
    existing = await async_own_statistic_ids(hass, entry)
    manager = await async_get_manager(hass)
    # From here to the update nothing is awaited, so nobody else changes the preferences in between.
    preferences = cast("Preferences", manager.data or EnergyManager.default_preferences())
    sensors, rates = _entities(hass, entry)
    home = Home(
        preferences=preferences,
        existing=existing,
        awaited=history.awaited,
        currency=hass.config.currency,
        sensors=sensors,
        rates=rates,
        removed=removed,
    )
    account = _account(points)
    if kept is not None:
        account = replace(account, kept=kept)
        home = replace(home, preferences=counted_once(account, home))
    changes = _known(Changes(plan=plan_dashboard(account, home), updated=plan_update(account, home) if update else ()))
    is_changed = changes.plan.added or changes.updated if kept is None else home.preferences is not preferences
    if is_changed and not preview:
        await manager.async_update(_update(changes, preferences, home.preferences))
    return changes


def _known(changes: Changes) -> Changes:
    """Return the changes without the details that the dashboard of this version of Home Assistant does not know."""
    added = tuple(replace(each, record=_known_of(each.section, each.record)) for each in changes.plan.added)
    updated = tuple(replace(each, record=_known_of(each.section, each.record)) for each in changes.updated)
    return Changes(plan=replace(changes.plan, added=added), updated=updated)


def _known_of(section: Section, record: Record) -> Record:
    known = {field: value for field, value in record.items() if field not in DETAILS}
    for field in DETAILS & record.keys():
        with suppress(vol.Invalid):
            SCHEMAS[section]([{**known, field: record[field]}])
            known[field] = record[field]
    return known


async def async_count_once(points: PointsCoordinator, history: HistoryImporter | None, kept: str) -> None:
    """Take off the Energy dashboard what counts twice where points hold those below them, and put the others in.

    `kept` is KEEP_PARENTS or KEEP_CHILDREN. Raises: HomeAssistantError where that is not known yet.
    """
    if history is None or "energy" not in points.hass.config.components:
        return
    if history.progress != _COMPLETE_PERCENT:
        raise translated(HomeAssistantError, "history_unavailable")
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


def _entities(hass: HomeAssistant, entry: ConfigEntry[Any]) -> tuple[dict[str, str], Rates]:
    """Return the account's sensors whose meter has a statistic (entity id -> statistic id), and those of power and flow."""
    powers = {row.key for row in powers_of(AccountOptions.of(entry))}
    sensors: dict[str, str] = {}
    rates: dict[tuple[int, str], str] = {}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if (parts := point_and_key(entry, entity.unique_id)) is None:
            continue
        point_id, key = parts
        if key.endswith(_ENDINGS):
            sensors[entity.entity_id] = statistic_id(statistics_prefix(entry), point_id, catalogue_key(key))
        elif key in powers and entity.disabled_by is None:
            rates[point_id, measured_key(key)] = entity.entity_id
    return sensors, rates


def _update(changes: Changes, stored: Preferences, left: Preferences) -> Any:
    """Return the lists that change, each with all that is left of what was stored in it. Raises: HomeAssistantError."""
    try:
        return dict(_changed_lists(changes, stored, left))
    except vol.Invalid as error:
        raise translated(HomeAssistantError, "energy_dashboard_refused", detail=str(error)) from error


def _changed_lists(changes: Changes, stored: Preferences, left: Preferences) -> Iterator[tuple[str, list[Any]]]:
    for section, schema in SCHEMAS.items():
        records = list(left.get(section, ()))
        for change in changes.updated:
            if change.section is section:
                (records[change.position],) = schema([dict(change.record)])
        records += schema(changes.plan.records(section))
        if records != list(stored.get(section, ())):
            yield section.value, records
