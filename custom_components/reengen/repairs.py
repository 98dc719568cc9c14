"""Repair issues: chosen points that are gone, replaced or silent, readings of the future; and how the first are repaired.

That there are too many entities is reported where they are added, and at each start, and taken back here.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial, partialmethod
from typing import Any, Final

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_TIME_ZONE
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .account import (
    AccountOptions,
    PointsIssue,
    async_create_issue,
    async_delete_issue,
    async_update_options,
    issues_of,
)
from .api import Point
from .const import (
    CONF_INCLUDE_TAX,
    CONF_POINTS,
    CONF_REPLACED_POINTS,
    CONF_ROLLED_UP_POINTS,
    DOMAIN,
    KEEP_CHILDREN,
    KEEP_PARENTS,
)
from .dashboards import async_count_once
from .points import ENTITY_CAP, async_report_entity_cap, register_point, replaced_points, room
from .runtime import ReengenConfigEntry

_POINTS_GONE: Final = "points_gone"
_POINT_REPLACED: Final = "point_replaced"
_POINTS_SILENT: Final = "points_silent"
_STAMPS_IN_FUTURE: Final = "stamps_in_future"

# What a person can do about an issue.
_CHOICES: Final = {
    _POINTS_GONE: ["remove", "ignore"],
    _POINT_REPLACED: ["go_on", "treat_as_new"],
    "time_zone_differs": ["set_zone", "ignore"],
    "tax_undecided": ["with_tax", "without_tax"],
    "points_rolled_up": ["keep_parents", "keep_children"],
}


@callback
def async_watch(hass: HomeAssistant, entry: ReengenConfigEntry) -> None:
    """Create and delete the issues of the account as its state changes, until it is unloaded."""
    data = entry.runtime_data
    gone, silent = PointsIssue(hass, entry, _POINTS_GONE, repaired_by={}), PointsIssue(hass, entry, _POINTS_SILENT)

    @callback
    def points_changed() -> None:
        gone.show({code: code for code in data.points.data.missing_codes})
        _async_points_replaced(hass, entry)

    @callback
    def freshness_changed() -> None:
        found = data.freshness.data
        names = {
            point.id: f"{point.name} ({point.code})"
            for point in data.points.data.chosen
            if point.id in found and found[point.id].is_silent
        }
        # After a start nothing has been looked at yet: an issue of before stands, also one that is ignored.
        if names or silent.shown or not any(each.is_silent is None for each in found.values()):
            silent.show(names)

    if room(hass, entry) > 0:
        async_delete_issue(hass, entry.entry_id, ENTITY_CAP)
    else:
        # After a restart the entities are known, and nothing else would say it again.
        async_report_entity_cap(hass, entry)
    entry.async_on_unload(data.points.async_add_listener(points_changed))
    entry.async_on_unload(data.clock.async_add_listener(partial(_async_stamps_in_future, hass, entry)))
    entry.async_on_unload(data.freshness.async_add_listener(freshness_changed))
    points_changed()


@callback
def async_delete_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the issues of an account that is removed."""
    for issue_id in issues_of(hass, entry_id):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _async_points_replaced(hass: HomeAssistant, entry: ReengenConfigEntry) -> None:
    """Keep one issue for each point that was made anew: each is decided by itself."""
    points = entry.runtime_data.points.data
    current = {f"{_POINT_REPLACED}_{entry.entry_id}_{new_id}" for new_id in points.replaced}
    for issue_id in issues_of(hass, entry.entry_id):
        if issue_id.startswith(_POINT_REPLACED) and issue_id not in current:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
    for new_id in points.replaced:
        if (point := points.tree.by_id(new_id)) is not None:
            data, name = {"new_id": new_id}, f"{point.name} ({point.code})"
            async_create_issue(hass, entry, _POINT_REPLACED, subject=f"_{new_id}", repaired_by=data, point=name)


