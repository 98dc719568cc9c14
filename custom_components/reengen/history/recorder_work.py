"""Work on the recorder's database: none is begun when Home Assistant stops, none is cut off, none is waited for without end."""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass, field
import sqlite3
from typing import Any, Final, override

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.db_schema import Statistics
from homeassistant.components.recorder.tasks import RecorderTask
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.recorder import async_migration_in_progress, get_instance, session_scope
from homeassistant.util.hass_dict import HassKey
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from custom_components.reengen.account import translated
from custom_components.reengen.const import DOMAIN

from .series import HistoryUnavailableError

# How long a stop of Home Assistant waits for reads and writes under way. A write takes a second; one that has not ended by
# then waits for a database that does not work.
_LONGEST_STOP_SECONDS: Final = 10.0

# How soon a recorder whose thread has died is noticed.
_LOOK_SECONDS: Final = 5.0


@dataclass(kw_only=True)
class _Work:
    """What is under way in the whole of Home Assistant: reads and writes, and the markers that writes wait for.

    `is_over` says that Home Assistant stops and does not wait any longer.
    """

    pieces: set[asyncio.Future[Any]] = field(default_factory=set)
    markers: set[asyncio.Future[None]] = field(default_factory=set)
    is_over: bool = False


_WORK: Final[HassKey[_Work]] = HassKey(f"{DOMAIN}_history_work")


@dataclass(slots=True)
class _Marker(RecorderTask):
    """A task that changes nothing and tells that the recorder has come to it.

    The recorder commits what it has recorded before each task, and drops the task where that fails. It commits nothing
    before this one: so whatever the database does, the marker is reached.
    """

    commit_before = False

    on_reached: Callable[[], None]

    @override
    def run(self, instance: Recorder) -> None:
        self.on_reached()


@dataclass(slots=True)
class RemoveHours(RecorderTask):
    """Remove the hours of a statistic that begin in [begin, end), epoch seconds, and nothing else.

    Home Assistant 2026.11 has it in `Recorder.async_clear_statistics`; before, that removes a whole statistic only.
    """

    statistic_id: str
    begin: int
    end: int

    @override
    def run(self, instance: Recorder) -> None:
        with session_scope(session=instance.get_session()) as session:
            known = instance.statistics_meta_manager.get(session, self.statistic_id)
            if known is not None:
                session.query(Statistics).filter(
                    Statistics.metadata_id == known[0],
                    Statistics.start_ts >= self.begin,
                    Statistics.start_ts < self.end,
                ).delete(synchronize_session=False)


async def async_read[ResultT](hass: HomeAssistant, read: Callable[[], ResultT]) -> ResultT:
    """Return what one of the database's own threads reads. Raises: HistoryUnavailableError."""
    check_recorder(hass)
    try:
        return await async_finish(hass, get_instance(hass).async_add_executor_job(read))
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise unavailable("history_database_failed", detail=_words_of(error)) from error


async def async_finish[ResultT](hass: HomeAssistant, work: asyncio.Future[ResultT]) -> ResultT:
    """Return the result of work that goes on when whoever waits for it is cancelled; Home Assistant's stop waits."""
    pieces = _work(hass).pieces
    pieces.add(work)
    work.add_done_callback(pieces.discard)
    # A shield would do, but logs a failure that nobody waits for any more as an error.
    work.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait([work])
    return work.result()


@callback
def async_marker(hass: HomeAssistant) -> asyncio.Future[None]:
    """Return what is done when the recorder has come to all that is queued for it by now.

    It is cancelled where a stop of Home Assistant does not wait any longer; then none is queued any more.
    Raises: HistoryUnavailableError.
    """
    check_not_over(hass)
    loop, markers = hass.loop, _work(hass).markers
    marker: asyncio.Future[None] = loop.create_future()

    def reached() -> None:
        # Where the event loop is closed by now, nothing waits for the marker.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if marker.done() else marker.set_result(None))

    markers.add(marker)
    marker.add_done_callback(markers.discard)
    get_instance(hass).queue_task(_Marker(reached))
    return marker


async def async_reach(hass: HomeAssistant, marker: asyncio.Future[None]) -> None:
    """Return when the marker is reached. Raises: HistoryUnavailableError where it never will be."""
    while not marker.done() and get_instance(hass).is_alive():
        await asyncio.wait([marker], timeout=_LOOK_SECONDS)
    if not marker.done() or marker.cancelled():
        raise unavailable()


def _work(hass: HomeAssistant) -> _Work:
    """Return what is under way just now; Home Assistant's stop waits for it, but not for long.

    A stop without waiting would leave a write half done, and close the database's connections during a query: in the
    middle of a statement SQLite crashes the process then.
    """
    if (known := hass.data.get(_WORK)) is not None:
        return known
    work = _Work()

    async def have_ended(_event: Event) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_STOP_SECONDS):
                while work.pieces:
                    # A write reads what it has written before it ends.
                    await asyncio.wait(work.pieces)
        work.is_over = True
        for marker in list(work.markers):
            marker.cancel()

    hass.data[_WORK] = work
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, have_ended)
    return work


@callback
def check_not_over(hass: HomeAssistant) -> None:
    """Raise HistoryUnavailableError where Home Assistant stops and does not wait for a write any longer."""
    if _work(hass).is_over:
        raise unavailable()


@callback
def check_recorder(hass: HomeAssistant) -> None:
    """Raise HistoryUnavailableError where the recorder can neither read nor write, or will soon stop."""
    if hass.is_stopping or async_migration_in_progress(hass) or not get_instance(hass).is_alive():
        raise unavailable()


def unavailable(translation_key: str = "history_unavailable", **quoted: str) -> HistoryUnavailableError:
    """Return the error that says so to the user."""
    return translated(HistoryUnavailableError, translation_key, **quoted)


def _words_of(error: Exception) -> str:
    """Return what the database says, in one line and without the statement."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    said = str(cause).strip().partition("\n")[0]
    return said if any(map(str.isalpha, said)) else type(cause).__name__
