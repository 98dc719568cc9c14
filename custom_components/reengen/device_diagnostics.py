"""What the diagnostics say of a single point."""

from collections.abc import Iterable
from typing import Any

from .api import Command, Point
from .commands import entity_kind
from .data_values import DataValuesCoordinator
from .freshness import PointFreshness
from .history import HistoryImporter
from .meters import MeterData
from .runtime import ReengenConfigEntry, ReengenRuntimeData


def device_diagnostics(entry: ReengenConfigEntry, point: Point) -> dict[str, Any]:
    """Return all that is known of the point as JSON; instants are in UTC, values in the catalogue's units."""
    data = entry.runtime_data
    found, error = data.freshness.data.get(point.id), data.commands.unlisted.get(point.code)
    return {
        "point": {
            "id": point.id,
            "code": point.code,
            "parent_code": point.parent_code,
            "is_chosen": point.id in data.points.data.chosen_ids,
        },
        "samples": _samples(data, point),
        **_meter(None if data.meters is None else data.meters.data, point),
        "commands": commands(data.commands.data.get(point.id, ())),
        "commands_error": None if error is None else str(error),
        "data_values": [row for row in data_values(data.data_values) if row["point_id"] == point.id],
        "history": [] if data.history is None else _history(data.history, point),
        "freshness": None if found is None else freshness(found),
        "oddities": [
            row for row in data.oddities.rows if row["point_id"] == point.id or row["point_code"] == point.code
        ],
    }


def commands(listed: Iterable[Command]) -> list[dict[str, Any]]:
    """Return what the platform lists, and which entity it became."""
    return [
        {
            "code": command.code,
            "command_type": command.command_type,
            "parameter_type": command.parameter_type,
            "entity": None if (kind := entity_kind(command)) is None else kind.name.lower(),
        }
        for command in listed
    ]


def data_values(coordinator: DataValuesCoordinator) -> list[dict[str, Any]]:
    """Return which values of the Data Science table are shown, without the values."""
    return [
        {
            "point_id": source.point_id,
            "type": source.type,
            "entity": source.platform,
            "has_value": source.key in coordinator.data.values,
            "refused": source.key in coordinator.data.refused,
        }
        for source in coordinator.sources
    ]


def freshness(found: PointFreshness) -> dict[str, Any]:
    """Return how fresh the data of a point is."""
    return {
        "last_data": None if found.last_data is None else found.last_data.isoformat(),
        "usual_delay_minutes": dict(found.usual_delay_minutes),
        "late_series": found.late_series,
        "is_silent": found.is_silent,
    }


def _samples(data: ReengenRuntimeData, point: Point) -> list[dict[str, Any]]:
    return [
        {"measurement": key, "window": window, "value": sample.value, "start": sample.start.isoformat()}
        for (point_id, key, window), sample in sorted(data.readings.data.samples.items(), key=lambda each: each[0])
        if point_id == point.id
    ]


def _meter(meters: MeterData | None, point: Point) -> dict[str, Any]:
    if meters is None:
        return {}
    return {
        "registers": [
            {"measurement": key, "value": register.value, "interval_end": register.interval_end.isoformat()}
            for (point_id, key), register in sorted(meters.registers.items(), key=lambda each: each[0])
            if point_id == point.id
        ],
        "phases": [
            {"measurement": key, "phase": phase, "value": value}
            for (point_id, key, phase), value in sorted(meters.phases.items())
            if point_id == point.id
        ],
    }


def _history(history: HistoryImporter, point: Point) -> list[dict[str, Any]]:
    newest, looked_at = history.newest_hours, history.looked_at
    return [
        {
            "statistic_id": key,
            "unit": series.unit,
            "newest_hour": newest[key].isoformat() if key in newest else None,
            "looked_at": looked_at[key].isoformat() if key in looked_at else None,
            "kept_elsewhere": history.kept_elsewhere.get(key),
            "stubborn": [row for row in history.unresolved if row["statistic_id"] == key],
        }
        for series in history.series
        if series.point_id == point.id
        for key in (series.statistic_id,)
    ]
