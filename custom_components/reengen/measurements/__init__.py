"""What can be measured, and its units."""

from .catalogue import COSTS, MEASUREMENTS, Kind, Measurement, custom_measurement, utility_of
from .units import STORED_UNITS, converted, device_classes, home_unit, unit_class, unit_converter

__all__ = [
    "COSTS",
    "MEASUREMENTS",
    "STORED_UNITS",
    "Kind",
    "Measurement",
    "converted",
    "custom_measurement",
    "device_classes",
    "home_unit",
    "unit_class",
    "unit_converter",
    "utility_of",
]
