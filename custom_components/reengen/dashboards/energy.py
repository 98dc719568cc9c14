"""The Energy dashboard: what an account adds to it, and changes of its own there; nothing of the user's is touched."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
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
import voluptuous as vol

from custom_components.reengen.account import AccountOptions, translated
from custom_components.reengen.history import HistoryImporter, async_own_statistic_ids, statistic_id, statistics_prefix
from custom_components.reengen.points import PointsCoordinator, catalogue_key, point_entities
from custom_components.reengen.readings import measured_key, powers_of

from .energy_account import Account, Home, Rates
from .energy_details import DETAILS
from .energy_plan import Addition, DashboardPlan, plan_dashboard
from .energy_roles import DEVICES, Preferences, Record, Section, chosen_roles
from .energy_rolled_up import counted_once
from .energy_update import plan_update

# Every hour of the chosen depth has been compared, so what has no statistic by now has no data.
_COMPLETE_PERCENT: Final = 100.0

# The sensors that show what a statistic holds, or a part of it.
_ENDINGS: Final = ("_today", "_this_month", "_reading")

# What the dashboard's own form sends is checked with these.
SCHEMAS: Final[Mapping[Section, Callable[[Any], list[Any]]]] = {
    Section.SOURCES: ENERGY_SOURCE_SCHEMA,
    **dict.fromkeys(DEVICES, vol.Schema([DEVICE_CONSUMPTION_SCHEMA])),
}


async def async_add_to_energy_dashboard(
    points: PointsCoordinator,
    history: HistoryImporter | None,
    *,
    preview: bool,
    update: bool = False,
    removed: Collection[str] = (),
    kept: str | None = None,
) -> DashboardPlan:
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
    stored = cast("Preferences", manager.data or EnergyManager.default_preferences())
    sensors, rates = _entities(hass, entry)
    home = Home(
        preferences=stored,
        existing=existing,
        awaited=history.awaited,
        currency=hass.config.currency,
        sensors=sensors,
        rates=rates,
        removed=removed,
    )
    account = _account(points, kept)
    if kept is not None:
        home = replace(home, preferences=counted_once(account, home))
    plan = plan_dashboard(account, home)
    plan = replace(plan, added=_known(plan.added), updated=_known(plan_update(account, home) if update else ()))
    is_changed = plan.added or plan.updated if kept is None else home.preferences is not stored
    if is_changed and not preview:
        await manager.async_update(_update(plan, stored, home))
    return plan


def _known[RecordT: Addition](records: Iterable[RecordT]) -> tuple[RecordT, ...]:
    """Return the records without the details that the dashboard of this version of Home Assistant does not know."""
    return tuple(replace(each, record=_known_of(each.section, each.record)) for each in records)


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


def _account(points: PointsCoordinator, kept: str | None) -> Account:
    entry, options = points.config_entry, AccountOptions.of(points.config_entry)
    return Account(
        tree=points.data.tree,
        chosen=points.data.chosen,
        keys=chosen_roles(options.measurements, options.costs),
        prefix=statistics_prefix(entry),
        currency=options.currency,
        kept=kept or options.rolled_up_points,
    )


def _entities(hass: HomeAssistant, entry: ConfigEntry[Any]) -> tuple[dict[str, str], Rates]:
    """Return the account's sensors whose meter has a statistic (entity id -> statistic id), and those of power and flow."""
    powers = {row.key for row in powers_of(AccountOptions.of(entry))}
    sensors: dict[str, str] = {}
    rates: dict[tuple[int, str], str] = {}
    for entity, point_id, key in point_entities(hass, entry):
        if key.endswith(_ENDINGS):
            sensors[entity.entity_id] = statistic_id(statistics_prefix(entry), point_id, catalogue_key(key))
        elif key in powers and entity.disabled_by is None:
            rates[point_id, measured_key(key)] = entity.entity_id
    return sensors, rates


def _update(plan: DashboardPlan, stored: Preferences, left: Home) -> Any:
    """Return the lists that change, each with all that is left of what was stored in it. Raises: HomeAssistantError."""
    lists: dict[str, list[Any]] = {}
    for section, schema in SCHEMAS.items():
        records = list(left.records(section))
        try:
            for change in plan.updated:
                if change.section is section:
                    (records[change.position],) = schema([dict(change.record)])
            records += schema(plan.records(section))
        except vol.Invalid as error:
            raise translated(HomeAssistantError, "energy_dashboard_refused", detail=str(error)) from error
        if records != list(stored.get(section, ())):
            lists[section.value] = records
    return lists
