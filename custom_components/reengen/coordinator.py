"""One coordinator for each rhythm: the tree of points, readings with their costs, meters, commands."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .api import (
    Command,
    Point,
    PointTree,
    ReengenAnswerError,
    ReengenAuthenticationError,
    ReengenClient,
    ReengenError,
    ReengenRefusedError,
)
from .const import (
    COMMAND_LISTINGS_AT_ONCE,
    COMMANDS_INTERVAL,
    COMMANDS_RETRY,
    CONF_INCLUDE_DESCENDANTS,
    CONF_POINTS,
    DOMAIN,
    LISTENERS_AT_ONCE,
    LOGGER,
    METERS_INTERVAL,
    POINTS_INTERVAL,
    READINGS_INTERVAL,
    REGISTER_SEARCH_INTERVAL,
)
from .failures import update_failed
from .meters import MeterData, MeterPlan, read_meters
from .oddities import OddityLog
from .point_picker import chosen_points
from .readings import PollPlan, Readings, poll


class ReengenCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """What the coordinators share: the client, silence where nothing changed, and updates that let others run."""

    config_entry: ConfigEntry[Any]

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ReengenClient,
        oddities: OddityLog,
        *,
        name: str,
        interval: timedelta,
    ) -> None:
        """Poll through the client at the interval; what responses hold that cannot be used goes to `oddities`."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=f"{DOMAIN} {entry.title} {name}",
            update_interval=interval,
            always_update=False,
        )
        self.client = client
        self.oddities = oddities

    @override
    @callback
    def async_update_listeners(self) -> None:
        """Update the entities in slices: thousands of them at once would hold up the event loop."""
        if len(self._listeners) <= LISTENERS_AT_ONCE:
            super().async_update_listeners()
        else:
            self.config_entry.async_create_task(self.hass, self._async_update_listeners_in_slices())

    async def _async_update_listeners_in_slices(self) -> None:
        for keys in batched(list(self._listeners), LISTENERS_AT_ONCE, strict=False):
            for key in keys:
                if key in self._listeners:
                    self._listeners[key][0]()
            await asyncio.sleep(0)


@dataclass(frozen=True, kw_only=True)
class PointsData:
    """The tree as the platform has it, and the points of it that the user chose, parents first.

    `missing_codes` were chosen and are not in the tree: removed on the platform, or hidden from this user.
    """

    tree: PointTree
    chosen: tuple[Point, ...]
    chosen_ids: frozenset[int]
    missing_codes: tuple[str, ...]


class PointsCoordinator(ReengenCoordinator[PointsData]):
    """Reads the tree of points, so that new points below a chosen one appear by themselves."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], client: ReengenClient, oddities: OddityLog
    ) -> None:
        """Read the tree hourly."""
        super().__init__(hass, entry, client, oddities, name="points", interval=POINTS_INTERVAL)

    @override
    async def _async_update_data(self) -> PointsData:
        try:
            tree = await self.client.get_point_hierarchy()
        except ReengenError as error:
            raise update_failed(error) from error
        options = self.config_entry.options
        codes = options[CONF_POINTS]
        chosen = chosen_points(tree, codes, include_descendants=options.get(CONF_INCLUDE_DESCENDANTS, False))
        return PointsData(
            tree=tree,
            chosen=chosen,
            chosen_ids=frozenset(point.id for point in chosen),
            missing_codes=tuple(code for code in codes if tree.by_code(code) is None),
        )

    async def async_tree(self, *, codes: Iterable[str] = (), ids: Iterable[int] = ()) -> PointTree:
        """Return the tree, asked for anew where the last one lacks any of these; raises ReengenError."""
        tree = self.data.tree
        if all(tree.by_code(code) for code in codes) and all(tree.by_id(point_id) for point_id in ids):
            return tree
        return await self.client.get_point_hierarchy()


class ReadingsCoordinator(ReengenCoordinator[Readings]):
    """Reads totals, levels and costs of all chosen points in a handful of requests.

    `polled_at` is the start of the last poll that succeeded; one that found nothing new tells no listener.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ReengenClient,
        oddities: OddityLog,
        points: PointsCoordinator,
    ) -> None:
        """Read as often as meters report."""
        super().__init__(hass, entry, client, oddities, name="readings", interval=READINGS_INTERVAL)
        self.points = points
        self.polled_at: datetime | None = None

    @override
    async def _async_update_data(self) -> Readings:
        plan = PollPlan.of(self.config_entry.options, self.points.data.chosen, self.client.time_zone)
        now = dt_util.utcnow()
        try:
            readings = await poll(self.client, plan, now)
        except ReengenError as error:
            raise update_failed(error) from error
        self.polled_at = now
        return readings


