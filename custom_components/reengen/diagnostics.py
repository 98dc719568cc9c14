"""Diagnostics of an account: what was asked, what came, what is chosen; no credentials."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant

from .api import Command
from .catalogue import MEASUREMENTS, custom_measurements_of
from .commands import entity_kind
from .const import CONF_STATISTICS_PREFIX, CONF_TENANT
from .coordinator import MetersCoordinator, PointsData, ReengenCoordinator
from .data_values import DataValuesCoordinator
from .freshness_watch import FreshnessCoordinator
from .history import HistoryImporter
from .runtime import ReengenConfigEntry

TO_REDACT = {CONF_PASSWORD, CONF_USERNAME, CONF_TENANT, CONF_STATISTICS_PREFIX}


async def async_get_config_entry_diagnostics(_hass: HomeAssistant, entry: ReengenConfigEntry) -> dict[str, Any]:
    """Return the state of the account as JSON; instants are in UTC, values in the catalogue's units."""
    data = entry.runtime_data
    return {
        "entry": {
            "data": async_redact_data(dict(entry.data), TO_REDACT),
            "options": dict(entry.options),
            "version": f"{entry.version}.{entry.minor_version}",
        },
        "requests": {
            **asdict(data.client.counters),
            "last_error": _without_account(data.client.counters.last_error, entry),
        },
        "coordinators": {
            "points": _coordinator(data.points, entry),
            "readings": _coordinator(data.readings, entry),
            "commands": _coordinator(data.commands, entry),
            **({} if data.meters is None else {"meters": _coordinator(data.meters, entry)}),
            "data_values": _coordinator(data.data_values, entry),
            "clock": _coordinator(data.clock, entry),
        },
        "oddities": data.oddities.rows,
        "points": _points(data.points.data),
        "readings": {
            "samples": len(data.readings.data.samples),
            "refused": sorted({f"{key}_{window}" for _, key, window in data.readings.data.refused}),
            "unknown_measurements": [key for key in entry.options["measurements"] if key not in MEASUREMENTS],
        },
        "custom_measurements": _custom_measurements(entry),
        "history": _history(data.history),
        "freshness": _freshness(data.freshness),
        "meters": _meters(data.meters),
        "commands": {
            str(point_id): [_command(command) for command in commands]
            for point_id, commands in data.commands.data.items()
        },
        "unlisted_commands": {
            code: _without_account(str(error), entry) for code, error in data.commands.unlisted.items()
        },
        "data_values": _data_values(data.data_values),
    }


def _points(points: PointsData) -> dict[str, Any]:
    return {
        "listed": len(points.tree.points),
        "chosen": [{"id": point.id, "code": point.code} for point in points.chosen],
        "missing_codes": points.missing_codes,
        "warnings": [str(oddity) for oddity in points.tree.oddities],
    }


def _custom_measurements(entry: ReengenConfigEntry) -> list[dict[str, Any]]:
    samples = entry.runtime_data.readings.data.samples
    return [
        {
            "key": row.key,
            "unit": row.unit,
            "device_class": row.device_class,
            "points_with_values": len({point_id for point_id, key, _ in samples if key == row.key}),
        }
        for row in custom_measurements_of(entry.options)
    ]


def _meters(coordinator: MetersCoordinator | None) -> dict[str, Any] | None:
    if coordinator is None or (meters := coordinator.data) is None:
        return None
    return {
        "registers": len(meters.registers),
        "phases": len(meters.phases),
        "unknown_units": sorted(meters.unknown_units),
    }


def _command(command: Command) -> dict[str, Any]:
    kind = entity_kind(command)
    return {
        "code": command.code,
        "command_type": command.command_type,
        "parameter_type": command.parameter_type,
        "entity": None if kind is None else kind.name.lower(),
    }


def _data_values(coordinator: DataValuesCoordinator) -> list[dict[str, Any]]:
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


def _history(history: HistoryImporter | None) -> dict[str, Any] | None:
    if history is None:
        return None
    return {
        "series": len(history.series),
        "progress": history.progress,
        "paused": history.paused,
        "last_error": history.last_error,
        "newest_hours": {key: start.isoformat() for key, start in sorted(history.newest_hours.items())},
        "stubborn": history.stubborn,
        "kept_elsewhere": history.kept_elsewhere,
    }


def _freshness(freshness: FreshnessCoordinator) -> dict[str, Any]:
    return {
        str(point_id): {
            "last_data": None if found.last_data is None else found.last_data.isoformat(),
            "usual_delay_minutes": dict(found.usual_delay_minutes),
            "late_series": found.late_series,
            "is_silent": found.is_silent,
        }
        for point_id, found in sorted(freshness.data.items())
    }


def _coordinator(coordinator: ReengenCoordinator[Any], entry: ReengenConfigEntry) -> dict[str, Any]:
    error = coordinator.last_exception
    return {
        "last_update_success": coordinator.last_update_success,
        "last_exception": _without_account(None if error is None else str(error), entry),
        "update_interval": str(coordinator.update_interval),
    }


def _without_account(text: str | None, entry: ReengenConfigEntry) -> str | None:
    """Return an error's text without the tenant and user that it may name, in quotes as the client names them."""
    for key in (CONF_TENANT, CONF_USERNAME):
        text = text and text.replace(repr(entry.data[key]), REDACTED)
    return text
