"""What of an account the Energy dashboard can show, and where it belongs there; pure.

The topmost chosen meter of its kind is a source, the meters below it are parts of it. Preferences are the Energy
dashboard's, as Home Assistant stores them: lists of records under the names of `Section`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from custom_components.reengen.api import Point, PointTree
from custom_components.reengen.const import KEEP_CHILDREN
from custom_components.reengen.history import cost_statistic_id, statistic_id

from .energy_details import NAME, Rates, distinct_names, free_rates, live_device, live_source
from .energy_roles import COST_ROLES, FAMILIES, Family, Preferences, Record, Role, Section


class Reason(StrEnum):
    """Why a statistic is not added."""

    ALREADY_THERE = "already_there"
    WAITING = "waiting"
    NOT_MEASURED = "not_measured"
    PART_IS_SOURCE = "part_is_source"
    INSIDE_SOURCE = "inside_source"
    HOLDS_CHILDREN = "holds_children"
    NOT_A_SOURCE = "not_a_source"
    SOURCE_UNCHANGED = "source_unchanged"
    OTHER_CURRENCY = "other_currency"


# A whole-house meter (Home Assistant 2026.11) enters no other figure, so what it names may be a source as well.
NOT_COUNTED: Final = "home"


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Addition:
    """A record to append."""

    section: Section
    point: Point
    record: Record


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A statistic that is not added."""

    statistic_id: str
    point: Point
    key: str
    reason: Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class DashboardPlan:
    """What to append, in this order, and what not."""

    added: tuple[Addition, ...]
    left_out: tuple[LeftOut, ...]

    def records(self, section: Section) -> list[dict[str, Any]]:
        """Return what to append to one list of the preferences."""
        return [dict(addition.record) for addition in self.added if addition.section is section]


def holding_children(account: Account, home: Home) -> frozenset[str]:
    """Return the statistics in whose place the user counts those of the points below, all of which are chosen."""
    if account.kept != KEEP_CHILDREN:
        return frozenset()
    chosen = {point.id for point in account.chosen}
    return frozenset(
        account.statistic_id(point, role)
        for role in FAMILIES.keys() & account.keys.keys()
        for point in account.chosen
        if (below := account.tree.children(point))
        and chosen.issuperset(child.id for child in below)
        and any(home.may_have(account.statistic_id(child, role)) for child in below)
    )


def plan_dashboard(account: Account, home: Home) -> DashboardPlan:
    """Return what to append to the preferences; what was appended is not planned again."""
    return _Planner(account, home).plan()


class _Dashboard:
    """What the preferences name, as statistics: a sensor stands for the statistic of the same meter."""

    def __init__(self, home: Home) -> None:
        self._sensors = home.sensors
        counted = [each for each in home.preferences.get(Section.SOURCES, ()) if each.get("type") != NOT_COUNTED]
        self.sources = {self._statistic(each.get("stat_energy_from")) for each in counted}
        self.devices: dict[Section, dict[str, str]] = {}
        self._included: dict[Section, dict[str, str]] = {}
        self.used = {name for each in counted for name in self._named(each)}
        for section in (Section.DEVICES, Section.WATER_DEVICES):
            self.devices[section], self._included[section] = {}, {}
            for record in home.preferences.get(section, ()):
                self.used |= set(self._named(record))
                self.add_device(section, record)

    def add_device(self, section: Section, record: Record) -> None:
        """Take note of a device; later ones may be included in it."""
        device = record["stat_consumption"]
        self.devices[section][self._statistic(device)] = device
        if above := record.get("included_in_stat"):
            self._included[section][device] = above

    def is_within(self, section: Section, device: str, whole: str) -> bool:
        """Return whether the device is included in the whole, or is it."""
        passed: set[str] = set()
        current: str | None = device
        while current is not None and current not in passed:
            if self._statistic(current) == whole:
                return True
            passed.add(current)
            current = self._included[section].get(current)
        return False

    def _statistic(self, name: Any) -> str:
        return self._sensors.get(name, name)

    def _named(self, record: Record) -> Iterator[str]:
        for field, value in record.items():
            if field.startswith("stat_") and isinstance(value, str):
                yield self._statistic(value)


