"""The flow that adds a value of the Data Science table to an account, and changes it later."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_MODE, CONF_NAME, CONF_TYPE
from homeassistant.helpers.selector import BooleanSelector, SelectOptionDict, TextSelector
import voluptuous as vol

from custom_components.reengen.account import FormError, drop_down, open_list, patience
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


def _changeable() -> dict[vol.Marker, object]:
    return {
        vol.Required(CONF_MODE, default=MODE_READ): open_list(
            options=[MODE_READ, MODE_WRITE], translation_key="data_value_mode"
        ),
        vol.Required(CONF_KIND, default=KIND_NUMBER): open_list(
            options=[KIND_NUMBER, KIND_TEXT], translation_key="data_value_kind"
        ),
        vol.Optional(CONF_NAME): TextSelector(),
    }


def reconfigure_value_schema() -> vol.Schema:
    """Return the fields of a value that may change later."""
    return vol.Schema(_changeable())


def value_schema(options: list[SelectOptionDict], *, offers_anyway: bool) -> vol.Schema:
    """Return the fields of a value; `offers_anyway` adds the one that takes it while the table holds none.

    Other codes than those of the options may be typed, and are refused in words.
    """
    points = drop_down(options=options, custom_value=True)
    fields = {vol.Required(CONF_POINT): points, vol.Required(CONF_TYPE): TextSelector(), **_changeable()}
    if offers_anyway:
        fields[vol.Required(CONF_ADD_ANYWAY, default=False)] = BooleanSelector()
    return vol.Schema(fields)


class DataValueFlow(ConfigSubentryFlow):
    """Add a value by its point and type; change how it is shown."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the value, and read it before it is accepted."""
        entry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        points: PointsCoordinator = entry.runtime_data.points
        error = None
        if user_input is not None:
            try:
                point, data = await _async_accepted(points, user_input)
                return self.async_create_entry(title=_title(point, data), data=data)
            except FormError as form_error:
                error = form_error
        chosen = {point.code for point in points.data.chosen}
        options = sorted(point_options(points.data.tree), key=lambda option: option["value"] not in chosen)
        offers_anyway = CONF_ADD_ANYWAY in ((user_input or {}).keys() | (error.errors if error else {}).keys())
        return self._show("user", value_schema(options, offers_anyway=offers_anyway), user_input, error)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask how the value is shown; another point or type is another value."""
        entry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        points: PointsCoordinator = entry.runtime_data.points
        subentry = self._get_reconfigure_subentry()
        stored = subentry.data
        point = points.data.tree.by_id(stored[CONF_POINT_ID])
        if point is None:
            return self.async_abort(reason="point_gone")
        error = None
        if user_input is not None:
            data = {key: stored[key] for key in (CONF_POINT_ID, CONF_TYPE)} | user_input
            try:
                await _async_try(points.client, point, data)
                return self.async_update_and_abort(entry, subentry, title=_title(point, data), data=data)
            except FormError as form_error:
                error = form_error
        return self._show("reconfigure", reconfigure_value_schema(), user_input or stored, error, _title(point, stored))

    def _show(
        self,
        step_id: str,
        schema: vol.Schema,
        suggested: Mapping[str, Any] | None,
        error: FormError | None,
        value: str = "",
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=error.errors if error else {},
            description_placeholders={"value": value} | (error.placeholders if error else {}),
        )


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
