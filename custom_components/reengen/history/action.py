"""The action that reads a range of history again and makes the statistics equal to the platform."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any, Final

from homeassistant.core import ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util

from custom_components.reengen.account import translated
from custom_components.reengen.points import PointsCoordinator

from .importer import HistoryImporter
from .series import HistorySeries, SeriesResult

# What the platform is asked for; a sum of floats may show more.
_DIGITS: Final = 6


async def async_handle_import_history(
    history: HistoryImporter | None, points: PointsCoordinator, call: ServiceCall
) -> dict[str, Any]:
    """Return what became of each series (with `dry_run`: would become), and the statistics that another account keeps.

    Raises: ReengenError, HomeAssistantError; what was done until then is sound.
    """
    if history is None:
        raise translated(HomeAssistantError, "recorder_missing")
    wanted = _wanted(
        await history.async_series(),
        [point.code for point in points.data.chosen],
        call.data.get("points"),
        call.data.get("series"),
    )
    dry_run: bool = call.data["dry_run"]
    start, end = (dt_util.as_utc(call.data[edge]) if edge in call.data else None for edge in ("start", "end"))
    if start is not None and end is not None and start >= end:
        raise translated(ServiceValidationError, "range_reversed")
    results = await history.async_import(
        start, end, statistic_ids={each.statistic_id for each in wanted}, dry_run=dry_run
    )
    elsewhere = history.kept_elsewhere
    return {
        "dry_run": dry_run,
        "data": [
            _row(each, results.get(each.statistic_id, SeriesResult()))
            for each in wanted
            if each.statistic_id not in elsewhere
        ],
        "kept_elsewhere": [
            {"statistic_id": each.statistic_id, "config_entry_id": elsewhere[each.statistic_id]}
            for each in wanted
            if each.statistic_id in elsewhere
        ],
    }


def _wanted(
    series: Sequence[HistorySeries], chosen: Collection[str], points: list[str] | None, keys: list[str] | None
) -> list[HistorySeries]:
    """Return the chosen series of these points and of these kinds. Raises: ServiceValidationError."""
    if strange := [each for each in points or () if each not in chosen]:
        raise translated(ServiceValidationError, "points_not_chosen", points=", ".join(strange))
    if strange := sorted(set(keys or ()) - {each.key for each in series}):
        raise translated(ServiceValidationError, "series_not_chosen", series=", ".join(strange))
    return [
        each for each in series if (points is None or each.point_code in points) and (keys is None or each.key in keys)
    ]


def _row(series: HistorySeries, result: SeriesResult) -> dict[str, Any]:
    return {
        "statistic_id": series.statistic_id,
        "name": series.name,
        "point": series.point_code,
        "series": series.key,
        "unit": series.unit,
        **asdict(result),
        "moved": round(result.moved, _DIGITS),
    }
