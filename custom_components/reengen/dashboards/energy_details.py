"""What a record of the Energy dashboard says beside its statistics: a name, and the sensors of what flows now; pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from custom_components.reengen.api import Point, PointTree

from .energy_account import Account, Home
from .energy_roles import Record, Role, Section

RATE: Final = "stat_rate"
POWER_CONFIG: Final = "power_config"
NAME: Final = "name"

# What a version of the dashboard may not know, and does without.
DETAILS: Final = frozenset({NAME, RATE, POWER_CONFIG})


def distinct_names(tree: PointTree, chosen: Sequence[Point]) -> dict[int, str]:
    """Return a name for each point, by its id: with the point above, or its code, where others have the same name."""
    names = {point.id: point.name for point in chosen}
    above = {point.id: parent.name for point in chosen if (parent := tree.parent(point)) is not None}
    codes = {point.id: point.code for point in chosen}
    for told in (above, codes):
        times = Counter(names.values())
        names |= {
            point.id: f"{point.name} ({told[point.id]})"
            for point in chosen
            if times[names[point.id]] > 1 and told.get(point.id)
        }
    return names


class Details:
    """What the records of an account say beside their statistics."""

    def __init__(self, account: Account, home: Home) -> None:
        """Name the points. A sensor that a source names is not free: the dashboard refuses two of the grid with the same."""
        named = {value for source in home.records(Section.SOURCES) for value in _rates(source)}
        self._names = distinct_names(account.tree, account.chosen)
        self._keys = account.keys
        self._rates = home.rates
        self._free = {key: entity_id for key, entity_id in home.rates.items() if entity_id not in named}

    def of_source(self, point: Point, role: Role) -> Record:
        """Return the name and the power or flow of a source; what flows back to the grid is taken off."""
        drawn, returned = (self._free.get((point.id, self._keys.get(each, ""))) for each in (role, Role.EXPORT))
        name = {NAME: self._names[point.id]}
        if drawn is None:
            return name
        if role is not Role.IMPORT:
            return {**name, RATE: drawn}
        if returned is None:
            return {**name, POWER_CONFIG: {RATE: drawn}}
        return {**name, POWER_CONFIG: {"stat_rate_from": drawn, "stat_rate_to": returned}}

    def of_device(self, point: Point, role: Role) -> Record:
        """Return the name and the power or flow of a device."""
        entity_id = self._rates.get((point.id, self._keys[role]))
        return {NAME: self._names[point.id], **({} if entity_id is None else {RATE: entity_id})}


def _rates(source: Record) -> Iterator[str]:
    for record in (source, source.get(POWER_CONFIG, {})):
        yield from (value for field, value in record.items() if field.startswith(RATE))
