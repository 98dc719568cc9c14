"""Which of the platform's points is which of Home Assistant's, also after a meter was replaced.

Devices, entities and statistics are known by the id that a point had when it was chosen. A point that was deleted and made
anew under its code has another id: where the user says that it goes on, that id stands for the first one from then on. A
point whose code was changed has the same id, and goes on by itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from custom_components.reengen.api import (
    CostResponse,
    CostSeries,
    CostTotal,
    MeasurementResponse,
    MeasurementSeries,
    Point,
    PointTree,
    ReadingSeries,
    ReengenClient,
    Resolution,
)

from .ids import code_of, point_id_of

_POINT_ID: Final = "point_id"
_SINCE: Final = "since"


def known_codes(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[int, str | None]:
    """Return the code that each point with a device had when it was last listed, by its id, the newest device last."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {
        point_id: code_of(device)
        for device in sorted(devices, key=lambda device: device.created_at)
        if (point_id := point_id_of(entry, device)) is not None
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What became of points since their devices were made.

    `replaced`: id of a point that is new under a code -> id of the one that had the code before; `recoded`: a code that its
    point has no longer -> the code that the point has now.
    """

    replaced: Mapping[int, int]
    recoded: Mapping[str, str]


def changes(tree: PointTree, known: Mapping[int, str | None], before: PointTree) -> Changes:
    """Compare the tree with the points that have a device; where several had a code, the last of them counts.

    `before` is the tree as it was listed last: it tells points that exchange their codes from points that are new.
    """
    last = {code: point_id for point_id, code in known.items() if code is not None}
    recoded = {
        code: point.code
        for code, point_id in last.items()
        if (point := tree.by_id(point_id)) is not None
        and point.code != code
        and ((holder := tree.by_code(code)) is None or _have_exchanged(before, point, holder))
    }
    return Changes(
        replaced={
            point.id: last[point.code]
            for point in tree.points
            if point.id not in known and point.code in last and point.code not in recoded
        },
        recoded=recoded,
    )


def _have_exchanged(before: PointTree, point: Point, holder: Point) -> bool:
    """Return whether the point had the holder's code until now, and got one that was there before: neither is new."""
    had = before.by_id(point.id)
    return (
        had is not None
        and had.code == holder.code
        and before.by_id(holder.id) is not None
        and before.by_code(point.code) is not None
    )


@dataclass(frozen=True, kw_only=True)
class Identities:
    """The ids that stand for others: of the platform -> of Home Assistant; `since` by the latter, in epoch seconds.

    What a replaced meter has measured ends at `since`: before it the platform has nothing to say any more.
    """

    ids: Mapping[int, int] = field(default_factory=dict)
    since: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Mapping[str, Mapping[str, Any]]) -> Self:
        """Read them from what the options of an account have."""
        return cls(
            ids={int(new): each[_POINT_ID] for new, each in stored.items()},
            since={each[_POINT_ID]: each[_SINCE] for each in stored.values()},
        )

    def home_id(self, platform_id: int) -> int:
        """Return the id by which Home Assistant knows a point of the platform.

        No two points share one: should the platform give the id of a replaced point to another one, that one has an id
        in Home Assistant which no point of the platform has there.
        """
        if platform_id in self.ids:
            return self.ids[platform_id]
        taken_by = {home: platform for platform, home in self.ids.items()}
        while platform_id in taken_by:
            platform_id = taken_by[platform_id]
        return platform_id

    def tree(self, tree: PointTree) -> PointTree:
        """Return the tree with the ids that Home Assistant has."""
        if not self.ids:
            return tree
        return PointTree(replace(point, id=self.home_id(point.id)) for point in tree.points)

    def is_past(self, point_id: int, start: datetime) -> bool:
        """Return whether what begins then was measured by a meter that has been replaced."""
        return start.timestamp() < self.since.get(point_id, 0)


def replaced_points(
    stored: Mapping[str, Mapping[str, Any]], new_id: int, old_id: int, since: int
) -> dict[str, Mapping[str, Any]]:
    """Return what is stored once the point with the new id, the platform's, goes on with what Home Assistant has of the old.

    What stood for the old one does so no longer. The platform may give back an id that was replaced before: then it stands
    for itself.
    """
    kept = {new: each for new, each in stored.items() if each[_POINT_ID] != old_id}
    return {**kept, str(new_id): {_POINT_ID: old_id, _SINCE: since}}


class HomeClient:
    """Readings and costs of a client, under the ids that Home Assistant knows points by.

    With `only_new` nothing is in them that begins before a point was replaced. Oddities keep the platform's ids.
    Arguments and errors are those of the client.
    """

    def __init__(self, client: ReengenClient, identities: Identities, *, only_new: bool = False) -> None:
        """Ask through the client."""
        self._client = client
        self._identities = identities
        self._only_new = only_new
        self.time_zone = client.time_zone
        self.adaptations = client.adaptations

    def in_background(self) -> HomeClient:
        """Return the same for what nobody waits for."""
        return HomeClient(self._client.in_background(), self._identities, only_new=self._only_new)

    async def get_data(
        self,
        series: Sequence[MeasurementSeries],
        *,
        points: Sequence[str],
        start: datetime,
        end: datetime,
        resolution: Resolution,
    ) -> MeasurementResponse:
        """Return aggregated readings."""
        response = await self._client.get_data(series, points=points, start=start, end=end, resolution=resolution)
        if not self._identities.ids:
            return response
        return replace(response, series=tuple(found and self._readings(found) for found in response.series))

    def _readings(self, found: ReadingSeries) -> ReadingSeries:
        ids = {each: self._identities.home_id(each) for each in {*found.point_ids}}
        if self._only_new:
            columns = zip(found.bucket_starts, found.point_ids, strict=True)
            is_past = self._identities.is_past
            found = found.at([at for at, (start, each) in enumerate(columns) if not is_past(ids[each], start)])
        unknown = frozenset((start, each and self._identities.home_id(each)) for start, each in found.unknown)
        return ReadingSeries.in_order(
            found.bucket_starts, [ids[each] for each in found.point_ids], found.values, unknown
        )

    async def get_cost(
        self, series: Sequence[CostSeries], *, points: Sequence[str], start: datetime, end: datetime
    ) -> CostResponse:
        """Return what the range as a whole cost."""
        response = await self._client.get_cost(series, points=points, start=start, end=end)
        if not self._identities.ids:
            return response
        return replace(response, series=tuple(found and tuple(self._totals(found, start)) for found in response.series))

    def _totals(self, found: Iterable[CostTotal], start: datetime) -> Iterator[CostTotal]:
        for total in found:
            point_id = self._identities.home_id(total.point_id)
            if not (self._only_new and self._identities.is_past(point_id, start)):
                yield replace(total, point_id=point_id)
