"""Sensors of what meters say themselves: registers and phases."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Point
from .catalogue import Measurement
from .const import DOMAIN
from .coordinator import MetersCoordinator
from .entity import ReengenPointEntity, async_add_as_they_appear, point_unique_id
from .entity_queue import Rank
from .meters import PHASES, MeterData, phases_of, registers_of
from .runtime import ReengenConfigEntry


@dataclass(frozen=True, kw_only=True)
class MeterSensorDescription(SensorEntityDescription):
    """A sensor of a meter: how to find its value, by the point's id; `placeholders` are what its name quotes."""

    catalogue_key: str
    value_of: Callable[[MeterData, int], float | None]
    placeholders: Mapping[str, str] = field(default_factory=dict)


def register_descriptions(options: Mapping[str, Any]) -> Iterator[MeterSensorDescription]:
    """Yield the sensors of the registers that each meter may have under the options of an entry."""
    yield from map(_register, registers_of(options))


def phase_descriptions(options: Mapping[str, Any]) -> Iterator[MeterSensorDescription]:
    """Yield the sensors of the phases that each meter may have under the options of an entry."""
    for measurement, phase in product(phases_of(options), PHASES):
        yield _phase(measurement, phase)


def _register(measurement: Measurement) -> MeterSensorDescription:
    def value_of(data: MeterData, point_id: int) -> float | None:
        found = data.registers.get((point_id, measurement.key))
        return None if found is None else found.value

    key = f"{measurement.key}_reading"
    return MeterSensorDescription(
        key=key,
        translation_key="custom_reading" if measurement.name else key,
        placeholders={"name": measurement.name} if measurement.name else {},
        catalogue_key=measurement.key,
        value_of=value_of,
        device_class=measurement.device_class,
        # A fall is a new meter or a register that began anew: Home Assistant counts on from there.
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=measurement.unit,
        suggested_display_precision=measurement.display_precision,
    )


def _phase(measurement: Measurement, phase: int) -> MeterSensorDescription:
    key = f"{measurement.key}_l{phase}"
    return MeterSensorDescription(
        key=key,
        translation_key=f"custom_l{phase}" if measurement.name else key,
        placeholders={"name": measurement.name} if measurement.name else {},
        catalogue_key=measurement.key,
        value_of=lambda data, point_id: data.phases.get((point_id, measurement.key, phase)),
        device_class=measurement.device_class,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=measurement.unit,
        suggested_display_precision=measurement.display_precision,
    )


def async_add_meter_sensors(
    hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add a sensor for each register and phase that a meter has reported, now and as they appear."""
    points, meters = entry.runtime_data.points, entry.runtime_data.meters
    if meters is None:
        return
    registry = er.async_get(hass)

    def current(
        rows: Iterable[MeterSensorDescription],
    ) -> Iterator[tuple[tuple[int, str], Callable[[], ReengenMeterSensor]]]:
        # What nobody has asked for yet is not unknown: until the first response the registry's entities wait.
        if (found := meters.data) is None:
            return
        for point, row in product(points.data.chosen, rows):
            unique_id = point_unique_id(entry, point.id, row.key)
            if row.value_of(found, point.id) is not None or registry.async_get_entity_id(
                Platform.SENSOR, DOMAIN, unique_id
            ):
                yield (point.id, row.key), partial(ReengenMeterSensor, entry, meters, point, row)

    for rank, rows in (
        (Rank.ENERGY, register_descriptions(entry.options)),
        (Rank.VALUE, phase_descriptions(entry.options)),
    ):
        async_add_as_they_appear(entry, meters, partial(current, tuple(rows)), async_add_entities, rank)


class ReengenMeterSensor(ReengenPointEntity[MetersCoordinator], SensorEntity):
    """A register or phase of one point; unknown where no row tells of it."""

    entity_description: MeterSensorDescription

    def __init__(
        self,
        entry: ReengenConfigEntry,
        coordinator: MetersCoordinator,
        point: Point,
        description: MeterSensorDescription,
    ) -> None:
        """Show the value that the description finds."""
        super().__init__(entry, coordinator, point, description.key)
        self.entity_description = description
        self._attr_translation_placeholders = description.placeholders

    @property
    @override
    def available(self) -> bool:
        data = self.coordinator.data
        refused = () if data is None else data.refused
        return super().available and (self.point.id, self.entity_description.catalogue_key) not in refused

    @property
    @override
    def native_value(self) -> float | None:
        data = self.coordinator.data
        return None if data is None else self.entity_description.value_of(data, self.point.id)
