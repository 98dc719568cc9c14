"""Runs the checks of an account, keeps what the last one found, and says when the next one is due."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from custom_components.reengen.api import Adaptations, IdRefusal
from custom_components.reengen.const import CHECK_INTERVAL, DOMAIN, LOGGER
from custom_components.reengen.history import HistoryImporter
from custom_components.reengen.points import account_store
from custom_components.reengen.readings import ReadingsCoordinator

from .evidence import Evidence, Home, async_evidence
from .following import Followed, adaptations_of, followed_from
from .probes import verdicts_of
from .repair import async_report
from .sample import Sample, Times, sample_of
from .verdicts import Verdict
from .writing import WriteTrial, async_try_writing

_STORE: Final = "platform_check"
# Whether a check is due is looked at this often: not while the account starts, and soon enough after its import.
_LOOK_INTERVAL: Final = timedelta(hours=1)
_ALL_HOURS: Final = 100

# Checks of several accounts go one by one.
_TURN: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}_check_turn")


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check: when, in which zone stamps were read, how many requests it took, what it found, and what follows.

    `has_outdated_history` says that the history is not yet read anew as the adaptations have it.
    """

    at: datetime
    time_zone: str
    requests: int
    verdicts: tuple[Verdict, ...]
    followed: tuple[Followed, ...] = ()
    has_outdated_history: bool = False

    @property
    def adaptations(self) -> Adaptations:
        """Return how the client has to read the platform."""
        return adaptations_of(self.followed)

    def verdict(self, probe: str) -> Verdict:
        """Return what a probe found."""
        return next(verdict for verdict in self.verdicts if verdict.probe == probe)

    def stored(self) -> dict[str, Any]:
        """Return the check as JSON."""
        return {
            "at": self.at.isoformat(),
            "time_zone": self.time_zone,
            "requests": self.requests,
            "verdicts": [verdict.stored() for verdict in self.verdicts],
            "adaptations": [each.stored() for each in self.followed],
            "has_outdated_history": self.has_outdated_history,
        }

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> Self:
        """Return the check that was stored."""
        return cls(
            at=datetime.fromisoformat(stored["at"]),
            time_zone=stored["time_zone"],
            requests=stored["requests"],
            verdicts=tuple(map(Verdict.restored, stored["verdicts"])),
            followed=tuple(map(Followed.restored, stored.get("adaptations", ()))),
            has_outdated_history=stored.get("has_outdated_history", False),
        )


async def async_last_check(hass: HomeAssistant, entry_id: str) -> Check | None:
    """Return what the last check of an account found, None before the first."""
    stored = await account_store(hass, entry_id, _STORE).async_load()
    return None if stored is None else Check.restored(stored)


