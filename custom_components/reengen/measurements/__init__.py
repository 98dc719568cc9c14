"""What can be measured, and its units."""

from .catalogue import COSTS, MEASUREMENTS, Kind, Measurement, custom_measurement, stored_series, utility_of
from .proposals import TEMPERATURE, UTILITIES, Proposal
from .units import STORED_UNITS, converted, device_classes, home_unit, unit_class, unit_converter, written
