"""The steps that add a measurement of the user's own to an account, change it and remove it."""

from collections.abc import Mapping, Sequence
from functools import partialmethod
from typing import Any

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_DEVICE_CLASS
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.helpers.selector import SelectOptionDict
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
import voluptuous as vol

from custom_components.reengen.account import AccountOptions, FormError, OptionsForms, async_impatient_client, patience
from custom_components.reengen.api import MeasurementSeries, ReengenRefusedError
from custom_components.reengen.const import CONF_ADD_ANYWAY, CONF_CHANGE, CONF_CUSTOM_MEASUREMENTS, CONF_KEY
from custom_components.reengen.history import async_own_statistics, key_of, statistics_prefix
from custom_components.reengen.measurements import (
    Kind,
    Measurement,
    custom_measurement,
    device_classes,
    stored_series,
    written,
)
from custom_components.reengen.points import PointsCoordinator, chosen_points

from .forms import (
    CHANGE_REMOVE,
    CUSTOM_ADD_SCHEMA,
    custom_change_schema,
    custom_edit_schema,
    described,
    device_class_schema,
    edited_measurement,
    typed_measurement,
)
from .keys import Trial, custom_key, suggested_device_class, try_measurement
from .proposals import KINDS, async_proposed_fields, keys_of_others
from .removal import async_remove_sensors, async_remove_statistics


