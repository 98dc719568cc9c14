"""The unit in which the platform stores a definition, and values converted to it, with errors that a user understands.

ImportData takes values without a unit, in the stored one (API document: ListDataEx, definition.unit.code), so a
value in another unit would be wrong by a factor of a thousand and nobody would notice.
"""

from homeassistant.exceptions import ServiceValidationError

from . import measured_units
from .const import DOMAIN


def stored_unit(definition: str, stated: str | None) -> str:
    """Return the stored unit: the stated one, else that of a definition whose unit is known.

    Raises ServiceValidationError for another definition.
    """
    unit = stated or measured_units.STORED_UNITS.get(definition)
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
    found = value if unit == to_unit else measured_units.converted(value, unit, measured_units.home_unit(to_unit))
    if found is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="unit_not_convertible",
            translation_placeholders={"unit": unit, "stored_unit": to_unit},
        )
    return found
