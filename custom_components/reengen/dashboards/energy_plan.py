"""What of an account the Energy dashboard can show, and where it belongs there; pure.

The topmost chosen meter of its kind is a source, the meters below it are parts of it. Preferences are the Energy
dashboard's, as Home Assistant stores them: lists of records under the names of `Section`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from custom_components.reengen.api import Point

from .energy_account import Account, Home, holding_children
from .energy_details import Details
from .energy_roles import COST_ROLES, DEVICES, FAMILIES, MEASURED, NOT_COUNTED, Family, Record, Role, Section


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Addition:
    """A record to append."""

    section: Section
    record: Record


@dataclass(frozen=True, kw_only=True, slots=True)
class Change(Addition):
    """A record that takes the place of the one at this position of a list."""

    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A statistic that is not added."""

    statistic_id: str
    point: Point
    key: str
    reason: Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class DashboardPlan:
    """What to append, in this order, and what not; and what takes the place of records of ours."""

    added: tuple[Addition, ...]
    left_out: tuple[LeftOut, ...]
    updated: tuple[Change, ...] = ()

    def records(self, section: Section) -> list[dict[str, Any]]:
        """Return what to append to one list of the preferences."""
        return [dict(addition.record) for addition in self.added if addition.section is section]


def plan_dashboard(account: Account, home: Home) -> DashboardPlan:
    """Return what to append to the preferences; what was appended is not planned again."""
    return _Planner(account, home).plan()


class _Dashboard:
    """What the preferences name, as statistics."""

    def __init__(self, home: Home) -> None:
        self._home = home
        counted = [each for each in home.records(Section.SOURCES) if each.get("type") != NOT_COUNTED]
        self.sources = {home.statistic(each.get(MEASURED[Section.SOURCES])) for each in counted}
        self.devices: dict[tuple[Section, str], str] = {}
        self._included: dict[tuple[Section, str], str] = {}
        for section in DEVICES:
            counted += home.records(section)
            for record in home.records(section):
                self.add_device(section, record)
        self.used = {name for each in counted for name in self._named(each)}

    def add_device(self, section: Section, record: Record) -> None:
        """Take note of a device; later ones may be included in it."""
        device = record[MEASURED[section]]
        self.devices[section, self._home.statistic(device)] = device
        if above := record.get("included_in_stat"):
            self._included[section, device] = above

    def is_within(self, section: Section, device: str, whole: str) -> bool:
        """Return whether the device is included in the whole, or is it."""
        passed: set[str] = set()
        current: str | None = device
        while current is not None and current not in passed:
            if self._home.statistic(current) == whole:
                return True
            passed.add(current)
            current = self._included.get((section, current))
        return False

    def _named(self, record: Record) -> Iterator[str]:
        for field, value in record.items():
            if field.startswith("stat_") and isinstance(value, str):
                yield self._home.statistic(value)


class _Planner:
    """One pass over the chosen points, family by family."""

    def __init__(self, account: Account, home: Home) -> None:
        self._account = account
        self._home = home
        self._statistic_id = account.statistic_id
        self._dashboard = _Dashboard(home)
        self._chosen_ids = {point.id for point in account.chosen}
        self._details = Details(account, home)
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
        # Those above that are left out because they hold the ones below count nothing.
        left_out = self._holding - self._dashboard.used
        tree = self._account.tree
        above = [each for each in tree.ancestors(point) if self._statistic_id(each, role) not in left_out]
        if any(self._is_awaited(each, role) for each in above):
            return Reason.WAITING
        if any(self._has(each, role) for each in above):
            return family.parts or Reason.INSIDE_SOURCE
        if any(self._is_awaited(point, companion) for companion in family.companions):
            return Reason.WAITING
        if any(self._statistic_id(each, role) in self._dashboard.sources for each in tree.descendants(point)):
            return Reason.PART_IS_SOURCE
        return Section.SOURCES

    def _why_not_new(self, point: Point, role: Role) -> Reason | None:
        wanted = self._statistic_id(point, role)
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
        if outcome is Reason.ALREADY_THERE and self._statistic_id(point, role) in self._dashboard.sources:
            return Reason.SOURCE_UNCHANGED
        return Reason.NOT_A_SOURCE

    def _add_source(self, point: Point, role: Role, family: Family) -> None:
        record = {**family.record, MEASURED[Section.SOURCES]: self._statistic_id(point, role)}
        for companion, field in family.companions.items():
            if companion in self._account.keys and self._why_not_named(point, companion, Section.SOURCES, role) is None:
                record[field] = self._statistic_id(point, companion)
        record |= self._details.of_source(point, role)
        self._added.append(Addition(section=Section.SOURCES, record=record))

    def _add_device(self, point: Point, role: Role, section: Section) -> None:
        device, devices = self._statistic_id(point, role), self._dashboard.devices
        record = {MEASURED[section]: device, **self._details.of_device(point, role)}
        above = ((section, self._statistic_id(each, role)) for each in self._account.tree.ancestors(point))
        whole = next((devices[each] for each in above if each in devices), None)
        # By a record of the user's the whole may be included in the device: then the device would include itself,
        # which the frontend does not expect.
        if whole is not None and not self._dashboard.is_within(section, whole, device):
            record["included_in_stat"] = whole
        self._dashboard.add_device(section, record)
        self._added.append(Addition(section=section, record=record))

    def _leave_out(self, point: Point, role: Role, reason: Reason | None) -> None:
        if reason is not None:
            statistic, key = self._statistic_id(point, role), self._account.keys[role]
            self._left_out.append(LeftOut(statistic_id=statistic, point=point, key=key, reason=reason))

    def _has(self, point: Point, role: Role) -> bool:
        """Return whether the point is known to measure this; the dashboard may name points that are chosen no more."""
        wanted = self._statistic_id(point, role)
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
