"""The cost of a period, spread over its hours so that the hours add up to it exactly; pure."""

from collections.abc import Collection, Iterable, Mapping
import math
from typing import Final

# Costs are asked for with six decimals; in whole millionths nothing is lost in adding.
_PER_UNIT: Final = 1_000_000

# Millionths that the share of an hour may be off by, since it is rounded before and after.
_MOST_ROUNDED: Final = 2

# Where hours of both signs leave less than this part of what they hold without their signs, no price can be told.
_LEAST_PART: Final = 1e-3


def _millionths(cost: float) -> int:
    return round(cost * _PER_UNIT)


def has_shares(energies: Collection[float]) -> bool:
    """Return whether energies add up to something that each of them can be a share of."""
    return abs(math.fsum(energies)) > _LEAST_PART * math.fsum(map(abs, energies))


def spread(total: float, energies: Mapping[int, float]) -> dict[int, float]:
    """Return the cost of each hour (starts in epoch seconds): its share of the energy, with its sign.

    Where the hours hold no energy, or cancel each other, all cost the same, as a standing charge does.
    """
    hours = sorted(energies)
    if not has_shares(energies.values()):
        energies = dict.fromkeys(hours, 1.0)
    whole = math.fsum(energies.values())
    millionths = _millionths(total)
    result: dict[int, float] = {}
    reached, given = 0.0, 0
    for start in hours:
        reached += energies[start]
        upto = millionths if start == hours[-1] else round(millionths * (reached / whole))
        result[start] = (upto - given) / _PER_UNIT
        given = upto
    return result


def cost_hours(total: float, stored: Mapping[int, float], energies: Mapping[int, float]) -> dict[int, float]:
    """Return what the hours of a period cost; the stored ones where the total does not hold the new hours yet.

    A platform may publish costs later than energy: until then the newest hours with energy have no cost. It is not the
    same as a cost of zero. An hour before one that has a cost does not wait: its energy came late, or was written anew.
    """
    if not energies or not (stored or total):
        return dict(stored)
    new = {start: energy for start, energy in energies.items() if energy and start not in stored}
    are_newest = bool(stored) and has_shares(new.values()) and min(new) > max(stored)
    is_pending = are_newest and is_settled(total, stored) and is_spread(stored, energies)
    return dict(stored) if is_pending else spread(total, energies)


def is_spread(stored: Mapping[int, float], energies: Mapping[int, float]) -> bool:
    """Return whether the stored hours of a period are shares of its energy as it is now; hours without cost aside."""
    wanted = spread(math.fsum(stored.values()), {start: energies.get(start, 0.0) for start in stored})
    return all(abs(_millionths(stored[start]) - _millionths(cost)) <= _MOST_ROUNDED for start, cost in wanted.items())


def is_settled(total: float, stored: Mapping[int, float], rounded: int = 0) -> bool:
    """Return whether stored hours add up to a total, but for so many millionths.

    The platform rounds the total, and each part of which the hours were made, by itself.
    """
    return abs(_millionths(total) - sum(map(_millionths, stored.values()))) <= rounded


def due_days(
    days: Iterable[range], stored: Mapping[int, float], energies: Mapping[int, float] | None, *, is_known: bool
) -> set[int]:
    """Return the starts of the days (their hours) that are to be settled whatever the total of all of them says.

    Their hours are no shares of the stored energy (None where it is not stored); or the total is not known, which may
    hide days that are, and nothing is stored of them.
    """
    due: set[int] = set()
    for hours in days:
        mine = {hour: stored[hour] for hour in hours if hour in stored}
        is_pending = not mine and not is_known
        if is_pending or (mine and energies is not None and not is_spread(mine, energies)):
            due.add(hours.start)
    return due
