"""The repair issues of a check, one for each question that the user decides; `repairs` has the flows that do it."""

from collections.abc import Iterable
from typing import Final

from homeassistant.core import HomeAssistant, callback

from custom_components.reengen.account import (
    AccountOptions,
    async_create_issue,
    async_delete_issue,
    async_update_options,
)
from custom_components.reengen.const import CONF_ROLLED_UP_POINTS
from custom_components.reengen.measurements import written
from custom_components.reengen.points import PointsCoordinator, PointsData

from .verdicts import Outcome, Verdict

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
    questions = {
        "time_zone_differs": _zone(hass, time_zone, found["clock"]) if time_zone == options.time_zone else None,
        "tax_undecided": _tax(hass, options, found["costs"]),
        "points_rolled_up": _rolled_up(points.data, options, found["parents"]),
    }
    for key, quoted in questions.items():
        if quoted is None:
            async_delete_issue(hass, entry.entry_id, key)
        else:
            async_create_issue(hass, entry, key, repaired_by=quoted, **quoted)


def _zone(hass: HomeAssistant, time_zone: str, clock: Verdict) -> dict[str, str] | None:
    """Return another zone, in which the sun is where it should be, for an account whose `time_zone` was checked."""
    if clock.what != "clock":
        return None
    hours = written(f"{abs(float(clock.figures['hours'])):g}", hass.config.language)
    return {"hours": hours, "time_zone": time_zone, "new_time_zone": zone_of(int(clock.figures["utc_offset"]))}


def _tax(hass: HomeAssistant, options: AccountOptions, costs: Verdict) -> dict[str, str] | None:
    """Return by how much costs with tax are others, where costs are read and the user has not decided."""
    percent = 100 * (float(costs.figures.get("tax", 1)) - 1)
    if not options.costs or options.include_tax is not None or abs(percent) <= 100 * _LEAST_TAX:
        return None
    return {"percent": written(f"{percent:.3g}", hass.config.language)}


def _rolled_up(data: PointsData, options: AccountOptions, parents: Verdict) -> dict[str, str] | None:
    """Return that points hold those below them, where both are chosen and the user has not decided which count."""
    is_twice = any(above.id in data.chosen_ids for point in data.chosen for above in data.tree.ancestors(point))
    return {} if is_twice and options.rolled_up_points is None and parents.outcome is Outcome.DIFFERS else None
