"""Which statistics an account has: their ids, units and names; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from homeassistant.components.recorder.models import StatisticMeanType, StatisticMetaData
from homeassistant.const import (
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfReactiveEnergy,
)
from homeassistant.util import slugify

from custom_components.reengen.api import CostGroup, MeasurementSeries, Point
from custom_components.reengen.catalogue import COSTS, MEASUREMENTS, Kind
from custom_components.reengen.const import CONF_COSTS, CONF_MEASUREMENTS, DOMAIN

# What the recorder converts a unit with; without it the Energy dashboard does not offer the statistic.
_UNIT_CLASSES: Final[Mapping[str, str]] = {
    UnitOfEnergy.KILO_WATT_HOUR: "energy",
    UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR: "reactive_energy",
    UnitOfPower.WATT: "power",
    UnitOfElectricPotential.VOLT: "voltage",
    UnitOfElectricCurrent.AMPERE: "electric_current",
}


class HistoryKind(Enum):
    """How the hours of a series combine, and where they come from."""

    SUM = auto()
    LEVEL = auto()
    COST = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class HistorySeries:
    """One statistic of one point; `key` is the catalogue's, `name` is in the user's language."""

    statistic_id: str
    point_id: int
    point_code: str
    key: str
    kind: HistoryKind
    unit: str
    name: str

    @property
    def measured(self) -> MeasurementSeries:
        """Return what GetData is asked for; only for what is measured."""
        return MEASUREMENTS[self.key].series

    @property
    def cost_group(self) -> CostGroup:
        """Return what is charged for; only for costs."""
        return COSTS[self.key]

    @property
    def has_sum(self) -> bool:
        """Return whether the hours add up."""
        return self.kind is not HistoryKind.LEVEL

    @property
    def metadata(self) -> StatisticMetaData:
        """Return what the recorder keeps of the series; unit, class and id never change."""
        return StatisticMetaData(
            mean_type=StatisticMeanType.NONE if self.has_sum else StatisticMeanType.ARITHMETIC,
            has_sum=self.has_sum,
            name=self.name,
            source=DOMAIN,
            statistic_id=self.statistic_id,
            unit_class=None if self.kind is HistoryKind.COST else _UNIT_CLASSES.get(self.unit),
            unit_of_measurement=self.unit,
        )


def statistic_id(tenant: str, point_id: int, key: str) -> str:
    """Return the id of a measured series: of the platform's own ids, so that no renaming touches it."""
    return f"{tenant_prefix(tenant)}{point_id}_{key}"


def cost_statistic_id(tenant: str, point_id: int, key: str, currency: str) -> str:
    """Return the id of a cost; another currency is another statistic, since stored rows are never converted."""
    return statistic_id(tenant, point_id, f"{key}_{slugify(currency)}")


def tenant_prefix(tenant: str) -> str:
    """Return what the ids of all statistics of a tenant begin with."""
    return f"{DOMAIN}:{slugify(tenant)}_"


def series_of(
    options: Mapping[str, Any], points: Iterable[Point], *, tenant: str, currency: str, names: Mapping[str, str]
) -> tuple[HistorySeries, ...]:
    """Return the series of the chosen points under the options of an entry; `names` are texts by catalogue key."""
    measurements = [key for key in options[CONF_MEASUREMENTS] if key in MEASUREMENTS]
    costs = [key for key in options.get(CONF_COSTS, ()) if key in COSTS]
    return tuple(
        series
        for point in points
        for series in (
            *_measured(point, measurements, tenant, names),
            *_costs(point, costs, tenant, currency, names),
        )
    )


def _measured(point: Point, keys: Sequence[str], tenant: str, names: Mapping[str, str]) -> Iterator[HistorySeries]:
    for key in keys:
        row = MEASUREMENTS[key]
        yield HistorySeries(
            statistic_id=statistic_id(tenant, point.id, key),
            point_id=point.id,
            point_code=point.code,
            key=key,
            kind=HistoryKind.SUM if row.kind is Kind.SUM else HistoryKind.LEVEL,
            unit=row.unit,
            name=f"{point.name} {names.get(key, key)}",
        )


def _costs(
    point: Point, keys: Sequence[str], tenant: str, currency: str, names: Mapping[str, str]
) -> Iterator[HistorySeries]:
    for key in keys:
        yield HistorySeries(
            statistic_id=cost_statistic_id(tenant, point.id, key, currency),
            point_id=point.id,
            point_code=point.code,
            key=key,
            kind=HistoryKind.COST,
            unit=currency,
            name=f"{point.name} {names.get(key, key)}",
        )
