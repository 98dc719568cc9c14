"""Repair issues: chosen points that are gone, replaced or silent, readings of the future; and how the first are repaired.

That there are too many entities is reported where they are added, and taken back here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_TIME_ZONE
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .account import AccountOptions, async_update_options
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
from .points import DATA_LEFT_OUT, ENTITY_CAP, register_point, replaced_points, room
from .runtime import ReengenConfigEntry

_POINTS_GONE: Final = "points_gone"
_POINT_REPLACED: Final = "point_replaced"
_POINTS_SILENT: Final = "points_silent"
_STAMPS_IN_FUTURE: Final = "stamps_in_future"

# More points than a person reads are counted.
_POINTS_SHOWN: Final = 10


@callback
def async_watch(hass: HomeAssistant, entry: ReengenConfigEntry) -> None:
    """Create and delete the issues of the account as its state changes, until it is unloaded."""
    data = entry.runtime_data
    shown: frozenset[str] = frozenset()

    @callback
    def points_changed() -> None:
        nonlocal shown
        missing = frozenset(data.points.data.missing_codes)
        if shown and not missing <= shown:
            # What was ignored is not what is gone now.
            _async_delete(hass, entry.entry_id, _POINTS_GONE)
        shown = missing
        _async_points_gone(hass, entry)
        _async_points_replaced(hass, entry)

    @callback
    def clock_changed() -> None:
        _async_stamps_in_future(hass, entry)

    if room(hass, entry) > 0:
        _async_delete(hass, entry.entry_id, ENTITY_CAP)
    entry.async_on_unload(data.points.async_add_listener(points_changed))
    entry.async_on_unload(data.clock.async_add_listener(clock_changed))
    entry.async_on_unload(data.freshness.async_add_listener(_silence_listener(hass, entry)))
    points_changed()


def _silence_listener(hass: HomeAssistant, entry: ReengenConfigEntry) -> Callable[[], None]:
    """Return what keeps the issue of silent points in line with what is known of them."""
    data = entry.runtime_data
    shown: frozenset[int] = frozenset()

    @callback
    def freshness_changed() -> None:
        nonlocal shown
        found = data.freshness.data
        silent = [point for point in data.points.data.chosen if point.id in found and found[point.id].is_silent]
        ids = frozenset(point.id for point in silent)
        if not silent and not shown and any(each.is_silent is None for each in found.values()):
            # After a start nothing has been looked at yet: an issue of before stands, also one that is ignored.
            return
        if not silent or (shown and not ids <= shown):
            # What was ignored is not what is silent now.
            _async_delete(hass, entry.entry_id, _POINTS_SILENT)
        shown = ids
        if silent:
            _async_points_silent(hass, entry, [f"{point.name} ({point.code})" for point in silent])

    return freshness_changed


@callback
def async_delete_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the issues of an account that is removed."""
    for key in (_POINTS_GONE, _POINTS_SILENT, _STAMPS_IN_FUTURE, DATA_LEFT_OUT, ENTITY_CAP):
        _async_delete(hass, entry_id, key)
    for issue_id in _replaced_issues(hass, entry_id):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _async_delete(hass: HomeAssistant, entry_id: str, key: str) -> None:
    ir.async_delete_issue(hass, DOMAIN, f"{key}_{entry_id}")


def _async_points_gone(hass: HomeAssistant, entry: ReengenConfigEntry) -> None:
    codes = entry.runtime_data.points.data.missing_codes
    if not codes:
        _async_delete(hass, entry.entry_id, _POINTS_GONE)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{_POINTS_GONE}_{entry.entry_id}",
        data={"entry_id": entry.entry_id},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=_POINTS_GONE,
        translation_placeholders={"account": entry.title, "points": _listed(codes)},
    )


def _replaced_issues(hass: HomeAssistant, entry_id: str) -> list[str]:
    start = f"{_POINT_REPLACED}_{entry_id}_"
    return [key for domain, key in ir.async_get(hass).issues if domain == DOMAIN and key.startswith(start)]


