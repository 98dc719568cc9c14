"""Measurements that a user of the simulated platform may add, as the options keep them."""

from typing import Any, Final

type Stored = dict[str, Any]

WATER: Final[Stored] = {
    "key": "water_import",
    "name": "Water",
    "definition": "water",
    "variant": "import",
    "function": "sum",
    "unit": "m3",
    "decimals": 3,
    "device_class": "water",
}
GAS: Final[Stored] = {
    "key": "gas_import",
    "name": "Natural gas",
    "definition": "gas",
    "variant": "import",
    "function": "sum",
    "unit": "m3",
    "decimals": 1,
    "device_class": "gas",
}
TEMPERATURE: Final[Stored] = {
    "key": "temperature_indoor",
    "name": "Room temperature",
    "definition": "temperature",
    "variant": "indoor",
    "function": "avg",
    "unit": "degC",
    "decimals": 1,
    "device_class": "temperature",
}
PEAK_VOLTAGE: Final[Stored] = {
    "key": "voltage_phase_max",
    "name": "Peak voltage",
    "definition": "voltage",
    "variant": "phase",
    "function": "max",
    "unit": "V",
    "decimals": 0,
    "device_class": "voltage",
}
# The simulator has none; the form of a measurement without a device class, on each phase.
POWER_FACTOR: Final[Stored] = {
    "key": "power_factor_phase",
    "name": "Power factor",
    "definition": "powerFactor",
    "variant": "phase",
    "function": "avg",
    "unit": "1",
    "decimals": 2,
}
