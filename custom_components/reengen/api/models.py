"""What the platform's methods take and give, as frozen values.

Instants are aware datetimes; the platform's own clock stays in `wire_time`. Definitions,
variants, types and units are an open vocabulary and stay text (API document: GetData,
"Commonly used values are"); sets the document closes are enums.
"""

from collections.abc import Sized
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from .oddities import Oddity
from .reading_series import ReadingSeries


class Aggregation(StrEnum):
    """How readings of one bucket become one value (API document: GetData, xFunction)."""

    SUM = "sum"
    AVG = "avg"
    MAX = "max"
    MIN = "min"


class Resolution(StrEnum):
    """The length of a bucket (API document: GetData, resolution)."""

    FIFTEEN_MINUTES = "fifteenmin"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class CostGroup(StrEnum):
    """What is charged for (API document: Get Cost Data, group)."""

    ACTIVE_ENERGY = "activeEnergyCost"
    REACTIVE_ENERGY = "reactiveEnergyCost"
    WATER = "waterCost"
    GAS = "gasCost"
    MEDICAL_GAS = "medicalGasCost"

    @property
    def utility(self) -> str:
        """Return the utility that goes with the group (API document: Get Cost Data, utility)."""
        return _UTILITIES.get(self, "electricity")


_UTILITIES: Final = {CostGroup.WATER: "water", CostGroup.GAS: "gas", CostGroup.MEDICAL_GAS: "medicalGas"}


class IncludeTax(StrEnum):
    """Whether costs include tax (API document: Get Cost Data, includeTax)."""

    NONE = "None"
    INTERNAL = "Internal"


class Operation(StrEnum):
    """What a written row does (API document: ImportData and ManageDCData, key "#")."""

    CREATE = "C"
    UPDATE = "U"
    CREATE_OR_UPDATE = "CU"
    DELETE = "D"


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A location or meter (API document: GetPointHierarchy).

    `parent_code` is verbatim and may name no point of the response; `starting_date` is undocumented
    and stays the text it came as.
    """

    id: int
    code: str
    name: str
    parent_code: str | None = None
    starting_date: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasurementSeries:
    """One series to ask GetData for; its values come in `unit` with `decimal_points` digits."""

    definition: str
    variant: str
    function: Aggregation
    unit: str
    decimal_points: int = 6
    type: str = "actual"


@dataclass(frozen=True, kw_only=True, slots=True)
class CostSeries:
    """One cost to ask GetData for."""

    group: CostGroup
    include_tax: IncludeTax = IncludeTax.NONE
    decimal_points: int = 6
    type: str = "actual"


@dataclass(frozen=True, kw_only=True, slots=True)
class DataResponse[S: Sized]:
    """The response of GetData.

    `series` holds what came at the position of each requested series, None where the platform answered null. `start` and
    `end` bound what the platform says it covered, half-open; None where it did not say. `oddities` tell of what was left
    out and of what the API document does not foresee.
    """

    series: tuple[S | None, ...]
    start: datetime | None
    end: datetime | None
    oddities: tuple[Oddity, ...] = ()

    @property
    def row_count(self) -> int:
        """Return how many rows the response held."""
        return sum(len(rows or ()) for rows in self.series)


@dataclass(frozen=True, slots=True)
class CostTotal:
    """The cost of one point over the whole range asked for, in the tenant's currency, which the API does not name.

    `cost` is None where the platform said null. A point of which a row was left out has no total.
    """

    point_id: int
    cost: float | None


MeasurementResponse = DataResponse[ReadingSeries]
CostResponse = DataResponse[tuple[CostTotal, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class RawReading:
    """One row of ListDataEx: `value` is what the interval that ends at `interval_end` added, in `unit`.

    `point` is the code, `original` the meter's register.
    A key that was not asked for or came as null is None.
    """

    point: str | None
    definition: str | None
    variant: str | None
    type: str | None
    index: int | None
    interval_end: datetime
    unit: str | None
    value: float | None
    original: float | None
    note: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRow:
    """One row for ImportData; `value` is in the definition's stored unit (Wh for activeEnergy)."""

    point: str
    definition: str
    variant: str
    index: int
    interval_end: datetime
    value: float
    operation: Operation = Operation.CREATE
    type: str = "actual"


@dataclass(frozen=True, kw_only=True, slots=True)
class DataValue:
    """A row of the Data Science table (API document: GetDCData); `value` stays the text it is."""

    tenant: str
    point: str
    type: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DataValueChange:
    """A row for ManageDCData; `value` may be None only for DELETE."""

    point: str
    type: str
    value: str | None
    operation: Operation


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandOption:
    """One of the values that a command with options accepts."""

    code: str
    name: str


class ParameterKind(StrEnum):
    """What a command takes; UNKNOWN for types that nobody described, which are listed and never executed."""

    NONE = "none"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    OPTION = "option"
    UNKNOWN = "unknown"


# The API document shows "boolean" alone; the others are the usual names of what it calls "any".
_PARAMETER_TYPES: Final = {
    ParameterKind.BOOLEAN: ("boolean", "bool"),
    ParameterKind.INTEGER: ("integer", "int", "long"),
    ParameterKind.NUMBER: ("number", "numeric", "decimal", "double", "float"),
    ParameterKind.TEXT: ("string", "text"),
}
_PARAMETER_KINDS: Final = {name: kind for kind, names in _PARAMETER_TYPES.items() for name in names}


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A remote command of a point (API document: ListAvailableCommands).

    `command_type` and `parameter_type` stay verbatim: the platform may know more of them than its document.
    """

    code: str
    name: str
    command_type: str
    parameter_type: str | None = None
    options: tuple[CommandOption, ...] = ()

    @property
    def kind(self) -> ParameterKind:
        """Return what the command takes; the document spells the type with options in two ways."""
        if self.command_type == "NoParameter":
            return ParameterKind.NONE
        if self.command_type == "SingleParameter":
            return _PARAMETER_KINDS.get((self.parameter_type or "").lower(), ParameterKind.UNKNOWN)
        if self.command_type in {"MultiOption", "MultiParameter"} and self.options:
            return ParameterKind.OPTION
        return ParameterKind.UNKNOWN