def _async_points_replaced(hass: HomeAssistant, entry: ReengenConfigEntry) -> None:
    """Keep one issue for each point that was made anew: each is decided by itself."""
    points = entry.runtime_data.points.data
    current = {f"{_POINT_REPLACED}_{entry.entry_id}_{new_id}": new_id for new_id in points.replaced}
    for issue_id in _replaced_issues(hass, entry.entry_id):
        if issue_id not in current:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
    for issue_id, new_id in current.items():
        if (point := points.tree.by_id(new_id)) is not None:
            ir.async_create_issue(
                hass,
                DOMAIN,
                issue_id,
                data={"entry_id": entry.entry_id, "new_id": new_id},
                is_fixable=True,
                severity=ir.IssueSeverity.WARNING,
                translation_key=_POINT_REPLACED,
                translation_placeholders={"account": entry.title, "point": f"{point.name} ({point.code})"},
            )


def _async_points_silent(hass: HomeAssistant, entry: ReengenConfigEntry, names: Sequence[str]) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{_POINTS_SILENT}_{entry.entry_id}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=_POINTS_SILENT,
        translation_placeholders={"account": entry.title, "points": _listed(names)},
    )


def _listed(points: Sequence[str]) -> str:
    more = f" + {len(points) - _POINTS_SHOWN}" if len(points) > _POINTS_SHOWN else ""
    return ", ".join(points[:_POINTS_SHOWN]) + more


def _async_stamps_in_future(hass: HomeAssistant, entry: ReengenConfigEntry) -> None:
    clock = entry.runtime_data.clock
    if not clock.last_update_success:
        return
    if clock.data is None:
        _async_delete(hass, entry.entry_id, _STAMPS_IN_FUTURE)
        return
    minutes = round((clock.data - dt_util.utcnow()).total_seconds() / 60)
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{_STAMPS_IN_FUTURE}_{entry.entry_id}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=_STAMPS_IN_FUTURE,
        translation_placeholders={
            "account": entry.title,
            "minutes": str(minutes),
            "time_zone": AccountOptions.of(entry).time_zone,
        },
    )


