"""Diagnostics of an account and of a point: what was asked, what came, what is chosen; no credentials, no names."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry

from .account import AccountOptions, AccountRedactor
from .api import Command, Point
from .commands import platform_of
from .const import CONF_STATISTICS_PREFIX, CONF_TENANT
from .points import PointsData, ReengenCoordinator, point_identifier
from .runtime import ReengenConfigEntry, ReengenRuntimeData

_COORDINATORS = ("points", "readings", "commands", "meters", "data_values", "clock", "demand")
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
    return _redacted(entry, _device(entry, points[0]))


def _redacted(entry: ReengenConfigEntry, found: dict[str, Any]) -> dict[str, Any]:
    options = AccountOptions.of(entry)
    kept = (options.time_zone, options.currency)
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
        "adapted": dict(data.client.adapted),
        "coordinators": {
            name: _coordinator(each) for name in _COORDINATORS if (each := getattr(data, name)) is not None
        },
        "oddities": data.oddities.rows,
        "points": _points(data.points.data),
        "readings": {
            "samples": len(data.readings.data.samples),
            "refused": sorted({f"{key}_{window}" for _, key, window in data.readings.data.refused}),
            "unknown_measurements": AccountOptions.of(entry).unknown_measurements,
        },
        "custom_measurements": _custom_measurements(entry),
        "history": _history(data),
        "freshness": {str(point_id): _freshness(data, point_id) for point_id in sorted(data.freshness.data)},
        "demand": _demand(data),
        # Made to be pasted into an issue: ratios and verdicts alone.
        "platform_check": None if data.platform_check.last is None else data.platform_check.last.stored(),
        "meters": _meters(data),
        "commands": {str(point_id): _commands(found) for point_id, found in data.commands.data.items()},
        "unlisted_commands": {code: str(error) for code, error in data.commands.unlisted.items()},
        "data_values": _data_values(data),
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
        for row in AccountOptions.of(entry).custom_measurements
    ]


def _meters(data: ReengenRuntimeData) -> dict[str, Any] | None:
    if data.meters is None or not data.meters.has_data:
        return None
    meters = data.meters.data
    return {
        "registers": len(meters.registers),
        "phases": len(meters.phases),
        "unknown_units": sorted(meters.unknown_units),
    }


def _history(data: ReengenRuntimeData) -> dict[str, Any] | None:
    if (history := data.history) is None:
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


def _device(entry: ReengenConfigEntry, point: Point) -> dict[str, Any]:
    data = entry.runtime_data
    error = data.commands.unlisted.get(point.code)
    return {
        "point": {
            "id": point.id,
            "code": point.code,
            "parent_code": point.parent_code,
            "is_chosen": point.id in data.points.data.chosen_ids,
        },
        "samples": _samples(data, point),
        **_point_meters(data, point),
        "commands": _commands(data.commands.data.get(point.id, ())),
        "commands_error": None if error is None else str(error),
        "data_values": [row for row in _data_values(data) if row["point_id"] == point.id],
        "history": _point_history(data, point),
        "freshness": _freshness(data, point.id),
        "oddities": [
            row for row in data.oddities.rows if row["point_id"] == point.id or row["point_code"] == point.code
        ],
    }


def _commands(listed: Iterable[Command]) -> list[dict[str, Any]]:
    return [
        {
            "code": command.code,
            "command_type": command.command_type,
            "parameter_type": command.parameter_type,
            "entity": None if (kind := platform_of(command)) is None else kind.value,
        }
        for command in listed
    ]


def _data_values(data: ReengenRuntimeData) -> list[dict[str, Any]]:
    coordinator = data.data_values
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


def _demand(data: ReengenRuntimeData) -> dict[str, Any]:
    found = data.demand.data.values()
    return {
        "points": len(found),
        "unknown_this_month": sum(demand.this_month is None for demand in found),
        "refused": sum(demand.is_refused for demand in found),
        "contracts": sum(demand.contract is not None for demand in found),
        "unread_days": data.demand.unread_days,
        "last_error": data.demand.last_error,
    }


def _freshness(data: ReengenRuntimeData, point_id: int) -> dict[str, Any] | None:
    if (found := data.freshness.data.get(point_id)) is None:
        return None
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


def _point_meters(data: ReengenRuntimeData, point: Point) -> dict[str, Any]:
    if data.meters is None or not data.meters.has_data:
        return {}
    meters = data.meters.data
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


def _point_history(data: ReengenRuntimeData, point: Point) -> list[dict[str, Any]]:
    if (history := data.history) is None:
        return []
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
