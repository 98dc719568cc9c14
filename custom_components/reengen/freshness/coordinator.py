"""Watches how fresh the data of each point is, from what others have asked for; it makes no request of its own."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.const import QUARTER_HOUR
from custom_components.reengen.history import HistoryImporter
from custom_components.reengen.points import ChosenPointsCoordinator, account_store
from custom_components.reengen.readings import POWER_FACTOR, POWERS, ReadingsCoordinator, Window

from .track import PointFreshness, Source, Track, TrackKey, judge

_HOUR: Final = timedelta(hours=1)

# What a kill may lose of what was learned in weeks, against a file written at every poll.
_SAVE_SECONDS: Final = 3600


class FreshnessCoordinator(ChosenPointsCoordinator[Mapping[int, PointFreshness]]):
    """The freshness of each chosen point (by its id) that ever had data.

    It is judged anew when a poll ends, also one that found nothing new, and when the history has noted what is stored.
    """

    def __init__(self, readings: ReadingsCoordinator, history: HistoryImporter | None) -> None:
        """Watch the readings and, unless there is no recorder, the history."""
        super().__init__(readings.points, name="freshness", interval=None)
        self.data = {}
        self._readings = readings
        self._history = history
        self._store = account_store(self.hass, self.config_entry.entry_id, "freshness")
        self._tracks: dict[int, dict[TrackKey, Track]] = {}
        self._newest_hours: Mapping[str, datetime] | None = None
        self._is_save_due = False

    async def async_load(self) -> None:
        """Take up what was learned before, and begin to watch, until the entry is unloaded."""
        chosen = {row.key for row in AccountOptions.of(self.config_entry).measurements}
        stored = await self._store.async_load() or {"points": {}}
        for point_id, tracks in stored["points"].items():
            self._tracks[int(point_id)] = {
                (key, source): Track.restored(source, track)
                for key, sources in tracks.items()
                if key in chosen
                for source, track in ((Source(name), track) for name, track in sources.items())
            }
        self._judge()
        self._readings.async_follow(self._look_at_levels)
        if self._history is not None:
            self.config_entry.async_on_unload(self._history.async_add_listener(self._look_at_hours))

    async def async_save(self) -> None:
        """Save what was learned, as the account is unloaded; nothing is saved after that."""
        learned = self._learned()
        self._is_save_due = True
        await self._store.async_save(learned)

    def _judge(self) -> None:
        """Judge each chosen point, and tell what has changed."""
        # A history that stands still says nothing of the platform.
        has_hours = self._history is not None and not self._history.paused
        watched = frozenset(Source) if has_hours else frozenset({Source.LATEST})
        tracks = {point_id: self._tracks.get(point_id) for point_id in self.points.data.chosen_ids}
        judged = {point_id: judge(found, watched) for point_id, found in tracks.items() if found}
        if judged != self.data:
            self.async_set_updated_data(judged)

    def _look_at_levels(self, at: datetime) -> None:
        """Take in a poll that succeeded: what it found, and that it found nothing newer of other known series."""
        samples = self._readings.data.samples
        for point_id, track_key in list(self._levels_asked()):
            sample = samples.get((point_id, track_key[0], Window.LATEST))
            self._look(point_id, track_key, None if sample is None else sample.start + QUARTER_HOUR, at)
        self._save_soon()
        self._judge()

    def _levels_asked(self) -> Iterator[tuple[int, TrackKey]]:
        readings = self._readings.data
        # Power and its factor are made of energy, whose newest hour is watched already.
        powers = {*POWERS, POWER_FACTOR}.difference(AccountOptions.of(self.config_entry).catalogue)
        for point_id, key, window in readings.samples:
            if window is Window.LATEST and key not in powers:
                yield point_id, (key, Source.LATEST)
        for point_id in self.points.data.chosen_ids:
            for key, source in self._tracks.get(point_id, ()):
                sample_key = (point_id, key, Window.LATEST)
                # Of what was refused, or came and could not be read, nobody can say how old it is.
                is_told = sample_key not in readings.refused and sample_key not in readings.unreadable
                if source is Source.LATEST and is_told and sample_key not in readings.samples:
                    yield point_id, (key, source)

    def _look_at_hours(self) -> None:
        """Take in what the history has noted since the last time; without any hour it may have failed to."""
        history = self._history
        if history is None or not history.newest_hours or history.newest_hours is self._newest_hours:
            return
        self._newest_hours = history.newest_hours
        now = dt_util.utcnow()
        for series in history.series:
            if series.cost_group is not None:
                continue
            newest, track_key = history.newest_hours.get(series.statistic_id), (series.key, Source.HOURS)
            track = self._tracks.get(series.point_id, {}).get(track_key)
            if newest is None:
                self._tracks.get(series.point_id, {}).pop(track_key, None)
                continue
            # Newer hours than before are a look of their own, whoever found them.
            is_new = track is not None and newest + _HOUR > track.newest_end
            looked_at = history.looked_at.get(series.statistic_id)
            at = now if is_new or (looked_at is not None and looked_at > now) else looked_at
            self._look(series.point_id, track_key, newest + _HOUR, at)
        self._save_soon()
        self._judge()

    def _look(self, point_id: int, track_key: TrackKey, newest_end: datetime | None, at: datetime | None) -> None:
        tracks = self._tracks.setdefault(point_id, {})
        track = tracks.get(track_key)
        if track is None:
            if newest_end is not None:
                tracks[track_key] = Track(source=track_key[1], newest_end=newest_end, looked_at=at)
        elif at is not None and (track.looked_at is None or at > track.looked_at or track.looked_at > dt_util.utcnow()):
            track.look(newest_end or track.newest_end, at)

    def _save_soon(self) -> None:
        # The store would put a write off each time that it is asked for one.
        if not self._is_save_due:
            self._is_save_due = True
            self._store.async_delay_save(self._learned, _SAVE_SECONDS)

    def _learned(self) -> dict[str, Any]:
        self._is_save_due = False
        points: dict[str, dict[str, dict[str, Any]]] = {}
        for point_id, tracks in self._tracks.items():
            for (key, source), track in tracks.items():
                points.setdefault(str(point_id), {}).setdefault(key, {})[source.value] = track.stored()
        return {"points": points}
