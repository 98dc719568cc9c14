"""What may be asked again, how often and how soon: back-off with jitter under one deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
import random
import time
from typing import Final

from .errors import (
    ReengenCertificateError,
    ReengenConnectionError,
    ReengenError,
    ReengenHttpError,
    ReengenRateLimitError,
    ReengenTimeoutError,
)

# A request with less time than this would only add load: even a healthy platform takes tenths of a second.
_LEAST_SECONDS: Final = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """How patient a client is, in seconds; clock, sleep and random are injected.

    `request_seconds` bounds one request, `total_seconds` one call of the client with all its repetitions and
    pauses; a login that has to come first has a total of its own.
    """

    # A month of all points may take the platform a minute.
    request_seconds: float = 60.0
    # Two requests of full length and the pause between them, well inside Home Assistant's five minutes for starting up.
    total_seconds: float = 150.0
    attempts: int = 3
    first_delay: float = 1.0
    longest_delay: float = 20.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    random: Callable[[], float] = random.random

    def deadline(self) -> float:
        """Return the instant on the policy's clock at which a call that starts now gives up."""
        return self.clock() + self.total_seconds

    def delay(self, attempt_number: int, error: ReengenError) -> float:
        """Return the pause after attempt 1, 2, ... that ended in `error`: at least what the server asked for."""
        backoff = min(self.longest_delay, self.first_delay * 2.0 ** (attempt_number - 1))
        # Half of the pause is chance, so that many installations do not ask at one instant after an outage.
        jittered = backoff * (0.5 + self.random() / 2)
        failure = http_failure(error)
        return max(jittered, (failure and failure.retry_after) or 0.0)

    async def run[T](
        self,
        attempt: Callable[[float], Awaitable[T]],
        may_repeat: Callable[[ReengenError], bool],
        *,
        deadline: float,
        method: str,
    ) -> T:
        """Call `attempt` with the seconds it may take, again where `may_repeat` and time allow.

        Raises the last error of `attempt`, and ReengenTimeoutError (`sent` False) where no time is left to begin.
        """
        attempt_number = 0
        while True:
            remaining = deadline - self.clock()
            if remaining < _LEAST_SECONDS:
                raise ReengenTimeoutError(f"No time was left to send {method}.", method=method, sent=False)
            attempt_number += 1
            try:
                return await attempt(min(self.request_seconds, remaining))
            except ReengenError as error:
                delay = self.delay(attempt_number, error)
                is_late = self.clock() + delay + _LEAST_SECONDS > deadline
                if is_late or attempt_number >= self.attempts or not may_repeat(error):
                    raise
            await self.sleep(delay)


def read_may_repeat(error: ReengenError) -> bool:
    """Tell whether a read may be asked again: no response, a failing server, too many requests.

    Not a refusal, not an unreadable response (the platform would say the same again, and the next poll asks anyway)
    and not a certificate, which no pause of seconds mends.
    """
    if isinstance(error, ReengenConnectionError):
        return not isinstance(error, ReengenCertificateError)
    failure = http_failure(error)
    return failure is not None and (
        isinstance(failure, ReengenRateLimitError) or failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def write_may_repeat(error: ReengenError) -> bool:
    """Tell whether a write or command may be sent again: only if the request certainly never left."""
    return isinstance(error, ReengenConnectionError) and not error.sent and read_may_repeat(error)


def http_failure(error: ReengenError) -> ReengenHttpError | None:
    """Return the HTTP failure that the error is, or that it came with (an envelope in a response of status 500)."""
    return next((part for part in (error, error.__cause__) if isinstance(part, ReengenHttpError)), None)
