"""The unit in which the platform stores a definition, and values converted to it, with errors that a user understands.

ImportData takes values without a unit, in the stored one (API document: ListDataEx, definition.unit.code), so a
value in another unit would be wrong by a factor of a thousand and nobody would notice.
"""

from homeassistant.exceptions import ServiceValidationError

from custom_components.reengen.account import translated
from custom_components.reengen.measurements import (
    STORED_UNITS,
    converted as converted_or_none,
    home_unit,
    unit_converter,
)


def stored_unit(definition: str, stated: str | None) -> str:
    """Return the stored unit: the stated one, else that of a definition whose unit is known.

    Raises ServiceValidationError for another definition.
    """
    unit = stated or STORED_UNITS.get(definition)
    if unit is None:
        raise translated(ServiceValidationError, "stored_unit_required", definition=definition)
    return unit


def converted(value: float, unit: str, to_unit: str) -> float:
    """Return the value in another unit of the same quantity; equal spellings need not be known.

    Raises ServiceValidationError where the two are not known as units of one quantity.
    """
    found = value if unit == to_unit else None
    # A spelling that Home Assistant does not know may mean another quantity to the platform.
    if found is None and unit_converter(home_unit(unit)) is not None:
        found = converted_or_none(value, unit, home_unit(to_unit))
    if found is None:
        raise translated(ServiceValidationError, "unit_not_convertible", unit=unit, stored_unit=to_unit)
    return found
