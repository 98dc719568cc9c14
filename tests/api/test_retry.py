"""Back-off: how often, how long, and what may be asked again at all."""

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api.errors import (
    ReengenAuthenticationError,
    ReengenCertificateError,
    ReengenConnectionError,
    ReengenError,
    ReengenHttpError,
    ReengenOutcomeUnknownError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenRequestError,
    ReengenResponseError,
    ReengenTimeoutError,
)
from custom_components.reengen.api.retry import RetryPolicy, read_may_repeat, write_may_repeat

from .conftest import Patience


def refused_with(status: int) -> ReengenRefusedError:
    error = ReengenRefusedError("text")
    error.__cause__ = ReengenHttpError("text", status=status)
    return error


@pytest.mark.parametrize(
    ("error", "read", "write"),
    [
        pytest.param(ReengenConnectionError("", sent=False), True, True, id="never opened"),
        pytest.param(ReengenTimeoutError("", sent=False), True, True, id="timed out connecting"),
        pytest.param(ReengenConnectionError("", sent=True), True, False, id="broken"),
        pytest.param(ReengenTimeoutError("", sent=True), True, False, id="timed out waiting"),
        pytest.param(ReengenCertificateError("", sent=False), False, False, id="certificate"),
        pytest.param(ReengenHttpError("", status=500), True, False, id="500"),
        pytest.param(ReengenHttpError("", status=504), True, False, id="504"),
        pytest.param(ReengenHttpError("", status=404), False, False, id="404"),
        pytest.param(ReengenHttpError("", status=302), False, False, id="302"),
        pytest.param(ReengenRateLimitError("", status=429), True, False, id="429"),
        pytest.param(refused_with(500), True, False, id="refused with 500"),
        pytest.param(ReengenRefusedError(""), False, False, id="refused"),
        pytest.param(ReengenAuthenticationError(""), False, False, id="authentication"),
        pytest.param(ReengenResponseError(""), False, False, id="response"),
        pytest.param(ReengenRequestError(""), False, False, id="request"),
        pytest.param(ReengenOutcomeUnknownError(""), False, False, id="unknown"),
    ],
)
def test_what_may_be_asked_again(error: ReengenError, *, read: bool, write: bool) -> None:
    assert read_may_repeat(error) is read
    assert write_may_repeat(error) is write


async def test_attempts_and_pauses_are_bounded(patience: Patience) -> None:
    asked: list[float] = []

    async def fail(seconds: float) -> None:
        asked.append(seconds)
        raise ReengenConnectionError(f"attempt {len(asked)}", sent=True)

    policy = patience.policy(attempts=4, first_delay=2.0, longest_delay=5.0, request_seconds=60.0, total_seconds=150.0)
    with pytest.raises(ReengenConnectionError, match="attempt 4"):
        await policy.run(fail, read_may_repeat, deadline=policy.deadline(), method="GetData")
    assert patience.pauses == [2.0, 4.0, 5.0]
    assert asked == [60.0] * 4


async def test_result_of_a_later_attempt(patience: Patience) -> None:
    outcomes: list[Exception | str] = [ReengenHttpError("", status=503), "done"]

    async def attempt(_: float) -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    policy = patience.policy()
    assert await policy.run(attempt, read_may_repeat, deadline=policy.deadline(), method="GetData") == "done"


async def test_server_decides_about_the_pause(patience: Patience) -> None:
    async def fail(_: float) -> None:
        raise ReengenRateLimitError("", status=429, retry_after=30.0)

    policy = patience.policy(attempts=3, total_seconds=100.0)
    with pytest.raises(ReengenRateLimitError):
        await policy.run(fail, read_may_repeat, deadline=policy.deadline(), method="GetData")
    assert patience.pauses == [30.0, 30.0]


async def test_pause_beyond_the_deadline_is_not_begun(patience: Patience) -> None:
    async def fail(_: float) -> None:
        raise ReengenRateLimitError("", status=429, retry_after=200.0)

    policy = patience.policy(total_seconds=150.0)
    with pytest.raises(ReengenRateLimitError):
        await policy.run(fail, read_may_repeat, deadline=policy.deadline(), method="GetData")
    assert patience.pauses == []


async def test_nothing_is_sent_without_time(patience: Patience) -> None:
    async def attempt(_: float) -> None:
        pytest.fail("it was sent")

    policy = patience.policy()
    with pytest.raises(ReengenTimeoutError) as caught:
        await policy.run(attempt, read_may_repeat, deadline=patience.now + 0.5, method="GetData")
    assert caught.value.sent is False
    assert caught.value.method == "GetData"


@given(
    durations=st.lists(st.floats(0, 100), min_size=10, max_size=10),
    waits=st.lists(st.none() | st.floats(0, 300), min_size=10, max_size=10),
    attempts=st.integers(1, 8),
    total=st.floats(2, 300),
    chance=st.floats(0, 1, exclude_max=True),
)
async def test_deadline_holds(
    durations: list[float], waits: list[float | None], attempts: int, total: float, chance: float
) -> None:
    patience = Patience()
    allowed: list[float] = []

    async def attempt(seconds: float) -> None:
        took = min(durations[len(allowed)], seconds)
        wait = waits[len(allowed)]
        allowed.append(seconds)
        patience.now += took
        raise ReengenHttpError("", status=503, retry_after=wait)

    policy = RetryPolicy(
        clock=lambda: patience.now,
        sleep=patience.sleep,
        random=lambda: chance,
        attempts=attempts,
        total_seconds=total,
        request_seconds=60.0,
    )
    with pytest.raises(ReengenHttpError):
        await policy.run(attempt, read_may_repeat, deadline=policy.deadline(), method="GetData")
    assert 1 <= len(allowed) <= attempts
    assert patience.now <= total + 1e-6
    assert all(1.0 - 1e-6 <= seconds <= 60.0 for seconds in allowed)
    assert all(pause >= (wait or 0.0) for pause, wait in zip(patience.pauses, waits, strict=False))


@given(number=st.integers(1, 60), chance=st.floats(0, 1, exclude_max=True))
def test_jitter_stays_between_half_and_whole(number: int, chance: float) -> None:
    policy = RetryPolicy(random=lambda: chance, first_delay=1.0, longest_delay=20.0)
    whole = min(20.0, 2.0 ** (number - 1))
    assert whole / 2 <= policy.delay(number, ReengenConnectionError("", sent=True)) <= whole
