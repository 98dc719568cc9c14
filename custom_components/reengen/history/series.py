"""Which statistics an account has: their ids, units and names; pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from homeassistant.components.recorder.models import StatisticMeanType, StatisticMetaData
from homeassistant.util import slugify

from custom_components.reengen.api import CostGroup, Point
from custom_components.reengen.catalogue import COSTS, MEASUREMENTS, Kind, Measurement, chosen_measurements, utility_of
from custom_components.reengen.const import CONF_COSTS, DOMAIN
from custom_components.reengen.measured_units import unit_class

# Which energy these costs are spread by; the others are spread by what the user has added of their kind.
_SHARES: Final = {
    "active_energy_cost": MEASUREMENTS["active_energy_import"],
    "reactive_energy_cost": MEASUREMENTS["reactive_energy_import"],
}


class HistoryKind(Enum):
    """How the hours of a series combine, and where they come from."""

    SUM = auto()
    LEVEL = auto()
    COST = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class HistorySeries:
    """One statistic of one point; `key` is the catalogue's, `name` is in the user's language.

    `measurement` is what GetData is asked for; of a cost it is what the hours share it by, None for evenly, and
    `shared_by` the id of its statistic, None where it is not chosen.
    """

    statistic_id: str
    point_id: int
    point_code: str
    key: str
    kind: HistoryKind
    unit: str
    name: str
    measurement: Measurement | None
    shared_by: str | None = None

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
            unit_class=None if self.kind is HistoryKind.COST else unit_class(self.unit),
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


def key_of(tenant: str, id_of_statistic: str) -> str:
    """Return the key in the id of a statistic of the tenant; of a cost it has the currency at its end."""
    return id_of_statistic.removeprefix(tenant_prefix(tenant)).partition("_")[2]


def series_of(
    options: Mapping[str, Any], points: Iterable[Point], *, tenant: str, currency: str, names: Mapping[str, str]
) -> tuple[HistorySeries, ...]:
    """Return the series of the chosen points under the options of an entry; `names` are texts by catalogue key."""
    measurements = chosen_measurements(options)
    shares = _shares(measurements)
    costs = [key for key in options.get(CONF_COSTS, ()) if key in COSTS]
    return tuple(
        series
        for point in points
        for series in (
            *_measured(point, measurements, tenant, names),
            *_costs(point, costs, tenant, currency, names, shares, measurements),
        )
    )


def _shares(measurements: Iterable[Measurement]) -> dict[str, Measurement]:
    """Return what each cost is spread by; the first one where several would do."""
    by_utility = {utility: row for row in reversed([*measurements]) if (utility := utility_of(row)) is not None}
    return {key: by_utility[group] for key, group in COSTS.items() if group in by_utility} | _SHARES


def _measured(
    point: Point, measurements: Iterable[Measurement], tenant: str, names: Mapping[str, str]
) -> Iterator[HistorySeries]:
    for row in measurements:
        yield HistorySeries(
            statistic_id=statistic_id(tenant, point.id, row.key),
            point_id=point.id,
            point_code=point.code,
            key=row.key,
            kind=HistoryKind.SUM if row.kind is Kind.SUM else HistoryKind.LEVEL,
            unit=row.unit,
            name=f"{point.name} {row.name or names.get(row.key, row.key)}",
            measurement=row,
        )


def _costs(  # noqa: PLR0917 - what all costs of an account have in common comes after what differs
    point: Point,
    keys: Sequence[str],
    tenant: str,
    currency: str,
    names: Mapping[str, str],
    shares: Mapping[str, Measurement],
    measurements: Collection[Measurement],
) -> Iterator[HistorySeries]:
    for key in keys:
        row = shares.get(key)
        yield HistorySeries(
            statistic_id=cost_statistic_id(tenant, point.id, key, currency),
            point_id=point.id,
            point_code=point.code,
            key=key,
            kind=HistoryKind.COST,
            unit=currency,
            name=f"{point.name} {names.get(key, key)}",
            measurement=row,
            shared_by=statistic_id(tenant, point.id, row.key) if row and row in measurements else None,
        )
