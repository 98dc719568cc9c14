"""Sensors: totals of today and this month, the latest levels, costs; those of the other modules are added."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import product
import math
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import UNDEFINED

from .api import Point
from .catalogue import COSTS, Kind, Measurement, chosen_measurements
from .const import CONF_COSTS, CONF_CURRENCY, DOMAIN
from .coordinator import ReadingsCoordinator
from .data_value_entity import ReengenDataValueEntity, async_add_data_values
from .data_values import number_of
from .entity import ReengenPointEntity, account_identifier, async_add_as_they_appear, point_unique_id
from .entity_cap import ReengenEntity
from .entity_queue import Rank
from .freshness_entity import ReengenLastData, async_add_freshness
from .history import HistoryImporter
from .meter_sensor import async_add_meter_sensors
from .reactive_entity import async_add_reactive_entities
from .reactive_sensor import REACTIVE_SENSORS, ReengenReactiveSensor
from .readings import Sample, Window
from .runtime import ReengenConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ReengenSensorDescription(SensorEntityDescription):
    """A sensor of a point: which sample it shows; `placeholders` are what its translated name quotes."""

    catalogue_key: str
    window: Window
    placeholders: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts_what_flows(self) -> bool:
        """Return whether the value adds up what was measured, be it energy, water or gas."""
        return self.window is not Window.LATEST and self.catalogue_key not in COSTS


def _sum_description(measurement: Measurement, window: Window) -> ReengenSensorDescription:
    key = f"{measurement.key}_{window}"
    return ReengenSensorDescription(
        key=key,
        translation_key=f"custom_{window}" if measurement.name else key,
        placeholders={"name": measurement.name} if measurement.name else {},
        catalogue_key=measurement.key,
        window=window,
        device_class=measurement.device_class,
        state_class=measurement.state_class,
        native_unit_of_measurement=measurement.unit,
        suggested_display_precision=measurement.display_precision,
        entity_registry_enabled_default=window is Window.TODAY,
    )


def _cost_description(catalogue_key: str, window: Window, currency: str) -> ReengenSensorDescription:
    key = f"{catalogue_key}_{window}"
    return ReengenSensorDescription(
        key=key,
        translation_key=key,
        catalogue_key=catalogue_key,
        window=window,
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=currency,
        suggested_display_precision=2,
        entity_registry_enabled_default=window is Window.TODAY,
    )


def _level_description(measurement: Measurement) -> ReengenSensorDescription:
    return ReengenSensorDescription(
        key=measurement.key,
        # What the user has named needs no translation.
        translation_key=None if measurement.name else measurement.key,
        name=measurement.name or UNDEFINED,
        catalogue_key=measurement.key,
        window=Window.LATEST,
        device_class=measurement.device_class,
        state_class=measurement.state_class,
        native_unit_of_measurement=measurement.unit,
        suggested_display_precision=measurement.display_precision,
    )


def descriptions(options: Mapping[str, Any]) -> Iterator[ReengenSensorDescription]:
    """Yield the sensors that each point has under the options of an entry."""
    for measurement in chosen_measurements(options):
        if measurement.kind is Kind.LEVEL:
            yield _level_description(measurement)
            continue
        for window in (Window.TODAY, Window.THIS_MONTH):
            yield _sum_description(measurement, window)
    for key in options.get(CONF_COSTS, ()):
        for window in (Window.TODAY, Window.THIS_MONTH):
            yield _cost_description(key, window, options[CONF_CURRENCY])


async def async_setup_entry(
    hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add a sensor for each value that a chosen point has had; most meters measure little of what was chosen."""
    data = entry.runtime_data
    rows_of: dict[Rank, list[ReengenSensorDescription]] = {}
    for row in descriptions(entry.options):
        rows_of.setdefault(Rank.ENERGY if row.counts_what_flows else Rank.VALUE, []).append(row)
    registry = er.async_get(hass)

    def current(
        rows: Iterable[ReengenSensorDescription],
    ) -> Iterator[tuple[tuple[int, str], Callable[[], ReengenSensor]]]:
        if data.readings.polled_at is None:
            # What nobody has asked for yet is not unknown: until the first poll the registry's entities wait.
            return
        readings = data.readings.data
        shown = {(point_id, key) for point_id, key, _ in (*readings.samples, *readings.refused)}
        for point, row in product(data.points.data.chosen, rows):
            if (point.id, row.catalogue_key) in shown or registry.async_get_entity_id(
                Platform.SENSOR, DOMAIN, point_unique_id(entry, point.id, row.key)
            ):
                yield (point.id, row.key), partial(ReengenSensor, entry, data.readings, point, row)

    for rank, rows in rows_of.items():
        async_add_as_they_appear(entry, data.readings, partial(current, rows), async_add_entities, rank)
    async_add_reactive_entities(
        hass, entry, async_add_entities, platform=Platform.SENSOR, rows=REACTIVE_SENSORS, make=ReengenReactiveSensor
    )
    async_add_meter_sensors(hass, entry, async_add_entities)
    async_add_data_values(hass, entry, Platform.SENSOR, ReengenDataValueSensor, async_add_entities)
    async_add_freshness(entry, ReengenLastData, async_add_entities)
    if data.history is not None:
        async_add_entities([ReengenHistoryProgress(entry, data.history)])


