"""Which statistics an account has (ids, units, names), and what an import did to them; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from operator import add
import re
from typing import Final

from homeassistant.components.recorder.models import StatisticMeanType, StatisticMetaData
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import slugify

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.api import CostGroup, Point, readable
from custom_components.reengen.const import DOMAIN
from custom_components.reengen.measurements import COSTS, MEASUREMENTS, Kind, Measurement, unit_class, utility_of

# Which energy these costs are spread by; the others are spread by what the user has added of their kind.
_SHARES: Final = {
    "active_energy_cost": MEASUREMENTS["active_energy_import"],
    "reactive_energy_cost": MEASUREMENTS["reactive_energy_import"],
}

# What the Energy dashboard shows; costs have the class of what they are shared by.
_SHOWN: Final = frozenset({SensorDeviceClass.ENERGY, SensorDeviceClass.GAS, SensorDeviceClass.WATER})

# Characters that the recorder's column takes, on every database.
_LONGEST_NAME: Final = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class HistorySeries:
    """One statistic of one point; `key` is the catalogue's, `name` is in the user's language, `has_sum` that hours add up.

    `measurement` is what GetData is asked for. Costs have a `cost_group`; theirs is what the hours share the cost by,
    None for evenly, and `shared_by` the id of its statistic, None where it is not chosen.
    """

    statistic_id: str
    point_id: int
    point_code: str
    key: str
    has_sum: bool
    unit: str
    name: str
    measurement: Measurement | None
    cost_group: CostGroup | None = None
    shared_by: str | None = None

    @property
    def is_shown(self) -> bool:
        """Return whether the Energy dashboard may show it: energy, gas and water with their costs."""
        return self.measurement is not None and self.measurement.device_class in _SHOWN

    @property
    def metadata(self) -> StatisticMetaData:
        """Return what the recorder keeps of the series; unit, class and id never change."""
        return StatisticMetaData(
            mean_type=StatisticMeanType.NONE if self.has_sum else StatisticMeanType.ARITHMETIC,
            has_sum=self.has_sum,
            name=self.name,
            source=DOMAIN,
            statistic_id=self.statistic_id,
            unit_class=None if self.cost_group else unit_class(self.unit),
            unit_of_measurement=self.unit,
        )


def ids_of(series: Iterable[HistorySeries]) -> list[str]:
    """Return the statistic ids of some series, in their order."""
    return [one.statistic_id for one in series]


def measured_of(series: Iterable[HistorySeries]) -> list[HistorySeries]:
    """Return the series that are no costs."""
    return [one for one in series if one.cost_group is None]


def costs_of(series: Iterable[HistorySeries]) -> list[HistorySeries]:
    """Return the series that are costs."""
    return [one for one in series if one.cost_group is not None]


def statistic_id(prefix: str, point_id: int, key: str) -> str:
    """Return the id of a measured series: of the platform's own ids, so that no renaming touches it."""
    return f"{DOMAIN}:{prefix}_{point_id}_{key}"


def cost_statistic_id(prefix: str, point_id: int, key: str, currency: str) -> str:
    """Return the id of a cost; another currency is another statistic, since stored rows are never converted."""
    return statistic_id(prefix, point_id, f"{key}_{slugify(currency)}")


def parsed_id(prefix: str, id_of_statistic: str) -> tuple[int, str] | None:
    """Return the point and the key in an id, of a cost with the currency at its end; None where it is no id of the prefix."""
    match = re.fullmatch(rf"{DOMAIN}:{re.escape(prefix)}_(\d+)_([a-z]\w*)", id_of_statistic)
    return None if match is None else (int(match[1]), match[2])


def key_of(prefix: str, id_of_statistic: str) -> str:
    """Return the key in an id of the prefix; none where it is no such id."""
    parsed = parsed_id(prefix, id_of_statistic)
    return "" if parsed is None else parsed[1]


def series_of(
    options: AccountOptions, points: Iterable[Point], *, prefix: str, names: Mapping[str, str]
) -> tuple[HistorySeries, ...]:
    """Return the series of the chosen points under the options of an entry; `names` are texts by catalogue key."""
    by_utility = {utility: row for row in reversed(options.measurements) if (utility := utility_of(row)) is not None}
    # What the hours share a cost by: the first measurement where several would do.
    shares = {key: by_utility[group] for key, group in COSTS.items() if group in by_utility} | _SHARES
    return tuple(one for point in points for one in _series_of_point(point, options, shares, prefix, names))


def _name(point: Point, what: str) -> str:
    """Return the name of a statistic, in which a long name of the point leaves room for what is measured."""
    what = readable(what)[:_LONGEST_NAME]
    return f"{point.name[: max(0, _LONGEST_NAME - len(what) - 1)]} {what}".strip()


def _series_of_point(
    point: Point, options: AccountOptions, shares: Mapping[str, Measurement], prefix: str, names: Mapping[str, str]
) -> Iterator[HistorySeries]:
    for row in options.measurements:
        yield HistorySeries(
            statistic_id=statistic_id(prefix, point.id, row.key),
            point_id=point.id,
            point_code=point.code,
            key=row.key,
            has_sum=row.kind is Kind.SUM,
            unit=row.unit,
            name=_name(point, row.name or names.get(row.key, row.key)),
            measurement=row,
        )
    for key in options.costs:
        share = shares.get(key)
        yield HistorySeries(
            statistic_id=cost_statistic_id(prefix, point.id, key, options.currency),
            point_id=point.id,
            point_code=point.code,
            key=key,
            has_sum=True,
            unit=options.currency,
            name=_name(point, names.get(key, key)),
            measurement=share,
            cost_group=COSTS[key],
            shared_by=statistic_id(prefix, point.id, share.key) if share and share in options.measurements else None,
        )


class HistoryUnavailableError(HomeAssistantError):
    """The recorder does not take statistics now: it migrates its database, is stopped, or took too long."""


class HistoryMistakenError(HomeAssistantError):
    """What the platform says is odd for most points: no meter's fault but a wrong assumption, so nothing is written."""


@dataclass(frozen=True, slots=True)
class SeriesResult:
    """What became of one series: hours compared with the platform, written, and removed.

    `moved` is the sum of the absolute changes of all hours, in the series' unit; 0 for levels, which have no amount.
    In a dry run the figures say what would be done.
    """

    hours_checked: int = 0
    hours_written: int = 0
    hours_removed: int = 0
    moved: float = 0.0

    def __add__(self, other: SeriesResult) -> SeriesResult:
        """Return both together."""
        return SeriesResult(*map(add, astuple(self), astuple(other), strict=True))


type Results = dict[str, SeriesResult]
"""Statistic id -> what became of it."""


def add_results(into: Results, more: Results) -> None:
    """Add the figures of `more` to those of `into`, series by series."""
    for key, result in more.items():
        into[key] = into.get(key, SeriesResult()) + result
