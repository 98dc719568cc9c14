"""What the coordinators of an account share, and that of the tree of points."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions, async_ask_to_sign_in, async_update_options, update_failed
from custom_components.reengen.api import OddityKind, Point, PointTree, ReengenClient, ReengenError
from custom_components.reengen.const import CONF_POINTS, DOMAIN, LISTENERS_AT_ONCE, LOGGER, POINTS_INTERVAL

from .entity_queue import async_in_slices
from .identity import HomeClient, Identities, changes, known_codes
from .oddities import OddityLog
from .picker import chosen_points
from .refused import RefusedParts

_STORE_VERSION: Final = 1

# A point that is listed, and left out of the tree.
_UNUSABLE: Final = (OddityKind.POINT, OddityKind.POINT_TWICE)

# Several requests that are refused together are answered by one reading of the tree.
_JUST_READ: Final = timedelta(minutes=1)


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
        interval: timedelta | None,
    ) -> None:
        """Poll through the client at the interval, None for never by itself; what responses hold that cannot be used goes to `oddities`."""
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

    async def async_first_refresh(self, seconds: float | None) -> bool:
        """Refresh for the first time, while the account is set up, and wait for it so many seconds (None: to its end).

        Return whether it has ended; if not, it goes on in the background. Raises as async_config_entry_first_refresh.
        """
        first = self.async_config_entry_first_refresh()
        refresh = self.config_entry.async_create_background_task(self.hass, first, f"{self.name} first refresh")
        ended, _ = await asyncio.wait((refresh,), timeout=seconds)
        if ended:
            await refresh
        else:
            refresh.add_done_callback(self._async_late_refresh_ended)
        return bool(ended)

    def _async_late_refresh_ended(self, refresh: asyncio.Task[None]) -> None:
        if refresh.cancelled() or (error := refresh.exception()) is None:
            return
        LOGGER.error("Error fetching %s data: %s", self.name, self.last_exception)
        async_ask_to_sign_in(self.hass, self.config_entry, error)

    @override
    @callback
    def async_update_listeners(self) -> None:
        """Update the entities in slices: thousands of them at once would hold up the event loop."""
        if len(self._listeners) <= LISTENERS_AT_ONCE:
            super().async_update_listeners()
        else:
            updates = async_in_slices(list(self._listeners), self._async_update_known)
            self.config_entry.async_create_task(self.hass, updates)

    def _async_update_known(self, key: int) -> None:
        if key in self._listeners:
            self._async_update_listener(self._listeners[key][0])

    def _async_update_listener(self, listener: CALLBACK_TYPE) -> None:
        """Update one listener; one that raises keeps nothing from the others, as in Home Assistant's own loop."""
        try:
            listener()
        except Exception:  # noqa: BLE001 - whatever an entity raises is its own affair
            LOGGER.exception("Unexpected error updating a listener of %s", self.name)

    @override
    async def _async_update_data(self) -> DataT:
        try:
            return await self._async_read()
        except ReengenError as error:
            if self._shutdown_requested:
                # The account was unloaded meanwhile, which closed its session: that says nothing of the platform.
                return self.data
            raise update_failed(error) from error

    async def _async_read(self) -> DataT:
        """Return what the platform has now; what is worked out of others' data stays. Raises: ReengenError."""
        return self.data


@dataclass(frozen=True, kw_only=True)
class PointsData:
    """The tree as the platform has it, and the points of it that the user chose, parents first.

    `missing_codes` were chosen and are not listed: removed on the platform, or hidden from this user. A point that is
    listed and cannot be used is none of them. Ids are those that Home Assistant knows points by (see `identity`); `listed`
    has the platform's own. `replaced` are points that the selection is for, and that are made anew under their code (new
    id -> old id): they wait for the user to say whether they go on.
    """

    tree: PointTree
    listed: PointTree
    chosen: tuple[Point, ...]
    chosen_ids: frozenset[int]
    missing_codes: tuple[str, ...]
    replaced: Mapping[int, int]


def account_store(hass: HomeAssistant, entry_id: str, name: str) -> Store[Any]:
    """Return the file of this name that an account has."""
    return Store(hass, _STORE_VERSION, f"{DOMAIN}.{name}.{entry_id}")