class MetersCoordinator(ReengenCoordinator[MeterData | None]):
    """Reads registers and phases of all chosen points; None until the first answer."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ReengenClient,
        oddities: OddityLog,
        points: PointsCoordinator,
    ) -> None:
        """Read as often as meters report."""
        super().__init__(hass, entry, client, oddities, name="meters", interval=METERS_INTERVAL)
        self.points = points
        self.data = None
        self._searched_at: datetime | None = None
        self._searched_ids: frozenset[int] = frozenset()

    @override
    async def _async_update_data(self) -> MeterData:
        now, points = dt_util.utcnow(), self.points.data
        search = (
            self._searched_at is None
            or not timedelta(0) <= now - self._searched_at < REGISTER_SEARCH_INTERVAL
            or not points.chosen_ids <= self._searched_ids
        )
        plan = MeterPlan.of(self.config_entry.options, points.chosen)
        try:
            found = await read_meters(self.client, plan, self.data, now, search=search)
        except ReengenError as error:
            raise update_failed(error) from error
        if search:
            self._searched_at, self._searched_ids = now, points.chosen_ids
        return found


type CommandsData = Mapping[int, tuple[Command, ...]]


class CommandsCoordinator(ReengenCoordinator[CommandsData]):
    """Lists the commands of each chosen point (by its id).

    A listing takes one request a point, so it runs in the background and seldom. A point whose listing the platform
    refuses keeps what it had; so does one whose listing cannot be read, and all are listed again soon. `unlisted` tells
    why, by the point's code.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ReengenClient,
        oddities: OddityLog,
        points: PointsCoordinator,
    ) -> None:
        """List daily."""
        super().__init__(hass, entry, client, oddities, name="commands", interval=COMMANDS_INTERVAL)
        self.points = points
        self.data = {}
        self.unlisted: Mapping[str, ReengenError] = {}

    @override
    async def _async_update_data(self) -> CommandsData:
        listings: dict[int, tuple[Command, ...]] = {}
        unlisted: dict[str, ReengenError] = {}
        self.update_interval = COMMANDS_INTERVAL
        for batch in batched(self.points.data.chosen, COMMAND_LISTINGS_AT_ONCE, strict=False):
            answers = await asyncio.gather(*map(self._listing, batch), return_exceptions=True)
            for point, answer in zip(batch, answers, strict=True):
                if isinstance(answer, ReengenRefusedError | ReengenAnswerError):
                    unlisted[point.code] = answer
                    listings[point.id] = self.data.get(point.id, ())
                elif isinstance(answer, BaseException):
                    raise answer
                else:
                    listings[point.id] = answer
        self.unlisted = unlisted
        return listings

    async def _listing(self, point: Point) -> tuple[Command, ...]:
        try:
            return await self.client.list_available_commands(point.code)
        except ReengenAuthenticationError as error:
            raise update_failed(error) from error
        except (ReengenRefusedError, ReengenAnswerError) as error:
            LOGGER.debug("The commands of %s were not listed: %s", point.code, error)
            if isinstance(error, ReengenAnswerError):
                self.update_interval = COMMANDS_RETRY
            raise
        except ReengenError as error:
            raise update_failed(error, retry_after=COMMANDS_RETRY.total_seconds()) from error
