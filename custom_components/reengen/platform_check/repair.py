"""The repair issues of a check, one for each question that the user decides; `repairs` has the flows that do it."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TIME_ZONE
from homeassistant.core import HomeAssistant, callback

from custom_components.reengen.account import (
    AccountOptions,
    async_create_issue,
    async_delete_issue,
    async_update_options,
)
from custom_components.reengen.const import CONF_ROLLED_UP_POINTS
from custom_components.reengen.measurements import written
from custom_components.reengen.points import PointsCoordinator

from .verdicts import Outcome, Verdict

_ZONE_DIFFERS: Final = "time_zone_differs"
_TAX_UNDECIDED: Final = "tax_undecided"
_POINTS_ROLLED_UP: Final = "points_rolled_up"
_ISSUES: Final = (_ZONE_DIFFERS, _TAX_UNDECIDED, _POINTS_ROLLED_UP)

# A tax of less is the rounding of a cost.
_LEAST_TAX: Final = 1e-6


def zone_of(utc_offset: int) -> str:
    """Return the zone whose clock is always so many hours ahead of UTC; POSIX counts them the other way round."""
    return "UTC" if utc_offset == 0 else f"Etc/GMT{-utc_offset:+d}"


@callback
def async_report(points: PointsCoordinator, time_zone: str, verdicts: Iterable[Verdict]) -> None:
    """Create the issue of each question that a check in a zone left to the user, and delete the others."""
    found = {verdict.probe: verdict for verdict in verdicts}
    hass, entry, options = points.hass, points.config_entry, AccountOptions.of(points.config_entry)
    if options.rolled_up_points is not None and found["parents"].outcome is Outcome.HOLDS:
        async_update_options(hass, entry, {CONF_ROLLED_UP_POINTS: None})
    _report_zone(hass, entry, time_zone, found["clock"] if time_zone == options.time_zone else None)
    _report_tax(hass, entry, options, found["costs"])
    _report_rolled_up(points, options, found["parents"])


@callback
def async_delete_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the issues of an account."""
    for key in _ISSUES:
        async_delete_issue(hass, entry_id, key)


def _report_zone(hass: HomeAssistant, entry: ConfigEntry[Any], time_zone: str, clock: Verdict | None) -> None:
    """Report another zone in which the sun is where it should be; `clock` is None in a zone that was not checked."""
    if clock is None or clock.what != "clock":
        async_delete_issue(hass, entry.entry_id, _ZONE_DIFFERS)
        return
    zone, hours = zone_of(int(clock.figures["utc_offset"])), float(clock.figures["hours"])
    decides, shown = {CONF_TIME_ZONE: zone}, written(f"{abs(hours):g}", hass.config.language)
    quoted = {"hours": shown, "time_zone": time_zone, "new_time_zone": zone}
    async_create_issue(hass, entry, _ZONE_DIFFERS, repaired_by=decides, **quoted)


def _report_tax(hass: HomeAssistant, entry: ConfigEntry[Any], options: AccountOptions, costs: Verdict) -> None:
    """Report that costs with tax are others, where costs are read and the user has not decided."""
    percent = 100 * (float(costs.figures.get("tax", 1)) - 1)
    if options.costs and options.include_tax is None and abs(percent) > 100 * _LEAST_TAX:
        shown = written(f"{percent:.3g}", hass.config.language)
        async_create_issue(hass, entry, _TAX_UNDECIDED, repaired_by={}, percent=shown)
    else:
        async_delete_issue(hass, entry.entry_id, _TAX_UNDECIDED)


def _report_rolled_up(points: PointsCoordinator, options: AccountOptions, parents: Verdict) -> None:
    """Report that points hold those below them, where both are chosen and the user has not decided which count."""
    hass, entry, data = points.hass, points.config_entry, points.data
    is_twice = any(above.id in data.chosen_ids for point in data.chosen for above in data.tree.ancestors(point))
    if is_twice and options.rolled_up_points is None and parents.outcome is Outcome.DIFFERS:
        async_create_issue(hass, entry, _POINTS_ROLLED_UP, repaired_by={})
    else:
        async_delete_issue(hass, entry.entry_id, _POINTS_ROLLED_UP)
