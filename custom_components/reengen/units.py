"""The unit in which the platform stores a definition, and values converted to it.

ImportData takes values without a unit, in the stored one (API document: ListDataEx, definition.unit.code), so a
value in another unit would be wrong by a factor of a thousand and nobody would notice.
"""

from typing import Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    EnergyConverter,
    PowerConverter,
    ReactiveEnergyConverter,
    TemperatureConverter,
    VolumeConverter,
)

from .const import DOMAIN
from .measured_units import home_unit

# The API document shows that active energy is stored in Wh, and asks for the others in these units. It tells nothing
# of the rest: power may as well be stored in kW.
STORED_UNITS: Final = {
    "activeEnergy": "Wh",
    "reactiveEnergy": "VArh",
    "inductiveReactiveEnergy": "VArh",
    "capacitiveEnergy": "VArh",
    "voltage": "V",
    "current": "A",
}

_CONVERTERS: Final[tuple[type[BaseUnitConverter], ...]] = (
    EnergyConverter,
    ReactiveEnergyConverter,
    PowerConverter,
    ElectricPotentialConverter,
    ElectricCurrentConverter,
    VolumeConverter,
    TemperatureConverter,
)

# What a double keeps of a decimal number. Beyond it there is only noise: 2.3 kWh would be 2299.9999999999995 Wh.
_DIGITS: Final = 15


def stored_unit(definition: str, stated: str | None) -> str:
    """Return the stored unit: the stated one, else that of a definition whose unit is known.

    Raises ServiceValidationError for another definition.
    """
    unit = stated or STORED_UNITS.get(definition)
    if unit is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="stored_unit_required",
            translation_placeholders={"definition": definition},
        )
    return unit


def converted(value: float, unit: str, to_unit: str) -> float:
    """Return the value in another unit of the same quantity; equal spellings need not be known.

    Raises ServiceValidationError where the two are not known as units of one quantity.
    """
    if unit == to_unit:
        return value
    source, target = (home_unit(each) for each in (unit, to_unit))
    for converter in _CONVERTERS:
        if {source, target} <= converter.VALID_UNITS:
            return float(f"{converter.convert(value, source, target):.{_DIGITS}g}")
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="unit_not_convertible",
        translation_placeholders={"unit": unit, "stored_unit": to_unit},
    )
