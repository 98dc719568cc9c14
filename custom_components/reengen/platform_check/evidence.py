"""What a check asks the platform for, request by request; each one may fail and takes no other down."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from functools import partial
from typing import Final

from custom_components.reengen.api import (
    Adaptations,
    Aggregation,
    CostGroup,
    CostResponse,
    CostSeries,
    IdRefusal,
    IncludeTax,
    Label,
    Listing,
    MeasurementResponse,
    MeasurementSeries,
    OddityKind,
    Point,
    RawReading,
    ReengenAuthenticationError,
    ReengenClient,
    ReengenError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenSessionError,
    Resolution,
    floor_to_bucket,
)
from custom_components.reengen.const import LOGGER

from .figures import DAY, HOUR
from .sample import Sample, Times

# Levels are looked at for half a day: three points with nine phases have some thousand rows then.
_LEVELS_LENGTH: Final = 12 * HOUR
# At this hour of the day a range ends, to see whether its last second belongs to it: consumption is high then.
HOUR_ALONE: Final = 11 * HOUR
_SUNNY_DAYS: Final = 4

_NAMED_BY_ENDS: Final = Adaptations(hour_label=Label.END)

# The platform is away: what is left is not asked for.
_UNANSWERED_ARE_ENOUGH: Final = 2
_HOPELESS: Final = (ReengenAuthenticationError, ReengenSessionError, ReengenRateLimitError)

ACTIVE: Final = "activeEnergy"


def _energy(unit: str, *, decimals: int = 6, variant: str = "import") -> MeasurementSeries:
    return MeasurementSeries(
        definition=ACTIVE, variant=variant, function=Aggregation.SUM, unit=unit, decimal_points=decimals
    )


_WH: Final = _energy("Wh")
# The decimals of the series in kWh of the hours, in their order behind the series in Wh.
HOUR_DECIMALS: Final = (6, 2, 0)
_COSTS: Final = tuple(
    CostSeries(group=CostGroup.ACTIVE_ENERGY, include_tax=tax) for tax in (IncludeTax.NONE, IncludeTax.INTERNAL)
)


class Ask(StrEnum):
    """The requests of a check."""

    RAW_ENERGY = "raw_energy"
    RAW_LEVELS = "raw_levels"
    QUARTERS = "quarters"
    HOURS = "hours"
    POWER = "power"
    VOLTAGE = "voltage"
    HOUR_ALONE = "hour_alone"
    HOUR_BY_END = "hour_by_end"
    DAYS = "days"
    MONTH = "month"
    AHEAD = "ahead"
    COST_OF_MONTH = "cost_of_month"
    COST_OF_FIRST_HALF = "cost_of_first_half"
    COST_OF_SECOND_HALF = "cost_of_second_half"
    SOLAR = "solar"
    MADE_UP_ID = "made_up_id"


# Levels are aggregated where there are raw rows of them: request, definition, units.
_LEVELS: Final = ((Ask.POWER, "activePower", ("W", "kW")), (Ask.VOLTAGE, "voltage", ("V",)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """Where Home Assistant is: degrees east of Greenwich, and its own offset from UTC on the day of the check."""

    longitude: float
    utc_offset: timedelta


@dataclass(kw_only=True, slots=True)
class Evidence:
    """What the platform answered; what it refused or failed to answer is in `failures`, with one word why."""

    sample: Sample
    times: Times
    zone: tzinfo
    home: Home
    data: dict[Ask, MeasurementResponse] = field(default_factory=dict)
    raw: dict[Ask, Listing[RawReading]] = field(default_factory=dict)
    costs: dict[Ask, CostResponse] = field(default_factory=dict)
    refusals: dict[Ask, IdRefusal | None] = field(default_factory=dict)
    failures: dict[Ask, str] = field(default_factory=dict)
    requests: int = 0

    def values(self, ask: Ask, point_id: int, position: int = 0) -> dict[datetime, float]:
        """Return the values of a point by the label (UTC) of their bucket, without null; empty where none came."""
        rows = self.rows(ask, point_id, position)
        return {label: value for label, value in rows.items() if value is not None}

    def rows(self, ask: Ask, point_id: int, position: int = 0) -> dict[datetime, float | None]:
        """Return the values of a point by the label (UTC) of their bucket, None for null."""
        response = self.data.get(ask)
        series = None if response is None else response.series[position]
        return {row.bucket_start: row.value for row in series or () if row.point_id == point_id}

    def by_index(self, ask: Ask, point: Point, definition: str) -> dict[int, list[RawReading]]:
        """Return the raw rows of a point that have a value, in order of time, by index."""
        found: dict[int, list[RawReading]] = defaultdict(list)
        for row in self.raw.get(ask, ()):
            if row.point == point.code and row.definition == definition and row.value is not None:
                found[row.index or 0].append(row)
        return found

    def has_oddity(self, ask: Ask, kind: OddityKind) -> bool:
        """Return whether a response had such rows."""
        response = self.data.get(ask)
        return response is not None and any(oddity.kind is kind for oddity in response.oddities)

    def why(self, ask: Ask, otherwise: str) -> str:
        """Return why a request gave nothing."""
        return self.failures.get(ask, otherwise)


async def async_evidence(client: ReengenClient, sample: Sample, times: Times, home: Home) -> Evidence:
    """Ask, one request after another, one for each `Ask` at most."""
    evidence = Evidence(sample=sample, times=times, zone=client.time_zone, home=home)
    inquiry = _Inquiry(client.without_guesses(), evidence)
    await inquiry.async_energies()
    await inquiry.async_levels()
    await inquiry.async_edges()
    await inquiry.async_costs()
    await inquiry.async_made_up_id()
    return evidence


def failure_of(error: ReengenError) -> str:
    """Return why nothing was answered, in one word."""
    return "refused" if isinstance(error, ReengenRefusedError | ReengenAuthenticationError) else "failed"


def levels_point(evidence: Evidence, definition: str) -> Point | None:
    """Return the first point of the sample that has the most phases of a level in its raw rows."""
    phases = {point: len(evidence.by_index(Ask.RAW_LEVELS, point, definition)) for point in evidence.sample.points}
    return max((point for point in phases if phases[point]), key=phases.__getitem__, default=None)


class _Inquiry:
    def __init__(self, client: ReengenClient, evidence: Evidence) -> None:
        self._client = client
        self._evidence = evidence
        self._codes = [point.code for point in evidence.sample.points]
        self._unanswered = 0

    async def async_energies(self) -> None:
        """Ask for the energy of the day, the days and the month."""
        sample, times = self._evidence.sample, self._evidence.times
        # An hour more, so that neither the label nor the last second of the day's last bucket is at the range's end.
        day = times.day, times.day_end + HOUR
        await self._raw(Ask.RAW_ENERGY, [ACTIVE], ["import"], day)
        await self._data(Ask.QUARTERS, [_WH], day, Resolution.FIFTEEN_MINUTES)
        kilo = [_energy("kWh", decimals=decimals) for decimals in HOUR_DECIMALS]
        await self._data(Ask.HOURS, [_WH, *kilo], day, Resolution.HOUR)
        with_children = [*self._codes, *(point.code for point in sample.children)]
        days = times.month, times.day_end + DAY
        await self._data(Ask.DAYS, [_WH, _energy("kWh")], days, Resolution.DAY, with_children)
        await self._data(Ask.MONTH, [_WH], (times.month, times.month_end + DAY), Resolution.MONTH)
        roofs = [point.code for point in sample.roofs] or self._codes
        sunny = times.day - _SUNNY_DAYS * DAY, times.day_end
        await self._data(Ask.SOLAR, [_energy("Wh", variant="produced")], sunny, Resolution.HOUR, roofs)

    async def async_levels(self) -> None:
        """Ask for levels, and for their aggregates where the platform has any."""
        start = self._evidence.times.day
        end = start + _LEVELS_LENGTH
        await self._raw(Ask.RAW_LEVELS, ["activePower", "voltage", "current"], ["phase"], (start, end))
        for ask, definition, units in _LEVELS:
            if (point := levels_point(self._evidence, definition)) is not None:
                mean = partial(MeasurementSeries, definition=definition, variant="phase", function=Aggregation.AVG)
                series = [mean(unit=unit) for unit in units]
                await self._data(ask, series, (start, end + HOUR), Resolution.FIFTEEN_MINUTES, [point.code])

    async def async_edges(self) -> None:
        """Ask for ranges whose end matters: one that ends with its only hour, and one that ends after now."""
        evidence, times = self._evidence, self._evidence.times
        start = times.day + HOUR_ALONE
        await self._data(Ask.HOUR_ALONE, [_WH], (start, start + HOUR), Resolution.HOUR)
        # A label that is the end of its hour is out of the range, unless it is read as one.
        if evidence.has_oddity(Ask.HOUR_ALONE, OddityKind.LABEL_OUT_OF_RANGE):
            self._client = self._client.with_adaptations(_NAMED_BY_ENDS)
            await self._data(Ask.HOUR_BY_END, [_WH], (start, start + HOUR), Resolution.HOUR)
            self._client = self._client.with_adaptations(Adaptations())
        now = floor_to_bucket(times.now, Resolution.FIFTEEN_MINUTES, evidence.zone)
        await self._data(Ask.AHEAD, [_WH], (now, now + DAY), Resolution.FIFTEEN_MINUTES)

    async def async_costs(self) -> None:
        """Ask for the costs of the month and of its halves, with tax and without."""
        times = self._evidence.times
        middle = floor_to_bucket(times.month + (times.month_end - times.month) / 2, Resolution.DAY, self._evidence.zone)
        for ask, start, end in (
            (Ask.COST_OF_MONTH, times.month, times.month_end),
            (Ask.COST_OF_FIRST_HALF, times.month, middle),
            (Ask.COST_OF_SECOND_HALF, middle, times.month_end),
        ):
            request = partial(self._client.get_cost, _COSTS, points=self._codes, start=start, end=end)
            await self._ask(ask, request, self._evidence.costs)

    async def async_made_up_id(self) -> None:
        """Ask with a connection id that was never given out."""
        await self._ask(Ask.MADE_UP_ID, self._client.refusal_of_made_up_id, self._evidence.refusals)

    async def _data(
        self,
        ask: Ask,
        series: Sequence[MeasurementSeries],
        window: tuple[datetime, datetime],
        resolution: Resolution,
        codes: Sequence[str] | None = None,
    ) -> None:
        points, (start, end) = self._codes if codes is None else codes, window
        request = partial(self._client.get_data, series, points=points, start=start, end=end, resolution=resolution)
        await self._ask(ask, request, self._evidence.data)

    async def _raw(
        self, ask: Ask, definitions: Sequence[str], variants: Sequence[str], window: tuple[datetime, datetime]
    ) -> None:
        request = partial(self._client.list_data, points=self._codes, definitions=definitions, variants=variants)
        await self._ask(ask, partial(request, start=window[0], end=window[1]), self._evidence.raw)

    async def _ask[T](self, ask: Ask, request: Callable[[], Awaitable[T]], into: dict[Ask, T]) -> None:
        """Ask, and keep the response or why there is none."""
        if self._unanswered >= _UNANSWERED_ARE_ENOUGH:
            self._evidence.failures[ask] = "not_asked"
            return
        self._evidence.requests += 1
        try:
            into[ask] = await request()
        except ReengenError as error:
            LOGGER.debug("The check of the platform has no %s: %s", ask, error)
            self._evidence.failures[ask] = failure = failure_of(error)
            self._unanswered += _UNANSWERED_ARE_ENOUGH if isinstance(error, _HOPELESS) else failure == "failed"
