"""What can be shown on the Energy dashboard: the chosen points of an account, and what Home Assistant has of them; pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from custom_components.reengen.api import Point, PointTree
from custom_components.reengen.const import KEEP_CHILDREN
from custom_components.reengen.history import cost_statistic_id, statistic_id

from .energy_roles import COST_ROLES, FAMILIES, Preferences, Record, Role, Section

type Rates = Mapping[tuple[int, str], str]
"""Id of a point and key of what it measures -> the entity that shows its power or flow."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The chosen points (parents first), and the catalogue key of each role that is chosen of them.

    `kept` is KEEP_CHILDREN where the user counts the points below in place of those that hold them.
    """

    tree: PointTree
    chosen: Sequence[Point]
    keys: Mapping[Role, str]
    prefix: str
    currency: str
    kept: str | None = None

    def statistic_id(self, point: Point, role: Role) -> str:
        """Return the statistic of the point in this role, whether it exists or not."""
        key = self.keys[role]
        if role in COST_ROLES.values():
            return cost_statistic_id(self.prefix, point.id, key, self.currency)
        return statistic_id(self.prefix, point.id, key)

    def meters(self) -> Iterable[tuple[Point, Role]]:
        """Return the chosen points in each role in which one may be a source, or a part of one."""
        return product(self.chosen, FAMILIES.keys() & self.keys.keys())


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """What there is in Home Assistant.

    `awaited` are the statistics that may still come: another one that does not exist is not measured; None where nobody
    knows yet. `sensors` are entities that show the same as a statistic, entity id -> statistic id: where the dashboard
    names the entity, the statistic is not added. `removed` are statistics that the user has taken out of the dashboard.
    """

    preferences: Preferences
    existing: Collection[str]
    awaited: Collection[str] | None
    currency: str
    sensors: Mapping[str, str]
    rates: Rates
    removed: Collection[str] = ()

    def may_have(self, statistic: str) -> bool:
        """Return whether the statistic exists, or may exist later."""
        return statistic in self.existing or self.awaited is None or statistic in self.awaited

    def records(self, section: Section) -> Sequence[Record]:
        """Return one list of the preferences."""
        return self.preferences.get(section, ())

    def statistic(self, name: Any) -> Any:
        """Return what a record names as a statistic: a sensor stands for the statistic of the same meter."""
        return self.sensors.get(name, name)


def holding_children(account: Account, home: Home) -> frozenset[str]:
    """Return the statistics in whose place the user counts those of the points below, all of which are chosen."""
    if account.kept != KEEP_CHILDREN:
        return frozenset()
    chosen = {point.id for point in account.chosen}
    return frozenset(
        account.statistic_id(point, role)
        for point, role in account.meters()
        if (below := account.tree.children(point))
        and chosen.issuperset(child.id for child in below)
        and any(home.may_have(account.statistic_id(child, role)) for child in below)
    )