class CustomMeasurementFlow(OptionsForms):
    """A part of the options flow; what it saves are the options with other measurements."""

    _fields: dict[str, Any]
    _trial: Trial
    _proposed: Mapping[str, Any] | None = None

    @property
    def has_custom_measurements(self) -> bool:
        """Return whether there is anything to change or to remove."""
        return bool(self._stored)

    @property
    def _stored(self) -> Sequence[dict[str, Any]]:
        stored: Sequence[dict[str, Any]] = self.config_entry.options.get(CONF_CUSTOM_MEASUREMENTS, ())
        return stored

    async def async_step_custom_add(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what kind of measurement it is."""
        return self.async_show_menu(step_id="custom_add", menu_options=[*KINDS, "custom_fields"])

    async def _async_propose(self, kind: str, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the fields of the first series of this kind that the points have values of, else of the likeliest.

        What keeps the platform from answering is said when the form is sent.
        """
        candidates = [(proposal, series) for proposal in KINDS[kind] for series in proposal.series]
        found = candidates[0]
        for candidate in candidates:
            try:
                if (await self._async_try(candidate[1])).measured:
                    found = candidate
                    break
            except FormError as error:
                if "measurement_refused" not in error.errors.values():
                    break
        self._proposed = await async_proposed_fields(self.hass, *found)
        return await self.async_step_custom_fields()

    async_step_custom_water = partialmethod(_async_propose, "custom_water")
    async_step_custom_natural_gas = partialmethod(_async_propose, "custom_natural_gas")
    async_step_custom_heat = partialmethod(_async_propose, "custom_heat")
    async_step_custom_temperature = partialmethod(_async_propose, "custom_temperature")

    async def async_step_custom_fields(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a measurement, and try it before it is accepted."""
        return await self.ask(
            "custom_fields",
            CUSTOM_ADD_SCHEMA,
            user_input,
            self._async_fields_done,
            suggested=self._proposed,
            last_step=False,
        )

    async def _async_fields_done(self, typed: dict[str, Any]) -> ConfigFlowResult:
        self._fields = typed_measurement(typed, AccountOptions.of(self.config_entry).catalogue.values())
        self._trial = await self._async_try(stored_series(self._fields))
        if not self._trial.measured and not typed.get(CONF_ADD_ANYWAY, False):
            raise FormError("no_values", field=CONF_ADD_ANYWAY, detail=str(self._trial.asked))
        return await self.async_step_custom_device_class()

    async def _async_try(self, series: MeasurementSeries) -> Trial:
        """Ask the platform, through the account's own session while it runs. Raises: FormError."""
        entry = self.config_entry
        async with patience():
            if entry.state is ConfigEntryState.LOADED:
                known: PointsCoordinator = entry.runtime_data.points
                client, points = known.client, known.data.chosen
            else:
                client, options = await async_impatient_client(self.hass, entry), AccountOptions.of(entry)
                tree = await client.get_point_hierarchy()
                points = chosen_points(tree, options.points, include_descendants=options.include_descendants)
            if not points:
                raise FormError("points_required")
            try:
                return await try_measurement(client, series, [point.code for point in points], dt_util.utcnow())
            except ReengenRefusedError as error:
                raise FormError("measurement_refused", detail=str(error)) from error

    async def async_step_custom_device_class(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what kind of quantity it is, where the unit leaves a choice; then the measurement is added."""
        row = custom_measurement({**self._fields, CONF_KEY: ""})
        options = await self._async_device_classes(row)
        if user_input is not None or not options:
            key = custom_key(row.series, await self._async_taken(row))
            added = {CONF_KEY: key, **self._fields, **(user_input or {})}
            return self.save_options({CONF_CUSTOM_MEASUREMENTS: [*self._stored, added]})
        likely = suggested_device_class(row)
        suggested = {} if likely is None else {CONF_DEVICE_CLASS: likely}
        newest = None
        if self._trial.newest is not None:
            newest = written(f"{self._trial.newest:.{row.display_precision}f}", self.hass.config.language)
        quoted = {
            "measurement": described(row.series),
            "measured": str(self._trial.measured),
            "asked": str(self._trial.asked),
            "newest": "-" if newest is None else f"{newest} {row.unit}",
        }
        return self.show("custom_device_class", device_class_schema(options), suggested=suggested, quoted=quoted)

    async def _async_device_classes(self, row: Measurement) -> list[SelectOptionDict]:
        """Return the device classes that the measurement may have, as Home Assistant calls them."""
        allowed = device_classes(row.unit, row.state_class)
        language = self.hass.config.language
        texts = await async_get_translations(self.hass, language, "entity_component", [SENSOR_DOMAIN])
        labels = {each: texts.get(f"component.{SENSOR_DOMAIN}.entity_component.{each}.name", each) for each in allowed}
        return [
            SelectOptionDict(value=each.value, label=labels[each]) for each in sorted(allowed, key=labels.__getitem__)
        ]

    async def _async_taken(self, new: Measurement) -> set[str]:
        """Return the keys that would make another measurement of the new one.

        They are those of this account, and those that other accounts or the statistics of the tenant have for
        something else: a statistic changes neither its unit nor its kind.
        """
        prefix = statistics_prefix(self.config_entry)
        taken = {row.key for row in AccountOptions.of(self.config_entry).custom_measurements}
        taken |= keys_of_others(self.hass, prefix, new)
        if DATA_INSTANCE in self.hass.data:
            has_sum = new.kind is Kind.SUM
            for statistic_id, metadata in (await async_own_statistics(self.hass, self.config_entry)).items():
                if (metadata["unit_of_measurement"], metadata["has_sum"]) != (new.unit, has_sum):
                    taken.add(key_of(prefix, statistic_id))
        return taken

    async def async_step_custom_change(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which measurement to change or to remove."""
        if user_input is not None:
            self._fields = next(each for each in self._stored if each[CONF_KEY] == user_input[CONF_KEY])
            if user_input[CONF_CHANGE] == CHANGE_REMOVE:
                return await self.async_step_custom_remove()
            return await self.async_step_custom_edit()
        options = [
            SelectOptionDict(value=row.key, label=f"{row.name} ({described(row.series)})")
            for row in AccountOptions.of(self.config_entry).custom_measurements
        ]
        return self.show("custom_change", custom_change_schema(options), last_step=False)

    async def async_step_custom_edit(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how the measurement is shown; another series or unit is another measurement."""
        row = custom_measurement(self._fields)

        async def done(typed: dict[str, Any]) -> ConfigFlowResult:
            return self._replaced([edited_measurement(self._fields, typed)])

        schema = custom_edit_schema(await self._async_device_classes(row))
        quoted = {"measurement": described(row.series)}
        return await self.ask("custom_edit", schema, user_input, done, suggested=self._fields, quoted=quoted)

    async def async_step_custom_remove(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for consent, then remove the measurement with its sensors."""
        row = custom_measurement(self._fields)
        if user_input is not None:
            async_remove_sensors(self.hass, self.config_entry, row.key)
            await async_remove_statistics(self.hass, self.config_entry, row.key)
            return self._replaced([])
        return self.show("custom_remove", vol.Schema({}), quoted={"measurement": row.name or row.key})

    def _replaced(self, replacement: Sequence[dict[str, Any]]) -> ConfigFlowResult:
        position = next(n for n, each in enumerate(self._stored) if each[CONF_KEY] == self._fields[CONF_KEY])
        others = list(self._stored)
        others[position : position + 1] = replacement
        return self.save_options({CONF_CUSTOM_MEASUREMENTS: others})
