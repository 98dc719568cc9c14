"""What a poll asks for, and what it found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cached_property

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.api import IncludeTax, Oddity, Point
from custom_components.reengen.measurements import Kind, Measurement

from .power import powers_of, reactive_of


class Window(StrEnum):
    """The stretch of time that a sensor's value stands for; the name ends its key."""

    TODAY = "today"
    THIS_MONTH = "this_month"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Sample:
    """A value, None where the platform says null, and the start of what it stands for.

    `length` is how long the interval of a power is, None while nothing tells and for all else.
    """

    value: float | None
    start: datetime
    length: timedelta | None = None


type SampleKey = tuple[int, str, Window]
"""Point id, key of the catalogue, window."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """What one poll found.

    `refused` are the samples that the platform would not answer for, `unreadable` those that it has, or has a newer
    one of, in a row that could not be read. `oddities` are no news to listeners.
    """

    samples: Mapping[SampleKey, Sample] = field(default_factory=dict)
    refused: frozenset[SampleKey] = frozenset()
    unreadable: frozenset[SampleKey] = frozenset()
    quarter_hours: Mapping[tuple[int, str], Mapping[datetime, float]] = field(default_factory=dict, compare=False)
    oddities: tuple[Oddity, ...] = field(default=(), compare=False)

    @cached_property
    def told(self) -> frozenset[tuple[int, str]]:
        """Return the points and keys that the platform says or refuses anything of."""
        return frozenset((point_id, key) for point_id, key, _ in (*self.samples, *self.refused))


@dataclass(frozen=True, kw_only=True)
class PollPlan:
    """What is asked for: the points (id by code), the chosen rows of the catalogue and the platform's zone.

    `reactive` are the energies of quarter hours that power factors are made of.
    """

    point_ids: Mapping[str, int]
    sums: tuple[Measurement, ...]
    levels: tuple[Measurement, ...]
    powers: tuple[Measurement, ...]
    reactive: tuple[Measurement, ...]
    costs: tuple[str, ...]
    tax: IncludeTax
    zone: tzinfo

    @classmethod
    def of(
        cls, options: AccountOptions, points: Sequence[Point], zone: tzinfo, *, has_power_factor: bool = False
    ) -> PollPlan:
        """Read the plan from the options of a config entry."""
        chosen = options.measurements
        return cls(
            point_ids={point.code: point.id for point in points},
            sums=tuple(measurement for measurement in chosen if measurement.kind is Kind.SUM),
            levels=tuple(measurement for measurement in chosen if measurement.kind is Kind.LEVEL),
            powers=powers_of(options),
            reactive=reactive_of(options) if has_power_factor else (),
            costs=options.costs,
            tax=options.tax,
            zone=zone,
        )
