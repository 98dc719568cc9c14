"""P15: what ImportData does with a row, tried on a point that the user names as free for tests.

A row is created, created again, updated and deleted, and read back after each step. Each of these writes is sent at most
once, and after a write whose outcome is unknown nothing more is written. The quarter hour lies before the year 2000, from
which no history is ever read, and a row that is there already is not touched.
"""

from asyncio import sleep
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import isclose
from typing import Final

from custom_components.reengen.api import (
    ImportRow,
    Listing,
    Operation,
    RawReading,
    ReengenClient,
    ReengenError,
    ReengenOutcomeUnknownError,
    ReengenRefusedError,
)
from custom_components.reengen.const import LOGGER

from .evidence import ACTIVE, failure_of
from .figures import QUARTER
from .verdicts import Verdict, differs, holds, unknown

PROBE: Final = "import_data"
VARIANT: Final = "import"
INDEX: Final = 1

# Noon of the platform's clock, and the last second of the quarter hour that begins then.
_START: Final = datetime(1999, 1, 1, 12, tzinfo=UTC)
_LAST_SECOND: Final = QUARTER - timedelta(seconds=1)

# Wh of the rows: of the document's example, of the row in its place, of the update.
_VALUES: Final = (121.0, 242.0, 363.0)

# A row is looked for at once, and again after so many seconds.
_PAUSES: Final = (0, 10, 20)


class Left(StrEnum):
    """What is left of the trial on the platform."""

    NOTHING = "nothing"
    ROW = "row"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteTrial:
    """What was found, the last second of the quarter hour that was written (UTC), what is left there, and the requests."""

    verdict: Verdict
    interval_end: datetime
    left: Left
    requests: int


async def async_try_writing(client: ReengenClient, code: str) -> WriteTrial:
    """Try ImportData on the point with this code; raises nothing of the client."""
    trial = _Trial(client, code)
    try:
        found = await trial.async_run()
    except ReengenError as error:
        LOGGER.debug("The trial of ImportData was broken off: %s", error)
        found = unknown("outcome" if isinstance(error, ReengenOutcomeUnknownError) else failure_of(error))
    left = await trial.async_left()
    return WriteTrial(verdict=found.named(PROBE), interval_end=trial.interval_end, left=left, requests=trial.requests)


class _Trial:
    def __init__(self, client: ReengenClient, code: str) -> None:
        self._client = client
        self._code = code
        self._start = _START.replace(tzinfo=client.time_zone).astimezone(UTC)
        # What may be there: nothing before the first write, and nothing after a deletion that was seen.
        self._is_clean = True
        self.interval_end = self._start + _LAST_SECOND
        self.requests = 0

    async def async_run(self) -> Verdict:
        """Create, create again, update and delete, and say what came of it. Raises: ReengenError."""
        before = await self._read()
        if before or any(oddity.kind.loses_data for oddity in before.oddities):
            return unknown("occupied")
        first_value, second_value, third_value = _VALUES
        if not await self._write(Operation.CREATE, first_value):
            return unknown("refused")
        created, delay = await self._until(bool)
        if not created:
            await self._write(Operation.DELETE, first_value)
            return unknown("invisible", delay=delay)
        again = updated = created
        if accepted := await self._write(Operation.CREATE, second_value):
            again, _ = await self._until(lambda rows: rows != created)
        if await self._write(Operation.UPDATE, third_value):
            updated, _ = await self._until(lambda rows: rows != again)
        if await self._write(Operation.DELETE, third_value):
            left, _ = await self._until(lambda rows: not rows)
            self._is_clean = not left
        existing = _existing(created, again) if accepted else "refused"
        return _judged(created[0], existing, is_updated=updated != again, is_deleted=self._is_clean, delay=delay)

    async def async_left(self) -> Left:
        """Return what is left, by one more look where it is not certain."""
        if self._is_clean:
            return Left.NOTHING
        try:
            return Left.ROW if await self._read() else Left.UNKNOWN
        except ReengenError:
            return Left.UNKNOWN

    async def _read(self) -> Listing[RawReading]:
        self.requests += 1
        return await self._client.list_data(
            points=[self._code],
            definitions=[ACTIVE],
            variants=[VARIANT],
            start=self._start,
            end=self._start + 2 * QUARTER,
        )

    async def _until(self, is_there: Callable[[Sequence[RawReading]], bool]) -> tuple[Sequence[RawReading], int]:
        """Return the rows as soon as they are as expected, or as they are at last, and after how many seconds."""
        rows: Sequence[RawReading] = ()
        waited = 0
        for pause in _PAUSES:
            await sleep(pause)
            waited += pause
            if is_there(rows := await self._read()):
                break
        return rows, waited

    async def _write(self, operation: Operation, value: float) -> bool:
        """Send one row once; return whether the platform accepted it. Raises: ReengenError."""
        row = ImportRow(
            point=self._code,
            definition=ACTIVE,
            variant=VARIANT,
            index=INDEX,
            interval_end=self.interval_end,
            value=value,
            operation=operation,
        )
        self.requests += 1
        was_clean, self._is_clean = self._is_clean, False
        try:
            await self._client.import_data([row])
        except ReengenOutcomeUnknownError:
            raise
        except ReengenError as error:
            self._is_clean = was_clean
            if not isinstance(error, ReengenRefusedError):
                raise
            LOGGER.debug("ImportData %s was refused: %s", operation.value, error)
            return False
        return True


def _existing(created: Sequence[RawReading], again: Sequence[RawReading]) -> str:
    """Return what became of a row that was created where there was one."""
    if len(again) > len(created):
        return "duplicated"
    return "ignored" if again == created else "overwritten"


def _judged(row: RawReading, existing: str, *, is_updated: bool, is_deleted: bool, delay: int) -> Verdict:
    """Return what differs first of what a written value means, what stands in for a row, and what removes it."""
    figures: dict[str, float | str] = {"delay": delay, "existing": existing}
    written, _, _ = _VALUES
    if row.value is None or not isclose(row.value, written, rel_tol=1e-6):
        if row.original is not None and isclose(row.original, written, rel_tol=1e-6):
            return differs("register", **figures)
        return differs("factor", factor=row.value / written, **figures) if row.value else unknown("unclear", **figures)
    if existing != "refused":
        return differs(existing, **figures)
    if not is_updated:
        return differs("update", **figures)
    return holds(**figures) if is_deleted else differs("deletion", **figures)
