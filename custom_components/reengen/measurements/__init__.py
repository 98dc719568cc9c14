"""What can be measured, and its units."""

from .catalogue import (
    COSTS,
    MEASUREMENTS,
    Kind,
    Measurement,
    chosen_measurements,
    custom_measurement,
    custom_measurements_of,
    measurements_of,
    utility_of,
)
from .units import STORED_UNITS, converted, device_classes, home_unit, unit_class, unit_converter

__all__ = [
    "COSTS",
    "MEASUREMENTS",
    "STORED_UNITS",
    "Kind",
    "Measurement",
    "chosen_measurements",
    "converted",
    "custom_measurement",
    "custom_measurements_of",
    "device_classes",
    "home_unit",
    "measurements_of",
    "unit_class",
    "unit_converter",
    "utility_of",
]
