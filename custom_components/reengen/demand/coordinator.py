"""Keeps the highest demand of this and the last month: reads their quarter hours once, then goes by the polls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, override

from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.api import (
    MeasurementResponse,
    Oddity,
    Point,
    ReadingSeries,
    ReengenAuthenticationError,
    ReengenError,
    Resolution,
    next_bucket,
)
from custom_components.reengen.const import LOGGER, READINGS_INTERVAL
from custom_components.reengen.points import (
    ChosenPointsCoordinator,
    account_store,
    nearest_chosen_ancestor,
    point_entities,
)
from custom_components.reengen.readings import (
    POWERS,
    ReadingsCoordinator,
    SampleKey,
    Window,
    energies_by_point,
    powers_of,
)

from .contract import Contract
from .keys import CONTRACT_KEYS, POWER_KEY, demand_keys
from .ledger import Ledger
from .months import Calendar, DayDemand, MonthDemand, Span
from .plan import Portion, portions

# By this key the platform's refusals of quarter hours of days past are remembered: no poll asks for it.
_REFUSAL_KEY: Final = "highest_demand"


@dataclass(frozen=True, kw_only=True, slots=True)
class PointDemand:
    """The demand of a point: None where it is not known, above all while days of the month are still to be read.

    `power` is that of the newest interval in kW, `contract` what the user has set.
    """

    this_month: MonthDemand | None
    last_month: MonthDemand | None
    power: float | None
    contract: Contract | None
    is_refused: bool


class DemandCoordinator(ChosenPointsCoordinator[Mapping[int, PointDemand]]):
    """The demand of the topmost chosen points and of those with a contract, by the point's id, where they have energy.

    The days of both months are read once, newest first, in the background. Today's quarter hours are read at each start and
    after an outage of more than LATEST_LEVEL_WINDOW; all others come with the polls. When no poll sees yesterday any more,
    yesterday is read again, and with it each day whose total on the platform is another one than before.
    """

    has_data = False

    def __init__(self, readings: ReadingsCoordinator) -> None:
        """Follow the polls."""
        super().__init__(readings.points, name="demand", interval=READINGS_INTERVAL)
        self._home_client = readings.points.home_client.in_background()
        self.data = {}
        self.last_error: str | None = None
        self._readings = readings
        self._options = AccountOptions.of(self.config_entry)
        # The energy drawn, where it is read.
        self._series = [power.series for power in powers_of(self._options) if power.key == POWER_KEY]
        self._store = account_store(self.hass, self.config_entry.entry_id, "demand")
        self._ledger = Ledger()
        self._compared_on: datetime | None = None
        self._refused: set[int] = set()
        self._is_reading = False
        self._found_oddities: list[Oddity] = []

    @property
    def unread_days(self) -> int:
        """Return how many days of points are still to be read."""
        return sum(map(len, self._due(self._calendar()).values()))

    def of_month(self, point_id: int, start: datetime, end: datetime) -> MonthDemand | None:
        """Return the highest demand of a point in [start, end), where these are this or the last month and it is known."""
        calendar, found = self._calendar(), self.data.get(point_id)
        if found is None or end != next_bucket(start, Resolution.MONTH, self.client.time_zone):
            return None
        months = {calendar.this_month[0].start: found.this_month, calendar.last_month[0].start: found.last_month}
        month = months.get(start)
        # What was found before the month began is of the one before.
        return month if month is not None and start <= month.at < end else None

    async def async_load(self) -> None:
        """Take up what was found before, and follow the polls until the entry is unloaded."""
        if (stored := await self._store.async_load()) is not None:
            instant = dt_util.utc_from_timestamp
            self._compared_on = stored["compared_on"] and instant(stored["compared_on"])
            days = {
                int(point_id): {instant(int(start)): DayDemand(*row) for start, row in of_point.items()}
                for point_id, of_point in stored["points"].items()
            }
            self._ledger.restore(days, instant(stored["open_from"]))
        self._remove_unwatched()
        self._readings.async_follow(self._polled)

    async def async_save(self) -> None:
        """Save what was found. What a kill loses is read again: the days that were open when the file was written."""
        chosen = self.points.data.chosen_ids
        # What was compared and not read again yet is compared again.
        compared_on = None if self._ledger.again or self._compared_on is None else self._compared_on.timestamp()
        days = {
            str(point_id): {str(int(start.timestamp())): [*day] for start, day in of_point.items()}
            for point_id, of_point in self._ledger.days.items()
            if point_id in chosen
        }
        open_from = self._calendar().open_from.timestamp()
        await self._store.async_save({"compared_on": compared_on, "open_from": open_from, "points": days})

    @override
    async def _async_read(self) -> Mapping[int, PointDemand]:
        if self._readings.has_data and not self._is_reading:
            self._is_reading = True
            try:
                await self._read_due(self._calendar())
                self.last_error = None
            except ReengenAuthenticationError:
                raise
            except ReengenError as error:
                # What is known stays true; the rest is tried again with the next poll.
                self.last_error = str(error)
                LOGGER.debug("Quarter hours for the demand were not read: %s", error)
            finally:
                self._is_reading = False
        return self._judged()

    def _polled(self, at: datetime) -> None:
        """Take in and show what a poll found, without putting off the next update; what is to be read is read at once."""
        readings = self._readings.data
        self._ledger.take_in(
            Calendar.of(at, self.client.time_zone),
            {point_id: found for (point_id, key), found in readings.quarter_hours.items() if key == POWER_KEY},
            unreadable=_ids(readings.unreadable),
            refused=_ids(readings.refused),
        )
        self._show()
        if not self._is_reading and self._due(self._calendar()):
            self.config_entry.async_create_background_task(self.hass, self.async_refresh(), f"{self.name} read days")

    def _show(self) -> None:
        judged = self._judged()
        if judged != self.data or self._readings.has_data != self.has_data:
            self.data, self.has_data = judged, self._readings.has_data
            self.async_update_listeners()

    def _calendar(self) -> Calendar:
        return Calendar.of(dt_util.utcnow(), self.client.time_zone)

    def _watched(self) -> dict[int, Point]:
        """Return the topmost chosen points and those with a contract."""
        points = self.points.data
        return {
            point.id: point
            for point in points.chosen
            if str(point.id) in self._options.contracts
            or nearest_chosen_ancestor(points.tree, point, points.chosen_ids) is None
        }

    def _measured(self) -> dict[int, Point]:
        """Return the watched points that have energy."""
        told, days = self._readings.data.told, self._ledger.days
        return {
            point_id: point
            for point_id, point in self._watched().items()
            if self._series and ((point_id, POWERS[POWER_KEY]) in told or point_id in days)
        }

    def _followed(self) -> dict[int, Point]:
        """Return the measured points whose quarter hours the platform does not refuse."""
        refused = _ids(self._readings.data.refused)
        return {point_id: point for point_id, point in self._measured().items() if point_id not in refused}

    def _remove_unwatched(self) -> None:
        """Remove what has lost its contract, or its place at the top, since the last start."""
        watched, known = self._watched(), demand_keys(self._options).known
        for each, point_id, key in point_entities(self.hass, self.config_entry):
            if point_id in self.points.data.chosen_ids and key in known:
                has_contract = str(point_id) in self._options.contracts
                if point_id not in watched or (key in CONTRACT_KEYS and not has_contract):
                    er.async_get(self.hass).async_remove(each.entity_id)

    def _judged(self) -> Mapping[int, PointDemand]:
        if not self._readings.has_data:
            return {}
        calendar, readings, followed = self._calendar(), self._readings.data, self._followed()
        judged = {}
        for point_id in self._measured():
            newest = readings.samples.get((point_id, POWER_KEY, Window.LATEST))
            stored = self._options.contracts.get(str(point_id))
            judged[point_id] = PointDemand(
                this_month=self._ledger.month(point_id, calendar.this_month, calendar.end),
                last_month=self._ledger.month(point_id, calendar.last_month, calendar.end),
                power=None if newest is None else newest.value,
                contract=None if stored is None else Contract.of(stored),
                is_refused=point_id in self._refused or point_id not in followed,
            )
        return judged

    async def _read_due(self, calendar: Calendar) -> None:
        """Read the days that are due, and show each month when it is whole. Raises: ReengenError."""
        if self._compared_on != calendar.today.start == calendar.open_from:
            await self._compare(calendar)
        self._ledger.forget_before(calendar)
        waiting = portions(self._due(calendar), calendar.days)[::-1]
        if is_news := bool(waiting):
            self._found_oddities = []
        while waiting:
            waiting += await self._read(waiting.pop(), calendar)
            self._show()
        if is_news:
            await self.async_save()

    def _due(self, calendar: Calendar) -> dict[int, set[datetime]]:
        return self._ledger.due(calendar, self._followed())

    async def _compare(self, calendar: Calendar) -> None:
        """Find the days past whose total on the platform is another one than before. Raises: ReengenError."""
        codes = {point.code: key for key, point in self._followed().items() if self._ledger.days.get(key)}
        totals: dict[int, dict[datetime, float | None]] = {}
        if codes:
            span = Span(calendar.days[0].start, calendar.today.start)
            # A range that is refused for its beginning says nothing of today.
            found, refused = await self._ask(tuple(codes), span, Resolution.DAY, remembers=False)
            totals = {point_id: {} for code, point_id in codes.items() if code not in refused}
            for start, point_id, total in found:
                totals.setdefault(point_id, {})[start] = total
        for point_id in codes.values():
            # Of a meter that was replaced the platform has nothing to say any more.
            since = dt_util.utc_from_timestamp(self.points.identities.since.get(point_id, 0))
            self._ledger.compare(calendar, point_id, totals.get(point_id), since)
        self._compared_on = calendar.today.start

    async def _read(self, portion: Portion, calendar: Calendar) -> list[Portion]:
        """Read the days of a portion; what is refused of several days is returned in halves, the older first.

        Raises: ReengenError.
        """
        followed = self._followed()
        codes = {followed[point_id].code: point_id for point_id in portion.point_ids if point_id in followed}
        span = Span(portion.start, min(portion.end, calendar.end))
        energies: dict[int, dict[datetime, float]] = {}
        refused: set[str] = set()
        if codes and span.start < span.end:
            remembers = len(portion.spans) == 1
            found, refused = await self._ask(tuple(codes), span, Resolution.FIFTEEN_MINUTES, remembers=remembers)
            energies = energies_by_point(found)
        left_out = frozenset(codes.pop(code) for code in refused)
        for point_id in codes.values():
            self._ledger.put(portion, point_id, energies.get(point_id, {}), calendar)
        is_open = portion.end > calendar.open_from
        if is_open:
            self._refused = self._refused.difference(codes.values()) | left_out
        if left_out and len(portion.spans) > 1:
            return portion.halves(left_out)
        for point_id in frozenset() if is_open else left_out:
            self._ledger.leave_out(portion, point_id, calendar)
        return []

    async def _ask(
        self, codes: Sequence[str], span: Span, resolution: Resolution, *, remembers: bool
    ) -> tuple[ReadingSeries, set[str]]:
        """Return what was answered and the codes that were refused. Raises: ReengenError."""

        async def send(some: Sequence[str], _: Sequence[str]) -> MeasurementResponse:
            return await self._home_client.get_data(
                self._series, points=some, start=span.start, end=span.end, resolution=resolution
            )

        answered = await self.points.refused.ask("GetData", codes, (_REFUSAL_KEY,), send, remembers=remembers)
        self._found_oddities += [each for response in answered.parts for each in response.oddities]
        self.oddities.report("demand", self._found_oddities)
        self.points.async_report_refused()
        found = ReadingSeries.joined(series for each in answered.parts if (series := each.series[0]) is not None)
        return found, {code for code, _ in answered.refused}


def _ids(samples: Iterable[SampleKey]) -> set[int]:
    """Return the ids of the points whose newest power is among the samples."""
    return {point_id for point_id, key, window in samples if (key, window) == (POWER_KEY, Window.LATEST)}
