"""Which statistics an account has: their ids, units and names; pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
import re
from typing import Any, Final

from homeassistant.components.recorder.models import StatisticMeanType, StatisticMetaData
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import slugify

from custom_components.reengen.api import CostGroup, Point, readable
from custom_components.reengen.catalogue import COSTS, MEASUREMENTS, Kind, Measurement, chosen_measurements, utility_of
from custom_components.reengen.const import CONF_COSTS, DOMAIN
from custom_components.reengen.measured_units import unit_class

# Which energy these costs are spread by; the others are spread by what the user has added of their kind.
_SHARES: Final = {
    "active_energy_cost": MEASUREMENTS["active_energy_import"],
    "reactive_energy_cost": MEASUREMENTS["reactive_energy_import"],
}


# Characters that the recorder's column takes, on every database.
_LONGEST_NAME: Final = 255


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
    options: Mapping[str, Any], points: Iterable[Point], *, prefix: str, currency: str, names: Mapping[str, str]
) -> tuple[HistorySeries, ...]:
    """Return the series of the chosen points under the options of an entry; `names` are texts by catalogue key."""
    measurements = chosen_measurements(options)
    shares = _shares(measurements)
    costs = [key for key in options.get(CONF_COSTS, ()) if key in COSTS]
    return tuple(
        series
        for point in points
        for series in (
            *_measured(point, measurements, prefix, names),
            *_costs(point, costs, prefix, currency, names, shares, measurements),
        )
    )


def _shares(measurements: Iterable[Measurement]) -> dict[str, Measurement]:
    """Return what each cost is spread by; the first one where several would do."""
    by_utility = {utility: row for row in reversed([*measurements]) if (utility := utility_of(row)) is not None}
    return {key: by_utility[group] for key, group in COSTS.items() if group in by_utility} | _SHARES


def _name(point: Point, what: str) -> str:
    """Return the name of a statistic, in which a long name of the point leaves room for what is measured."""
    what = readable(what)[:_LONGEST_NAME]
    return f"{point.name[: max(0, _LONGEST_NAME - len(what) - 1)]} {what}".strip()


def _measured(
    point: Point, measurements: Iterable[Measurement], prefix: str, names: Mapping[str, str]
) -> Iterator[HistorySeries]:
    for row in measurements:
        yield HistorySeries(
            statistic_id=statistic_id(prefix, point.id, row.key),
            point_id=point.id,
            point_code=point.code,
            key=row.key,
            kind=HistoryKind.SUM if row.kind is Kind.SUM else HistoryKind.LEVEL,
            unit=row.unit,
            name=_name(point, row.name or names.get(row.key, row.key)),
            measurement=row,
        )


def _costs(  # noqa: PLR0917 - what all costs of an account have in common comes after what differs
    point: Point,
    keys: Sequence[str],
    prefix: str,
    currency: str,
    names: Mapping[str, str],
    shares: Mapping[str, Measurement],
    measurements: Collection[Measurement],
) -> Iterator[HistorySeries]:
    for key in keys:
        row = shares.get(key)
        yield HistorySeries(
            statistic_id=cost_statistic_id(prefix, point.id, key, currency),
            point_id=point.id,
            point_code=point.code,
            key=key,
            kind=HistoryKind.COST,
            unit=currency,
            name=_name(point, names.get(key, key)),
            measurement=row,
            shared_by=statistic_id(prefix, point.id, row.key) if row and row in measurements else None,
        )


class HistoryUnavailableError(HomeAssistantError):
    """The recorder does not take statistics now: it migrates its database, is stopped, or did not answer in time."""


class HistoryMistakenError(HomeAssistantError):
    """What the platform says is odd for most points: no meter's fault but a wrong assumption, so nothing is written."""


@dataclass(frozen=True, kw_only=True, slots=True)
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
        return SeriesResult(
            hours_checked=self.hours_checked + other.hours_checked,
            hours_written=self.hours_written + other.hours_written,
            hours_removed=self.hours_removed + other.hours_removed,
            moved=self.moved + other.moved,
        )


type Results = dict[str, SeriesResult]
"""Statistic id -> what became of it."""


def add_results(into: Results, more: Results) -> None:
    """Add the figures of `more` to those of `into`, series by series."""
    for statistic_id, result in more.items():
        into[statistic_id] = into.get(statistic_id, SeriesResult()) + result