def _async_stamps_in_future(hass: HomeAssistant, entry: ReengenConfigEntry) -> None:
    clock = entry.runtime_data.clock
    if not clock.last_update_success:
        return
    if clock.data is None:
        async_delete_issue(hass, entry.entry_id, _STAMPS_IN_FUTURE)
        return
    minutes = str(round((clock.data - dt_util.utcnow()).total_seconds() / 60))
    time_zone = AccountOptions.of(entry).time_zone
    async_create_issue(hass, entry, _STAMPS_IN_FUTURE, minutes=minutes, time_zone=time_zone)


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: Mapping[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow of an issue: the points of an account that are gone or made anew, or what a check left open."""
    decided = dict(data or {})
    entry = hass.config_entries.async_get_known_entry(str(decided["entry_id"]))
    return AccountRepairFlow(entry, _CHOICES[issue_id.partition(f"_{entry.entry_id}")[0]], decided)


class AccountRepairFlow(RepairsFlow):
    """Ask what to do about the points or an option of an account; each of the choices is a step."""

    def __init__(self, entry: ReengenConfigEntry, choices: list[str], decided: Mapping[str, Any]) -> None:
        """Repair the options of this account; `decided` is what the issue knows of the choices."""
        self._entry = entry
        self._choices = choices
        self._decided = decided

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask what to do."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        quoted = issue.translation_placeholders if issue else {"account": self._entry.title}
        return self.async_show_menu(step_id="init", menu_options=self._choices, description_placeholders=quoted)

    async def async_step_ignore(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Leave all as it is, and say no more about it."""
        ir.async_ignore_issue(self.hass, DOMAIN, self.issue_id, ignore=True)
        return self._stop("issue_ignored")

    async def async_step_remove(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Take out of the selection what the platform does not list at this moment."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self._stop("not_loaded")
        gone = self._entry.runtime_data.points.data.missing_codes
        left = [code for code in AccountOptions.of(self._entry).points if code not in gone]
        return self._decide(CONF_POINTS, left) if left else self._stop("nothing_left")

    async def async_step_set_zone(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Store the zone; the account is loaded anew, and its history is compared in the new zone."""
        return self._decide(CONF_TIME_ZONE, self._decided["new_time_zone"])

    async def _async_tax(self, _user_input: dict[str, Any] | None = None, *, included: bool) -> RepairsFlowResult:
        """Read all costs with tax or without; those stored are compared with the platform and put right."""
        return self._decide(CONF_INCLUDE_TAX, included)

    async_step_with_tax = partialmethod(_async_tax, included=True)
    async_step_without_tax = partialmethod(_async_tax, included=False)

    async def _async_keep(self, _user_input: dict[str, Any] | None = None, *, kept: str) -> RepairsFlowResult:
        """Count the points above on the Energy dashboard, of which those below are parts, or those below instead."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self._stop("not_loaded")
        data = self._entry.runtime_data
        try:
            await async_count_once(data.points, data.history, kept)
        except HomeAssistantError:
            return self._stop("history_unavailable")
        return self._decide(CONF_ROLLED_UP_POINTS, kept)

    async_step_keep_parents = partialmethod(_async_keep, kept=KEEP_PARENTS)
    async_step_keep_children = partialmethod(_async_keep, kept=KEEP_CHILDREN)

    async def async_step_go_on(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Remember with the account that the new id stands for the old one, from the end of its statistics on."""
        if (found := self._undecided()) is None:
            return self._stop("not_open")
        point, old_id = found
        history, since = self._entry.runtime_data.history, 0
        if history is not None:
            try:
                since = await history.async_end_of(replace(point, id=old_id))
            except HomeAssistantError:
                return self._stop("history_unavailable")
        listed = self._entry.runtime_data.points.data.listed.points
        platform_id = next(each.id for each in listed if each.code == point.code)
        replaced = replaced_points(AccountOptions.of(self._entry).replaced_points, platform_id, old_id, since)
        return self._decide(CONF_REPLACED_POINTS, replaced)

    async def async_step_treat_as_new(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Give the point a device of its own, which says that it was decided; the old one stays as it is."""
        if (found := self._undecided()) is None:
            return self._stop("not_open")
        register_point(self.hass, self._entry, found[0], above_id=None)
        return self._done()

    def _undecided(self) -> tuple[Point, int] | None:
        """Return the point and the id it had before; None where the account is not loaded, or that is decided."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return None
        points, new_id = self._entry.runtime_data.points.data, int(self._decided["new_id"])
        point, old_id = points.tree.by_id(new_id), points.replaced.get(new_id)
        return None if point is None or old_id is None else (point, old_id)

    def _decide(self, option: str, value: object) -> RepairsFlowResult:
        async_update_options(self.hass, self._entry, {option: value})
        return self._done()

    def _done(self) -> RepairsFlowResult:
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return self.async_create_entry(data={})

    def _stop(self, reason: str) -> RepairsFlowResult:
        return self.async_abort(reason=reason, description_placeholders={"account": self._entry.title})