class PointsCoordinator(ReengenCoordinator[PointsData]):
    """Reads the tree of points, so that new points below a chosen one appear by themselves.

    `refused` is what the platform refuses of the account: it is forgotten when the tree changes. `home_client` reads what
    goes by the ids that Home Assistant knows points by.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], client: ReengenClient, oddities: OddityLog
    ) -> None:
        """Read the tree hourly."""
        super().__init__(hass, entry, client, oddities, name="points", interval=POINTS_INTERVAL)
        self.identities = Identities.of(AccountOptions.of(entry).replaced_points)
        self.home_client = HomeClient(client, self.identities)
        self.refused = RefusedParts(self._async_listed_codes)
        self._store = account_store(hass, entry.entry_id, "points")
        self._listed = PointTree(())
        self._read_at: datetime | None = None

    async def async_begin(self, seconds: float) -> None:
        """Read the tree, or go by that of the last run while the platform takes longer than so many seconds.

        Raises as async_config_entry_first_refresh.
        """
        stored = await self._store.async_load()
        if stored is not None:
            self._listed = PointTree(Point(**point) for point in stored)
        if not await self.async_first_refresh(None if stored is None else seconds):
            self.data = self._data(self._listed)

    @override
    async def _async_read(self) -> PointsData:
        listed = await self.async_listed()
        self._read_at = dt_util.utcnow()
        self.oddities.name_points({point.id: f"{point.name} ({point.code})" for point in listed.points})
        self.oddities.report("points", listed.oddities)
        data = self._data(listed)
        if listed != self._listed:
            self._listed = listed
            self.refused.forget()
            await self._store.async_save([asdict(point) for point in listed.points])
        return data

    def _data(self, listed: PointTree) -> PointsData:
        tree, before = self.identities.tree(listed), self.identities.tree(self._listed)
        known = known_codes(self.hass, self.config_entry)
        found = changes(tree, known, before)
        codes = self._followed(found.recoded)
        below = AccountOptions.of(self.config_entry).include_descendants
        wanted = chosen_points(tree, codes, include_descendants=below)
        replaced = {point.id: found.replaced[point.id] for point in wanted if point.id in found.replaced}
        # Of these nobody has said yet whether they are new, and one may have the id of another.
        undecided = replaced.keys() | replaced.values()
        chosen = tuple(point for point in wanted if point.id not in undecided)
        odd = [each for each in listed.oddities if each.kind in _UNUSABLE]
        unusable = {each.point_code or known.get(self.identities.home_id(each.point_id or 0)) for each in odd}
        return PointsData(
            tree=tree,
            listed=listed,
            chosen=chosen,
            chosen_ids=frozenset(point.id for point in chosen),
            missing_codes=tuple(code for code in codes if tree.by_code(code) is None and code not in unusable),
            replaced=replaced,
        )

    def _followed(self, recoded: Mapping[str, str]) -> Sequence[str]:
        """Return the chosen codes, those that were changed on the platform as they are now."""
        stored = AccountOptions.of(self.config_entry).points
        codes = list(dict.fromkeys(recoded.get(code, code) for code in stored))
        if codes != list(stored):
            async_update_options(self.hass, self.config_entry, {CONF_POINTS: codes})
        return codes

    async def async_tree(self, *, codes: Iterable[str] = (), ids: Iterable[int] = ()) -> PointTree:
        """Return the platform's tree, asked for anew where the last one lacks any of these; raises ReengenError."""
        tree = self.data.listed
        if all(tree.by_code(code) for code in codes) and all(tree.by_id(point_id) for point_id in ids):
            return tree
        return await self.async_listed()

    async def async_listed(self) -> PointTree:
        """Return the platform's tree as of now; raises ReengenError.

        What Home Assistant runs stands in it, whatever else is listed under its id or its code.
        """
        known, home_id = known_codes(self.hass, self.config_entry), self.identities.home_id
        listed = await self.client.get_point_hierarchy()
        return listed.preferring(lambda point: known.get(home_id(point.id)) == point.code)

    async def _async_listed_codes(self) -> frozenset[str] | None:
        """Return the codes that the platform lists at this moment, None where it does not say."""
        now = dt_util.utcnow()
        if self._read_at is None or not self._read_at <= now < self._read_at + _JUST_READ:
            await self.async_refresh()
        return frozenset(point.code for point in self.data.tree.points) if self.last_update_success else None

    @callback
    def async_report_refused(self) -> None:
        """Name what the platform refuses."""
        by_code = self.data.tree.by_code
        found = [(oddity, by_code(oddity.point_code or "")) for oddity in self.refused.oddities]
        named = (replace(oddity, point_id=point.id) if point else oddity for oddity, point in found)
        self.oddities.report("refused", named)


class ChosenPointsCoordinator[DataT](ReengenCoordinator[DataT]):
    """A coordinator of what the chosen points have; through `points` its entities know the account.

    `has_data` says whether the platform was heard: until then the entities that it may have data for wait.
    """

    has_data = True

    def __init__(self, points: PointsCoordinator, *, name: str, interval: timedelta | None) -> None:
        """Poll at the interval, None for never by itself, for the account of the points and through its client."""
        super().__init__(points.hass, points.config_entry, points.client, points.oddities, name=name, interval=interval)
        self.points = points