class _Planner:
    """One pass over the chosen points, family by family."""

    def __init__(self, account: Account, home: Home) -> None:
        self._account = account
        self._home = home
        self._dashboard = _Dashboard(home)
        self._chosen_ids = {point.id for point in account.chosen}
        self._names = distinct_names(account.tree, account.chosen)
        self._free_rates = free_rates(home.rates, home.preferences.get(Section.SOURCES, ()))
        self._holding = holding_children(account, home)
        self._added: list[Addition] = []
        self._left_out: list[LeftOut] = []

    def plan(self) -> DashboardPlan:
        for role, family in FAMILIES.items():
            outcomes = {point.id: self._place(point, role, family) for point in self._measuring(role)}
            for companion in family.companions:
                for point in self._measuring(companion):
                    reason = self._why_not_named(point, companion, outcomes.get(point.id), role)
                    self._leave_out(point, companion, reason)
        return DashboardPlan(added=tuple(self._added), left_out=tuple(self._left_out))

    def _measuring(self, role: Role) -> Sequence[Point]:
        return self._account.chosen if role in self._account.keys else ()

    def _place(self, point: Point, role: Role, family: Family) -> Section | Reason:
        """Add the meter where it belongs; return there, or why not."""
        outcome = self._outcome(point, role, family)
        if isinstance(outcome, Reason):
            self._leave_out(point, role, outcome)
        elif outcome is Section.SOURCES:
            self._add_source(point, role, family)
        else:
            self._add_device(point, role, outcome)
        return outcome

    def _outcome(self, point: Point, role: Role, family: Family) -> Section | Reason:
        if (reason := self._why_not_new(point, role)) is not None:
            return reason
        above, below = self._counted_above(point, role), self._account.tree.descendants(point)
        if any(self._is_awaited(each, role) for each in above):
            return Reason.WAITING
        if any(self._has(each, role) for each in above):
            return family.parts or Reason.INSIDE_SOURCE
        if any(self._is_awaited(point, companion) for companion in family.companions):
            return Reason.WAITING
        if any(self._account.statistic_id(each, role) in self._dashboard.sources for each in below):
            return Reason.PART_IS_SOURCE
        return Section.SOURCES

    def _counted_above(self, point: Point, role: Role) -> list[Point]:
        """Return the points above, but those that are left out because they hold the ones below."""
        left_out, account = self._holding - self._dashboard.used, self._account
        return [each for each in account.tree.ancestors(point) if account.statistic_id(each, role) not in left_out]

    def _why_not_new(self, point: Point, role: Role) -> Reason | None:
        wanted = self._account.statistic_id(point, role)
        if wanted in self._dashboard.used or wanted in self._home.removed:
            return Reason.ALREADY_THERE
        if wanted in self._holding:
            return Reason.HOLDS_CHILDREN
        if wanted in self._home.existing:
            return None
        return Reason.WAITING if self._home.may_have(wanted) else Reason.NOT_MEASURED

    def _why_not_named(
        self, point: Point, companion: Role, outcome: Section | Reason | None, role: Role
    ) -> Reason | None:
        """Return why a new source does not name what goes with it, or None if it does."""
        reason = self._why_not_new(point, companion)
        if reason is Reason.ALREADY_THERE or reason is Reason.NOT_MEASURED:
            return reason
        if not self._is_in_currency(companion):
            return Reason.OTHER_CURRENCY
        if outcome is Reason.WAITING or reason is Reason.WAITING:
            return Reason.WAITING
        if outcome is Section.SOURCES:
            return None
        if outcome is Reason.ALREADY_THERE and self._account.statistic_id(point, role) in self._dashboard.sources:
            return Reason.SOURCE_UNCHANGED
        return Reason.NOT_A_SOURCE

    def _add_source(self, point: Point, role: Role, family: Family) -> None:
        record = {**family.record, "stat_energy_from": self._account.statistic_id(point, role)}
        for companion, field in family.companions.items():
            if companion in self._account.keys and self._why_not_named(point, companion, Section.SOURCES, role) is None:
                record[field] = self._account.statistic_id(point, companion)
        record |= {NAME: self._names[point.id], **live_source(role, self._account.keys, self._free_rates, point)}
        self._added.append(Addition(section=Section.SOURCES, point=point, record=record))

    def _add_device(self, point: Point, role: Role, section: Section) -> None:
        device = self._account.statistic_id(point, role)
        live = live_device(role, self._account.keys, self._home.rates, point)
        record = {"stat_consumption": device, NAME: self._names[point.id], **live}
        devices = self._dashboard.devices[section]
        above = (self._account.statistic_id(each, role) for each in self._account.tree.ancestors(point))
        whole = next((devices[each] for each in above if each in devices), None)
        # By a record of the user's the whole may be included in the device: then the device would include itself,
        # which the frontend does not expect.
        if whole is not None and not self._dashboard.is_within(section, whole, device):
            record["included_in_stat"] = whole
        self._dashboard.add_device(section, record)
        self._added.append(Addition(section=section, point=point, record=record))

    def _leave_out(self, point: Point, role: Role, reason: Reason | None) -> None:
        if reason is not None:
            self._left_out.append(
                LeftOut(
                    statistic_id=self._account.statistic_id(point, role),
                    point=point,
                    key=self._account.keys[role],
                    reason=reason,
                )
            )

    def _has(self, point: Point, role: Role) -> bool:
        """Return whether the point is known to measure this; the dashboard may name points that are chosen no more."""
        wanted = self._account.statistic_id(point, role)
        return wanted in self._dashboard.used or (point.id in self._chosen_ids and wanted in self._home.existing)

    def _is_awaited(self, point: Point, role: Role) -> bool:
        """Return whether the point may turn out to measure this."""
        return (
            role in self._account.keys
            and point.id in self._chosen_ids
            and self._is_in_currency(role)
            and self._why_not_new(point, role) is Reason.WAITING
        )

    def _is_in_currency(self, role: Role) -> bool:
        """Return whether the dashboard would name the right currency: it knows only Home Assistant's."""
        return role not in COST_ROLES.values() or self._account.currency == self._home.currency
