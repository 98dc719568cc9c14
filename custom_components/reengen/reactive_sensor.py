"""Sensors of the reactive energy watch: the ratio to active energy, and what is left before the limit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, UnitOfReactiveEnergy

from .reactive import SIDES, Balance, ReactiveSide
from .reactive_entity import ReengenReactiveEntity


@dataclass(frozen=True, kw_only=True)
class ReactiveSensorDescription(SensorEntityDescription):
    """A sensor of the watch: which figure of the balance it shows."""

    figure: Callable[[Balance], float]


def _ratio(side: ReactiveSide) -> ReactiveSensorDescription:
    key = f"{side.key}_ratio_this_month"
    return ReactiveSensorDescription(
        key=key,
        translation_key=key,
        figure=lambda balance: balance.ratio_percent,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=1,
    )


def _left(side: ReactiveSide) -> ReactiveSensorDescription:
    key = f"{side.key}_left_this_month"
    return ReactiveSensorDescription(
        key=key,
        translation_key=key,
        figure=lambda balance: balance.left_kvarh,
        # Without a state class: it rises and falls within the month, and is no consumption.
        device_class=SensorDeviceClass.REACTIVE_ENERGY,
        native_unit_of_measurement=UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
        suggested_display_precision=1,
    )


REACTIVE_SENSORS: Final = tuple((side, description(side)) for side in SIDES for description in (_ratio, _left))


class ReengenReactiveSensor(ReengenReactiveEntity, SensorEntity):
    """A figure of the watch; unknown without both energies, never a made-up zero."""

    entity_description: ReactiveSensorDescription

    @property
    @override
    def native_value(self) -> float | None:
        balance = self.balance
        return None if balance is None else self.entity_description.figure(balance)