async def async_create_fix_flow(
    hass: HomeAssistant, _issue_id: str, data: Mapping[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow of an issue: the points of an account that are gone or made anew, or what a check left open."""
    stored = data or {}
    entry = hass.config_entries.async_get_known_entry(str(stored["entry_id"]))
    if CONF_TIME_ZONE in stored:
        return TimeZoneFlow(entry, str(stored[CONF_TIME_ZONE]))
    if CONF_INCLUDE_TAX in stored:
        return TaxFlow(entry)
    if CONF_ROLLED_UP_POINTS in stored:
        return RolledUpFlow(entry)
    return PointReplacedFlow(entry, int(stored["new_id"] or 0)) if "new_id" in stored else PointsGoneFlow(entry)


class _MenuFlow(RepairsFlow):
    """Ask what to do about the points or an option of an account."""

    choices: ClassVar[list[str]]

    def __init__(self, entry: ReengenConfigEntry) -> None:
        """Repair the options of this account."""
        self._entry = entry
        self._quoted = {"account": entry.title}

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask what to do."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_menu(
            step_id="init",
            menu_options=self.choices,
            description_placeholders=issue.translation_placeholders if issue else self._quoted,
        )

    def decide(self, option: str, value: object) -> RepairsFlowResult:
        """Store an option and load the account anew."""
        async_update_options(self.hass, self._entry, {option: value})
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return self.async_create_entry(data={})

    async def async_step_ignore(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Leave all as it is, and say no more about it."""
        ir.async_ignore_issue(self.hass, DOMAIN, self.issue_id, ignore=True)
        return self.async_abort(reason="issue_ignored", description_placeholders=self._quoted)


class PointsGoneFlow(_MenuFlow):
    """Take the points that are gone out of the selection, or leave them in it."""

    choices: ClassVar = ["remove", "ignore"]

    async def async_step_remove(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Take out of the selection what the platform does not list at this moment."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded", description_placeholders=self._quoted)
        gone = self._entry.runtime_data.points.data.missing_codes
        left = [code for code in AccountOptions.of(self._entry).points if code not in gone]
        if not left:
            return self.async_abort(reason="nothing_left", description_placeholders=self._quoted)
        return self.decide(CONF_POINTS, left)


class TimeZoneFlow(_MenuFlow):
    """Say what another time zone moves, and set it, or leave it."""

    choices: ClassVar = ["set_zone", "ignore"]

    def __init__(self, entry: ReengenConfigEntry, zone: str) -> None:
        """Offer the zone that fits what the check of the platform found."""
        super().__init__(entry)
        self._zone = zone

    async def async_step_set_zone(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Store the zone; the account is loaded anew, and its history is compared in the new zone."""
        return self.decide(CONF_TIME_ZONE, self._zone)


class TaxFlow(_MenuFlow):
    """Say by how much costs differ with tax, and ask for them with it or without it."""

    choices: ClassVar = ["with_tax", "without_tax"]

    async def async_step_with_tax(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Read all costs with tax; those stored are compared with the platform and put right."""
        return self.decide(CONF_INCLUDE_TAX, True)  # noqa: FBT003 - the value of an option

    async def async_step_without_tax(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Go on without tax."""
        return self.decide(CONF_INCLUDE_TAX, False)  # noqa: FBT003 - the value of an option


class RolledUpFlow(_MenuFlow):
    """Ask which of the points that hold each other count on the Energy dashboard."""

    choices: ClassVar = ["keep_parents", "keep_children"]

    async def async_step_keep_parents(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Count the points above; those below are parts of them."""
        return await self._async_keep(KEEP_PARENTS)

    async def async_step_keep_children(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Count the points below, and leave out those above."""
        return await self._async_keep(KEEP_CHILDREN)

    async def _async_keep(self, kept: str) -> RepairsFlowResult:
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded", description_placeholders=self._quoted)
        data = self._entry.runtime_data
        try:
            await async_count_once(data.points, data.history, kept)
        except HomeAssistantError:
            return self.async_abort(reason="history_unavailable", description_placeholders=self._quoted)
        return self.decide(CONF_ROLLED_UP_POINTS, kept)


class PointReplacedFlow(_MenuFlow):
    """Let a point that was made anew under its code go on with what the old one has, or be a new one."""

    choices: ClassVar = ["go_on", "treat_as_new"]

    def __init__(self, entry: ReengenConfigEntry, new_id: int) -> None:
        """Decide about the point with this id."""
        super().__init__(entry)
        self._new_id = new_id

    async def async_step_go_on(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Remember with the account that the new id stands for the old one, from the end of its statistics on."""
        if (found := self._undecided()) is None:
            return self.async_abort(reason="not_open", description_placeholders=self._quoted)
        point, old_id = found
        history, since = self._entry.runtime_data.history, 0
        if history is not None:
            try:
                since = await history.async_end_of(replace(point, id=old_id))
            except HomeAssistantError:
                return self.async_abort(reason="history_unavailable", description_placeholders=self._quoted)
        replaced = replaced_points(AccountOptions.of(self._entry).replaced_points, point.id, old_id, since)
        return self.decide(CONF_REPLACED_POINTS, replaced)

    async def async_step_treat_as_new(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Give the point a device of its own, which says that it was decided; the old one stays as it is."""
        if (found := self._undecided()) is None:
            return self.async_abort(reason="not_open", description_placeholders=self._quoted)
        register_point(self.hass, self._entry, found[0], above_id=None)
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return self.async_create_entry(data={})

    def _undecided(self) -> tuple[Point, int] | None:
        """Return the point and the id it had before; None where the account is not loaded, or that is decided."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return None
        points = self._entry.runtime_data.points.data
        point, old_id = points.tree.by_id(self._new_id), points.replaced.get(self._new_id)
        return None if point is None or old_id is None else (point, old_id)
