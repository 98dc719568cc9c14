"""Binary sensors: whether a point's reactive energy of this month is over its limit; lateness is added."""

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .freshness_entity import ReengenDataLate, async_add_freshness
from .reactive import SIDES, ReactiveSide
from .reactive_entity import ReengenReactiveEntity, async_add_reactive_entities
from .runtime import ReengenConfigEntry

PARALLEL_UPDATES = 0


def _over_limit(side: ReactiveSide) -> BinarySensorEntityDescription:
    key = f"{side.key}_over_limit"
    return BinarySensorEntityDescription(key=key, translation_key=key, device_class=BinarySensorDeviceClass.PROBLEM)


OVER_LIMIT: Final = tuple((side, _over_limit(side)) for side in SIDES)


async def async_setup_entry(
    hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the warnings of each point that measures active and reactive energy, and whether its data is late."""
    async_add_reactive_entities(
        hass, entry, async_add_entities, platform=Platform.BINARY_SENSOR, rows=OVER_LIMIT, make=ReengenOverLimit
    )
    async_add_freshness(entry, ReengenDataLate, async_add_entities)


class ReengenOverLimit(ReengenReactiveEntity, BinarySensorEntity):
    """On while the month so far is over the limit; the attributes say how far it is from it.

    `ratio_percent` and `limit_percent` are shares of the active import, `left_kvarh` is below zero beyond the limit.
    """

    # Ratio and energy left have sensors, which keep their history.
    _unrecorded_attributes = frozenset({"ratio_percent", "limit_percent", "left_kvarh"})

    @property
    @override
    def is_on(self) -> bool | None:
        balance = self.balance
        return None if balance is None else balance.is_over_limit

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        balance = self.balance
        if balance is None:
            return None
        return {
            "ratio_percent": balance.ratio_percent,
            "limit_percent": balance.limit_percent,
            "left_kvarh": balance.left_kvarh,
        }
