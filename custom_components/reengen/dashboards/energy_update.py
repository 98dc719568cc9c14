"""Which records of the Energy dashboard an earlier version wrote, and what they lack: names and live power; pure."""

from collections.abc import Mapping
from typing import Any

from custom_components.reengen.api import Point

from .energy_account import Account, Home
from .energy_details import NAME, POWER_CONFIG, RATE, Details
from .energy_plan import Change
from .energy_roles import FAMILIES, MEASURED, Record, Role, Section

type _Allowed = Mapping[str, tuple[Any, ...]]
"""Field of a record -> what an earlier version may have written there; None stands for nothing."""


def plan_update(account: Account, home: Home) -> tuple[Change, ...]:
    """Return the records that are as an earlier version would have written them, with the details that they lack."""
    changes: list[Change] = []
    details = Details(account, home)
    meters = {account.statistic_id(point, role): (point, role) for point, role in account.meters()}
    for section in Section:
        for position, record in enumerate(home.records(section)):
            if (meter := meters.get(record.get(MEASURED[section], ""))) is None:
                continue
            point, role = meter
            if section is Section.SOURCES:
                lacking = details.of_source(point, role)
                allowed = _source(account, point, role, lacking)
            elif section is FAMILIES[role].parts:
                lacking = details.of_device(point, role)
                allowed = _device(account, point, role, lacking)
            else:
                continue
            updated = {**record, **lacking}
            if updated != record and _is_unchanged(record, allowed):
                changes.append(Change(section=section, position=position, record=updated))
    return tuple(changes)


def _is_unchanged(record: Record, allowed: _Allowed) -> bool:
    """Return whether the user has changed nothing of a record of ours."""
    # What follows from the configuration of the power, Home Assistant writes beside it.
    fields = record.keys() - ({RATE} if POWER_CONFIG in record else ())
    return fields <= allowed.keys() and all(record.get(field) in values for field, values in allowed.items())


def _source(account: Account, point: Point, role: Role, details: Record) -> _Allowed:
    family = FAMILIES[role]
    return {
        **{field: (value,) for field, value in family.record.items()},
        MEASURED[Section.SOURCES]: (account.statistic_id(point, role),),
        **{
            field: (None, account.statistic_id(point, companion))
            for companion, field in family.companions.items()
            if companion in account.keys
        },
        **{field: (None, value) for field, value in details.items()},
    }


def _device(account: Account, point: Point, role: Role, details: Record) -> _Allowed:
    return {
        MEASURED[Section.DEVICES]: (account.statistic_id(point, role),),
        "included_in_stat": (None, *(account.statistic_id(each, role) for each in account.tree.ancestors(point))),
        **{field: (None, value) for field, value in details.items()},
        NAME: (point.name, details[NAME]),
    }
