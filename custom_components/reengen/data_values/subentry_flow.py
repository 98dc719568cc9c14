"""The flow that adds a value of the Data Science table to an account, and changes it later."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryFlow, SubentryFlowContext, SubentryFlowResult
from homeassistant.const import CONF_MODE, CONF_NAME, CONF_TYPE
from homeassistant.helpers.selector import SelectOptionDict, TextSelector
import voluptuous as vol

from custom_components.reengen.account import FormError, ReengenForms, drop_down, open_list, patience
from custom_components.reengen.api import Point, ReengenClient
from custom_components.reengen.const import (
    CONF_ADD_ANYWAY,
    CONF_KIND,
    CONF_POINT,
    CONF_POINT_ID,
    KIND_NUMBER,
    KIND_TEXT,
    MODE_READ,
    MODE_WRITE,
)
from custom_components.reengen.points import PointsCoordinator, point_options

from .coordinator import data_value_sources, number_of

# What may change later.
VALUE_CHANGE_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_MODE, default=MODE_READ): open_list(
            options=[MODE_READ, MODE_WRITE], translation_key="data_value_mode"
        ),
        vol.Required(CONF_KIND, default=KIND_NUMBER): open_list(
            options=[KIND_NUMBER, KIND_TEXT], translation_key="data_value_kind"
        ),
        vol.Optional(CONF_NAME): TextSelector(),
    }
)


def value_schema(options: list[SelectOptionDict]) -> vol.Schema:
    """Return the fields of a value; other codes than those of the options may be typed, and are refused in words."""
    points = drop_down(options=options, custom_value=True)
    fields = {vol.Required(CONF_POINT): points, vol.Required(CONF_TYPE): TextSelector()}
    return vol.Schema(fields).extend(VALUE_CHANGE_SCHEMA.schema)


class DataValueFlow(ReengenForms[SubentryFlowContext, SubentryFlowResult, tuple[str, str]], ConfigSubentryFlow):
    """Add a value by its point and type; change how it is shown."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the value, and read it before it is accepted."""
        entry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        points: PointsCoordinator = entry.runtime_data.points

        async def done(typed: dict[str, Any]) -> SubentryFlowResult:
            point, data = await _async_accepted(points, typed)
            return self.async_create_entry(title=_title(point, data), data=data)

        chosen = {point.code for point in points.data.chosen}
        options = sorted(point_options(points.data.tree), key=lambda option: option["value"] not in chosen)
        return await self.ask("user", value_schema(options), user_input, done)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask how the value is shown; another point or type is another value."""
        entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        points: PointsCoordinator = entry.runtime_data.points
        stored = subentry.data
        if (point := points.data.tree.by_id(stored[CONF_POINT_ID])) is None:
            return self.async_abort(reason="point_gone")

        async def done(typed: dict[str, Any]) -> SubentryFlowResult:
            data = {key: stored[key] for key in (CONF_POINT_ID, CONF_TYPE)} | typed
            await _async_try(points.client, point, data)
            return self.async_update_and_abort(entry, subentry, title=_title(point, data), data=data)

        quoted = {"value": _title(point, stored)}
        return await self.ask("reconfigure", VALUE_CHANGE_SCHEMA, user_input, done, suggested=stored, quoted=quoted)


async def _async_accepted(points: PointsCoordinator, user_input: Mapping[str, Any]) -> tuple[Point, dict[str, Any]]:
    """Return the point and the data of the subentry. Raises: FormError."""
    code, type_ = user_input[CONF_POINT], user_input[CONF_TYPE].strip()
    if (point := points.data.tree.by_code(code)) is None:
        raise FormError("point_unknown", field=CONF_POINT, detail=code)
    if not type_:
        raise FormError("type_required", field=CONF_TYPE)
    if (point.id, type_) in {source.key for source in data_value_sources(points.config_entry)}:
        raise FormError("value_exists", field=CONF_TYPE)
    kept = {key: value for key, value in user_input.items() if key not in {CONF_POINT, CONF_ADD_ANYWAY}}
    data = {**kept, CONF_POINT_ID: point.id, CONF_TYPE: type_}
    if not await _async_try(points.client, point, data) and not user_input.get(CONF_ADD_ANYWAY, False):
        raise FormError("no_value", field=CONF_ADD_ANYWAY)
    return point, data


async def _async_try(client: ReengenClient, point: Point, data: Mapping[str, Any]) -> bool:
    """Read the value and return whether the table holds one. Raises: FormError."""
    async with patience():
        found = await client.get_dc_data(points=[point.code], type=data[CONF_TYPE])
    if data[CONF_KIND] == KIND_NUMBER and (
        text := next((row.value for row in found if number_of(row.value) is None), None)
    ):
        raise FormError("value_no_number", field=CONF_KIND, detail=text)
    return bool(found)


def _title(point: Point, data: Mapping[str, Any]) -> str:
    return f"{point.name} {data.get(CONF_NAME) or data[CONF_TYPE]}"
