"""What a record of the Energy dashboard says beside its statistics: a name, and the sensors of what flows now; pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from custom_components.reengen.api import Point, PointTree

from .energy_roles import Record, Role

type Rates = Mapping[tuple[int, str], str]
"""Id of a point and key of what it measures -> the entity that shows its power or flow."""

RATE: Final = "stat_rate"
POWER_CONFIG: Final = "power_config"
NAME: Final = "name"

# What a version of the dashboard may not know, and does without.
DETAILS: Final = frozenset({NAME, RATE, POWER_CONFIG})


def distinct_names(tree: PointTree, chosen: Sequence[Point]) -> dict[int, str]:
    """Return a name for each point, by its id: with the point above, or its code, where others have the same name."""
    names = {point.id: point.name for point in chosen}
    for told_by in (_above, _code):
        times = Counter(names.values())
        names |= {
            point.id: f"{point.name} ({told})"
            for point in chosen
            if times[names[point.id]] > 1 and (told := told_by(tree, point))
        }
    return names


def _above(tree: PointTree, point: Point) -> str | None:
    above = tree.parent(point)
    return None if above is None else above.name


def _code(_: PointTree, point: Point) -> str:
    return point.code


def live_source(role: Role, keys: Mapping[Role, str], rates: Rates, point: Point) -> Record:
    """Return the fields of a source that name its power or flow; what flows back to the grid is taken off."""
    drawn, returned = (rates.get((point.id, keys.get(each, ""))) for each in (role, Role.EXPORT))
    if drawn is None:
        return {}
    if role is not Role.IMPORT:
        return {RATE: drawn}
    if returned is None:
        return {POWER_CONFIG: {RATE: drawn}}
    return {POWER_CONFIG: {"stat_rate_from": drawn, "stat_rate_to": returned}}


def live_device(role: Role, keys: Mapping[Role, str], rates: Rates, point: Point) -> Record:
    """Return the field of a device that names its power or flow."""
    entity_id = rates.get((point.id, keys[role]))
    return {} if entity_id is None else {RATE: entity_id}


def free_rates(rates: Rates, sources: Iterable[Record]) -> Rates:
    """Return the sensors that no source names yet: the dashboard refuses two sources of the grid with the same one."""
    named = {
        value for source in sources for record in (source, source.get(POWER_CONFIG, {})) for value in _rates(record)
    }
    return {key: entity_id for key, entity_id in rates.items() if entity_id not in named}


def _rates(record: Record) -> Iterator[str]:
    return (value for field, value in record.items() if field.startswith(RATE))