class ReengenHistoryProgress(ReengenEntity, SensorEntity):
    """How much of the chosen depth of history is there as the platform has it; unknown while it is paused.

    `last_error` is why the last run was broken off; None where it was not.
    """

    _attr_should_poll = False
    _attr_translation_key = "history_progress"
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_native_unit_of_measurement = PERCENTAGE
    _attr_suggested_display_precision = 0
    _unrecorded_attributes = frozenset({"last_error"})

    def __init__(self, entry: ReengenConfigEntry, history: HistoryImporter) -> None:
        """Belong to the account's device."""
        self._history = history
        self._attr_unique_id = f"{entry.entry_id}_history_progress"
        self._attr_device_info = DeviceInfo(identifiers={account_identifier(entry)})

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self._history.async_add_listener(self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> float | None:
        progress = self._history.progress
        # Rounded down: 100 % says that nothing is missing.
        return None if progress is None else math.floor(progress * 10) / 10

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        return {"last_error": self._history.last_error}


class ReengenSensor(ReengenPointEntity[ReadingsCoordinator], SensorEntity):
    """One value of one point; unknown where the platform has none, never a made-up zero."""

    entity_description: ReengenSensorDescription

    def __init__(
        self,
        entry: ReengenConfigEntry,
        coordinator: ReadingsCoordinator,
        point: Point,
        description: ReengenSensorDescription,
    ) -> None:
        """Show the sample that the description names."""
        super().__init__(entry, coordinator, point, description.key)
        self.entity_description = description
        self._attr_translation_placeholders = description.placeholders
        self._key = (point.id, description.catalogue_key, description.window)

    @property
    def _sample(self) -> Sample | None:
        return self.coordinator.data.samples.get(self._key)

    @property
    @override
    def available(self) -> bool:
        return super().available and self._key not in self.coordinator.data.refused

    @property
    @override
    def native_value(self) -> float | None:
        return None if self._sample is None else self._sample.value

    @property
    @override
    def last_reset(self) -> datetime | None:
        if self._sample is None or self.entity_description.state_class is not SensorStateClass.TOTAL:
            return None
        return self._sample.start


class ReengenDataValueSensor(ReengenDataValueEntity, SensorEntity):
    """A value of the Data Science table as it was put there; a number where it is said to be one."""

    @property
    @override
    def state_class(self) -> SensorStateClass | None:
        return SensorStateClass.MEASUREMENT if self.source.is_number else None

    @property
    @override
    def native_value(self) -> float | str | None:
        return number_of(self.stored) if self.source.is_number else self.shown
