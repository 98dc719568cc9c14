"""What the Energy dashboard knows: its lists, and what a measurement of the catalogue is to it; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass

from custom_components.reengen.api import CostGroup
from custom_components.reengen.measurements import Measurement, utility_of

type Record = Mapping[str, Any]
type Preferences = Mapping[str, Sequence[Record]]


class Section(StrEnum):
    """The lists of the preferences."""

    SOURCES = "energy_sources"
    DEVICES = "device_consumption"
    WATER_DEVICES = "device_consumption_water"


DEVICES: Final = (Section.DEVICES, Section.WATER_DEVICES)

# The field that holds what a record is about.
MEASURED: Final = {Section.SOURCES: "stat_energy_from", **dict.fromkeys(DEVICES, "stat_consumption")}

# A whole-house meter (Home Assistant 2026.11) enters no other figure, so what it names may be a source as well.
NOT_COUNTED: Final = "home"


class Role(Enum):
    """What a statistic is to the Energy dashboard."""

    IMPORT = auto()
    EXPORT = auto()
    PRODUCED = auto()
    GAS = auto()
    WATER = auto()
    ENERGY_COST = auto()
    GAS_COST = auto()
    WATER_COST = auto()


COST_ROLES: Final = {
    "active_energy_cost": Role.ENERGY_COST,
    "gas_cost": Role.GAS_COST,
    "water_cost": Role.WATER_COST,
}

# By the variant of active energy.
_ENERGY_ROLES: Final = {"import": Role.IMPORT, "export": Role.EXPORT, "produced": Role.PRODUCED}

# The dashboard has no place for medical gas.
_UTILITY_ROLES: Final = {CostGroup.GAS: Role.GAS, CostGroup.WATER: Role.WATER}


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """How a meter becomes a source: the rest of its record, what else the record names, and where its parts go."""

    record: Record
    companions: Mapping[Role, str]
    parts: Section | None


# A price would be refused for statistics that are no entity's; what there is to pay is a statistic too.
_NO_PRICE: Final = {"stat_cost": None, "entity_energy_price": None, "number_energy_price": None}
FAMILIES: Final[Mapping[Role, Family]] = {
    Role.IMPORT: Family(
        record={
            "type": "grid",
            "stat_energy_to": None,
            **_NO_PRICE,
            "stat_compensation": None,
            "entity_energy_price_export": None,
            "number_energy_price_export": None,
            "cost_adjustment_day": 0.0,
        },
        companions={Role.EXPORT: "stat_energy_to", Role.ENERGY_COST: "stat_cost"},
        parts=Section.DEVICES,
    ),
    Role.PRODUCED: Family(record={"type": "solar", "config_entry_solar_forecast": None}, companions={}, parts=None),
    Role.GAS: Family(record={"type": "gas", **_NO_PRICE}, companions={Role.GAS_COST: "stat_cost"}, parts=None),
    Role.WATER: Family(
        record={"type": "water", **_NO_PRICE}, companions={Role.WATER_COST: "stat_cost"}, parts=Section.WATER_DEVICES
    ),
}


def chosen_roles(measurements: Iterable[Measurement], costs: Iterable[str]) -> dict[Role, str]:
    """Return the catalogue key of each role among what is chosen; the first one where several would do."""
    found: dict[Role, str] = {}
    for row in measurements:
        if (role := _measured_role(row)) is not None:
            found.setdefault(role, row.key)
    return found | {COST_ROLES[key]: key for key in costs if key in COST_ROLES}


def _measured_role(row: Measurement) -> Role | None:
    if (utility := utility_of(row)) is not None:
        return _UTILITY_ROLES.get(utility)
    is_energy = row.device_class == SensorDeviceClass.ENERGY and row.series.definition == "activeEnergy"
    return _ENERGY_ROLES.get(row.series.variant) if is_energy else None
