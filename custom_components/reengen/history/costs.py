"""The cost of a period, spread over its hours so that the hours add up to it exactly; pure."""

from collections.abc import Mapping, Sequence
from typing import Final

# Costs are asked for with six decimals; in whole millionths nothing is lost in adding.
_PER_UNIT: Final = 1_000_000


def spread(total: float, hours: Sequence[int], energies: Mapping[int, float]) -> dict[int, float]:
    """Return the cost of each hour (starts in epoch seconds): by its share of the energy.

    Without any energy all hours cost the same, as a standing charge does; hours of negative energy take no share.
    """
    shares = [max(0.0, energies.get(start, 0.0)) for start in hours]
    whole = sum(shares)
    if not whole:
        shares, whole = [1.0] * len(hours), float(len(hours))
    millionths = round(total * _PER_UNIT)
    result: dict[int, float] = {}
    reached = given = 0.0
    for start, share in zip(hours, shares, strict=True):
        reached += share
        upto = round(millionths * (reached / whole))
        result[start] = (upto - given) / _PER_UNIT
        given = upto
    result[hours[-1]] = round(result[hours[-1]] * _PER_UNIT + millionths - given) / _PER_UNIT
    return result


def settle_rest(total: float, stored: Mapping[int, float]) -> dict[int, float]:
    """Return the stored hours with the rounding rest to the total put into the dearest one."""
    rest = round(total * _PER_UNIT) - sum(round(cost * _PER_UNIT) for cost in stored.values())
    if not rest:
        return dict(stored)
    dearest = max(stored, key=lambda start: (abs(stored[start]), start))
    return {**stored, dearest: round(stored[dearest] * _PER_UNIT + rest) / _PER_UNIT}


def cost_hours(
    total: float,
    hours: Sequence[int],
    stored: Mapping[int, float],
    energies: Mapping[int, float],
    *,
    anew: bool = False,
) -> dict[int, float]:
    """Return the hours to write so that the stored hours of a period add up to its total; {} where they do.

    What is new since the last time is the cost of the hours that are new since then. Where that does not explain it,
    the tariff or the readings have changed and the whole period is spread anew; `anew` says that they have although
    the total is the same. Hours that have energy and would get nothing are not written: their cost is not published yet.
    """
    rest = round(total * _PER_UNIT) - sum(round(cost * _PER_UNIT) for cost in stored.values())
    if not rest and not (anew and stored):
        return {}
    new = [start for start in hours if start in energies and start not in stored]
    if not anew and stored and rest > 0 and any(energies[start] > 0 for start in new):
        return spread(rest / _PER_UNIT, new, energies)
    if not anew and stored and abs(rest) <= len(stored):
        return settle_rest(total, stored)
    return spread(total, [start for start in hours if start in energies or start in stored] or hours, energies)


def is_settled(total: float, stored: Mapping[int, float], parts: int) -> bool:
    """Return whether stored hours add up to a total of so many parts, each of which the platform rounds by itself."""
    return abs(round(total * _PER_UNIT) - sum(round(cost * _PER_UNIT) for cost in stored.values())) <= parts
