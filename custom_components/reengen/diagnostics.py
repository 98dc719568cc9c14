"""Diagnostics of an account and of a point: what was asked, what came, what is chosen; no credentials, no names."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PASSWORD, CONF_TIME_ZONE, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry

from .account_redaction import AccountRedactor
from .catalogue import MEASUREMENTS, custom_measurements_of
from .const import CONF_CURRENCY, CONF_STATISTICS_PREFIX, CONF_TENANT
from .coordinator import MetersCoordinator, PointsData, ReengenCoordinator
from .device_diagnostics import commands, data_values, device_diagnostics, freshness
from .entity import point_identifier
from .history import HistoryImporter
from .runtime import ReengenConfigEntry

TO_REDACT = {CONF_PASSWORD, CONF_USERNAME, CONF_TENANT, CONF_STATISTICS_PREFIX}


async def async_get_config_entry_diagnostics(_hass: HomeAssistant, entry: ReengenConfigEntry) -> dict[str, Any]:
    """Return the state of the account as JSON; instants are in UTC, values in the catalogue's units."""
    found = {"entry": _entry(entry), **(_account(entry) if entry.state is ConfigEntryState.LOADED else {})}
    return _redacted(entry, found)


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: ReengenConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return what is known of the point that the device stands for; of the account's own device all of the account."""
    listed = entry.runtime_data.points.data.tree.points if entry.state is ConfigEntryState.LOADED else ()
    points = [point for point in listed if point_identifier(entry, point.id) in device.identifiers]
    if not points:
        return await async_get_config_entry_diagnostics(hass, entry)
    return _redacted(entry, device_diagnostics(entry, points[0]))


def _redacted(entry: ReengenConfigEntry, found: dict[str, Any]) -> dict[str, Any]:
    kept = (entry.options[CONF_TIME_ZONE], entry.options.get(CONF_CURRENCY, ""))
    redacted: dict[str, Any] = AccountRedactor(entry.data[CONF_TENANT], entry.data[CONF_USERNAME], kept=kept).json(
        found
    )
    return redacted


def _entry(entry: ReengenConfigEntry) -> dict[str, Any]:
    return {
        "data": async_redact_data(dict(entry.data), TO_REDACT),
        "options": dict(entry.options),
        "version": f"{entry.version}.{entry.minor_version}",
        "state": entry.state.value,
        "reason": entry.reason,
    }


def _account(entry: ReengenConfigEntry) -> dict[str, Any]:
    data = entry.runtime_data
    return {
        "requests": asdict(data.client.counters),
        "coordinators": {
            "points": _coordinator(data.points),
            "readings": _coordinator(data.readings),
            "commands": _coordinator(data.commands),
            **({} if data.meters is None else {"meters": _coordinator(data.meters)}),
            "data_values": _coordinator(data.data_values),
            "clock": _coordinator(data.clock),
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
        "freshness": {str(point_id): freshness(found) for point_id, found in sorted(data.freshness.data.items())},
        "meters": _meters(data.meters),
        "commands": {str(point_id): commands(found) for point_id, found in data.commands.data.items()},
        "unlisted_commands": {code: str(error) for code, error in data.commands.unlisted.items()},
        "data_values": data_values(data.data_values),
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


def _history(history: HistoryImporter | None) -> dict[str, Any] | None:
    if history is None:
        return None
    return {
        "series": len(history.series),
        "progress": history.progress,
        "paused": history.paused,
        "last_error": history.last_error,
        "newest_hours": {key: start.isoformat() for key, start in sorted(history.newest_hours.items())},
        "stubborn": history.unresolved,
        "kept_elsewhere": history.kept_elsewhere,
    }


def _coordinator(coordinator: ReengenCoordinator[Any]) -> dict[str, Any]:
    error = coordinator.last_exception
    return {
        "last_update_success": coordinator.last_update_success,
        "last_exception": None if error is None else str(error),
        "update_interval": str(coordinator.update_interval),
    }
