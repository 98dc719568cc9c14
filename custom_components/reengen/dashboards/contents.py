"""What there is to show of an account; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Final

from custom_components.reengen.api import Resolution, floor_to_bucket, next_bucket

from .cards import ShownEntity

_WEEK: Final = timedelta(weeks=1)

type Period = tuple[datetime, datetime]
"""Start (UTC), and end, which is behind the period."""

type Figures = Mapping[tuple[int, str], float]
"""Id of a point and key -> what it came to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PointPanel:
    """What there is to show of a point: entities by key, statistics by catalogue key; `above` is None at the top.

    `path` is the address of its view; `names` are those of all its entities by key, also of disabled ones.
    """

    point_id: int
    name: str
    path: str
    above: int | None
    entities: Mapping[str, ShownEntity]
    statistics: Mapping[str, ShownEntity]
    names: Mapping[str, str]

    @property
    def has_any(self) -> bool:
        """Tell whether there is anything to show."""
        return bool(self.entities or self.statistics)

    def shown(self, keys: Iterable[str]) -> list[ShownEntity]:
        """Return the entities with these keys that can be shown."""
        return [self.entities[key] for key in keys if key in self.entities]

    def entity_id(self, key: str) -> str | None:
        """Return the id of an entity, None where the point has none that can be shown."""
        return None if (shown := self.entities.get(key)) is None else shown.entity_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What is shown of each point, in order: what adds up (catalogue key -> unit), costs among it, then levels.

    `limits` are those of ratios in percent, by the key of the ratio's sensor; `texts` are headings by their key.
    `curve_zone` is the account's time zone where pages know the card of the day's curve, else None.
    `late` is the sensor that names the points with late data. By point and catalogue key, `last_month` has what the last
    month came to at the topmost points, in kWh and the currency, and `same_day` the energy of the same day of the week before,
    in kWh. `figures` has forecasts, base loads and ratios by point and key, in kWh, kW, the currency and percent: their sensors
    are off by default. `near_percent` is the share of the contracted power at which to warn, by point.
    """

    sums: Mapping[str, str]
    costs: Sequence[str]
    currency: str
    levels: Sequence[str]
    limits: Mapping[str, float]
    texts: Mapping[str, str]
    curve_zone: str | None = None
    late: ShownEntity | None = None
    last_month: Figures = field(default_factory=dict)
    same_day: Figures = field(default_factory=dict)
    figures: Figures = field(default_factory=dict)
    near_percent: Mapping[int, float] = field(default_factory=dict)

    def value(self, panel: PointPanel, key: str) -> str | float | None:
        """Return the sensor with a key, or its figure of the time when the dashboard was opened; None without both."""
        return panel.entity_id(key) or self.figures.get((panel.point_id, key))


def last_month(now: datetime, zone: tzinfo) -> Period:
    """Return the month before the one under way on the zone's clock."""
    end = floor_to_bucket(now, Resolution.MONTH, zone)
    return floor_to_bucket(end - timedelta(seconds=1), Resolution.MONTH, zone), end


def same_day(now: datetime, zone: tzinfo) -> Period:
    """Return the same day of the week before on the zone's clock."""
    start = floor_to_bucket(now.astimezone(zone) - _WEEK, Resolution.DAY, zone)
    return start, next_bucket(start, Resolution.DAY, zone)
