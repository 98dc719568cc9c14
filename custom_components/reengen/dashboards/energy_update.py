"""Which records of the Energy dashboard an earlier version wrote, and what they lack: names and live power; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from custom_components.reengen.api import Point

from .energy_details import NAME, POWER_CONFIG, RATE, distinct_names, free_rates, live_device, live_source
from .energy_plan import Account, Home
from .energy_roles import FAMILIES, MEASURED, Family, Record, Role, Section

type _Allowed = Mapping[str, tuple[Any, ...]]
"""Field of a record -> what an earlier version may have written there; None stands for nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """The record that takes the place of the one at this position of a list."""

    section: Section
    position: int
    record: Record


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ours:
    """A record of ours: what it holds if the user has not changed it, and what this version writes beside."""

    allowed: _Allowed
    details: Record

    def updated(self, record: Record) -> Record | None:
        """Return the record with the details, None where the user has changed it or nothing is lacking."""
        # What follows from the configuration of the power, Home Assistant writes beside it.
        fields = record.keys() - ({RATE} if POWER_CONFIG in record else ())
        if not fields <= self.allowed.keys():
            return None
        if any(record.get(field) not in values for field, values in self.allowed.items()):
            return None
        updated = {**record, **self.details}
        return None if updated == record else updated


def plan_update(account: Account, home: Home) -> tuple[Change, ...]:
    """Return the records that are as an earlier version would have written them, with the details that they lack."""
    ours = dict(_ours(account, home))
    return tuple(
        Change(section=section, position=position, record=updated)
        for section in Section
        for position, record in enumerate(home.preferences.get(section, ()))
        if (mine := ours.get((section, record.get(MEASURED[section])))) and (updated := mine.updated(record))
    )


def _ours(account: Account, home: Home) -> Iterator[tuple[tuple[Section, Any], _Ours]]:
    """Yield what the record of each chosen point would be, by its list and the statistic that it is about."""
    names = distinct_names(account.tree, account.chosen)
    free = free_rates(home.rates, home.preferences.get(Section.SOURCES, ()))
    for role, family in FAMILIES.items():
        for point in account.chosen if role in account.keys else ():
            statistic = account.statistic_id(point, role)
            details = {NAME: names[point.id], **live_source(role, account.keys, free, point)}
            yield (Section.SOURCES, statistic), _source(account, point, role, family, details)
            if family.parts is not None:
                details = {NAME: names[point.id], **live_device(role, account.keys, home.rates, point)}
                yield (family.parts, statistic), _device(account, point, role, details)


def _source(account: Account, point: Point, role: Role, family: Family, details: Record) -> _Ours:
    companions = {
        field: (None, account.statistic_id(point, companion))
        for companion, field in family.companions.items()
        if companion in account.keys
    }
    allowed = {
        **{field: (value,) for field, value in family.record.items()},
        MEASURED[Section.SOURCES]: (account.statistic_id(point, role),),
        **companions,
        **{field: (None, value) for field, value in details.items()},
    }
    return _Ours(allowed=allowed, details=details)


def _device(account: Account, point: Point, role: Role, details: Record) -> _Ours:
    above = (account.statistic_id(each, role) for each in account.tree.ancestors(point))
    allowed = {
        MEASURED[Section.DEVICES]: (account.statistic_id(point, role),),
        "included_in_stat": (None, *above),
        **{field: (None, value) for field, value in details.items()},
        NAME: (point.name, details[NAME]),
    }
    return _Ours(allowed=allowed, details=details)