class PlatformChecker:
    """The checks of one account; `last` is the last one, None before the first."""

    def __init__(
        self,
        readings: ReadingsCoordinator,
        history: HistoryImporter | None,
        last: Check | None,
    ) -> None:
        """Check the platform that the readings come from; nothing is asked yet."""
        self.points = readings.points
        self.last = last
        self._entry = readings.config_entry
        self._hass = readings.hass
        self._readings = readings
        self._history = history
        self._store = account_store(self._hass, self._entry.entry_id, _STORE)
        self._run: asyncio.Task[None] | None = None
        self._found: Check | None = None
        # Whether the account is about to be loaded anew, with another checker.
        self._is_outdated = False

    @callback
    def async_report(self) -> None:
        """Tell again what the last check found, its issues and the words of a refused session: no restart keeps them."""
        if self.last is None:
            return
        if (refused := self.last.verdict("connection_id")).what == "unrecognised":
            status, words = int(refused.figures["status"]), str(refused.figures["words"])
            self.points.client.trust_refusal(IdRefusal(status, words, is_recognised=False))
        async_report(self.points, self.last.time_zone, self.last.verdicts)

    @callback
    def async_start(self) -> None:
        """Check once the first import has come to an end, then monthly and in a new zone, until the entry is unloaded."""
        self._entry.async_on_unload(
            async_track_time_interval(self._hass, self._look, _LOOK_INTERVAL, cancel_on_shutdown=True)
        )
        if self._history is not None:
            self._entry.async_on_unload(self._history.async_add_listener(self._note_history))

    async def async_check(self, beside: Collection[Verdict] = ()) -> Check:
        """Check now, and keep what was found, beside other verdicts; raises nothing of the client.

        Where a check is under way, what that one finds is returned, unless there are other verdicts. Where another way to
        read the platform follows, the account is loaded anew: sensors are polled at once, and the history is read again.
        """
        asked_after = self._found
        async with self._hass.data.setdefault(_TURN, asyncio.Lock()):
            if self._found is None or self._found is asked_after or beside:
                self._found = await self._async_check(beside)
            return self._found

    async def _async_check(self, beside: Iterable[Verdict]) -> Check:
        evidence = await self._async_evidence()
        check = self._check_of(evidence, beside)
        LOGGER.debug("The check of %s: %s", self._entry.title, check.stored()["verdicts"])
        # A platform that is away has said nothing that replaces what it said before.
        if evidence is not None and not evidence.data and not evidence.raw:
            return check
        self.last = check
        await self._store.async_save(check.stored())
        async_report(self.points, check.time_zone, check.verdicts)
        is_changed = check.adaptations != self.points.client.adaptations
        if is_changed and not self._is_outdated and self._entry.state is ConfigEntryState.LOADED:
            self._is_outdated = True
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return check

    def _check_of(self, evidence: Evidence | None, beside: Iterable[Verdict]) -> Check:
        now, verdicts = dt_util.utcnow(), verdicts_of(evidence)
        followed = followed_from(verdicts, () if self.last is None else self.last.followed, now)
        is_outdated = adaptations_of(followed) != self.points.client.adaptations and self._history is not None
        return Check(
            at=now,
            time_zone=str(self.points.client.time_zone),
            requests=0 if evidence is None else evidence.requests,
            verdicts=(*verdicts, *beside),
            followed=followed,
            has_outdated_history=is_outdated or (self.last is not None and self.last.has_outdated_history),
        )

    async def async_try_writing(self, code: str) -> WriteTrial:
        """Write to a point that is free for tests, by its code; raises nothing of the client."""
        async with self._hass.data.setdefault(_TURN, asyncio.Lock()):
            return await async_try_writing(self.points.client, code)

    async def _async_evidence(self) -> Evidence | None:
        """Return what the platform answered, None where no point is chosen."""
        # The platform as it is: as it is read, nothing would differ, and what makes it so would be taken back.
        client, now = self.points.client.with_adaptations(Adaptations()), dt_util.utcnow()
        if (sample := self._sample()) is None:
            return None
        times = Times.at(now, client.time_zone)
        zone = dt_util.get_default_time_zone()
        home = Home(
            longitude=self._hass.config.longitude, utc_offset=times.day.astimezone(zone).utcoffset() or timedelta()
        )
        return await async_evidence(client, sample, times, home)

    def _sample(self) -> Sample | None:
        """Return the sample, with the platform's own ids: the client is asked as it is."""
        data = self.points.data
        codes = {point.id: point.code for point in data.chosen}
        chosen = [point for code in codes.values() if (point := data.listed.by_code(code)) is not None]
        told = {(codes[point_id], key) for point_id, key in self._readings.data.told if point_id in codes}
        return sample_of(chosen, data.listed, told)

    @callback
    def _note_history(self) -> None:
        """Take note that the history is there as the adaptations have it."""
        last, history = self.last, self._history
        if last is None or history is None or not last.has_outdated_history or history.progress != _ALL_HOURS:
            return
        if last.adaptations == self.points.client.adaptations:
            self.last = replace(last, has_outdated_history=False)
            self._store.async_delay_save(self.last.stored)

    @callback
    def _look(self, _: datetime) -> None:
        if (self._run is None or self._run.done()) and self._is_due() and self._is_imported():
            self._run = self._entry.async_create_background_task(
                self._hass, self._async_check_by_itself(), f"{DOMAIN} check of the platform"
            )

    async def _async_check_by_itself(self) -> None:
        """Check; what fails is tried again at the next look."""
        try:
            await self.async_check()
        except Exception:  # noqa: BLE001 - whatever it is, nobody else would tell of it
            LOGGER.exception("The check of the platform of %s failed, and is tried again", self._entry.title)

    def _is_due(self) -> bool:
        last = self.last
        if last is None or last.time_zone != str(self.points.client.time_zone):
            return True
        return not timedelta() <= dt_util.utcnow() - last.at < CHECK_INTERVAL

    def _is_imported(self) -> bool:
        """Return whether no first import is under way."""
        history = self._history
        return history is None or history.paused or history.progress == _ALL_HOURS
