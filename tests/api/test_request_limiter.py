"""Three requests of a session at once; one by one where the platform wants it so; commands wait for no read."""

import asyncio
from typing import Any

import pytest

from custom_components.reengen.api import ParameterKind, ReengenClient, ReengenRateLimitError
from custom_components.reengen.api.request_limiter import MOST_AT_ONCE
from simulator import Simulator

BOOLEAN = ParameterKind.BOOLEAN


class Watch:
    """The most requests that the platform had at once, and whether it ever had three."""

    def __init__(self, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """Look whenever a request is answered."""
        self.most = 0
        self.are_three = asyncio.Event()
        inner = simulator.take_fault

        def take_fault(method: str | None) -> Any:
            self.most = max(self.most, *simulator.active.values())
            if self.most == MOST_AT_ONCE:
                self.are_three.set()
            return inner(method)

        monkeypatch.setattr(simulator, "take_fault", take_fault)


@pytest.fixture
def watch(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Watch the requests of a test."""
    return Watch(simulator, monkeypatch)


async def read(client: ReengenClient, times: int) -> None:
    await asyncio.gather(*(client.list_available_commands("xFabrikaTrafo6") for _ in range(times)))


async def test_three_at_once(client: ReengenClient, simulator: Simulator, watch: Watch) -> None:
    simulator.profile.latency = 0.02
    await client.authenticate()
    await read(client, 10)
    assert watch.most == MOST_AT_ONCE


@pytest.mark.parametrize("refusal", ["429", "503", "200-false"])
async def test_one_by_one_from_the_refusal_on(client: ReengenClient, simulator: Simulator, refusal: Any) -> None:
    simulator.profile.concurrency_cap, simulator.profile.concurrency_refusal = 1, refusal
    simulator.profile.latency = 0.02
    await client.authenticate()
    await read(client, 10)
    # Two of the first three were refused, and asked again.
    assert simulator.count("ListAvailableCommands") == 12
    simulator.requests.clear()
    await read(client, 10)
    assert simulator.count("ListAvailableCommands") == 10


@pytest.mark.parametrize("fault", ["rate_limited", "http_503_html", "rate_limited_text"])
async def test_a_request_that_is_refused_alone_is_not_one_of_too_many(
    client: ReengenClient, simulator: Simulator, watch: Watch, fault: str
) -> None:
    await client.authenticate()
    simulator.fail_next(fault, method="ListAvailableCommands")
    await read(client, 1)
    simulator.profile.latency = 0.02
    await read(client, 10)
    assert watch.most == MOST_AT_ONCE


async def test_too_many_in_words_are_told_as_that(client: ReengenClient, simulator: Simulator) -> None:
    await client.authenticate()
    simulator.fail_next("rate_limited_text", method="ListAvailableCommands", times=3)
    with pytest.raises(ReengenRateLimitError):
        await read(client, 1)


@pytest.mark.parametrize(
    ("message", "is_about_number"),
    [
        ("Too many concurrent requests", True),
        ("Rate limit exceeded", True),
        ("Maximum of 2 simultaneous queries reached", True),
        ("Çok fazla istek gönderildi", True),
        ("Eş zamanlı istek sınırı aşıldı", True),
        ("Too many parameters", False),
        ("Unknown point 'xConcurrent'", False),
        ("The limit of the meter is exceeded", False),
    ],
)
async def test_words_about_the_number_of_requests(
    client: ReengenClient, simulator: Simulator, message: str, is_about_number: bool
) -> None:
    await client.authenticate()
    simulator.fail_next("refused", method="ListAvailableCommands", message=message, times=3)
    with pytest.raises(Exception, match=message) as caught:
        await read(client, 1)
    assert isinstance(caught.value, ReengenRateLimitError) == is_about_number


async def test_a_command_waits_for_no_read(client: ReengenClient, simulator: Simulator, watch: Watch) -> None:
    lights = next(each for each in await client.list_available_commands("xFabrikaTrafo6") if each.kind is BOOLEAN)
    simulator.fail_next("timeout_before_execution", method="ListAvailableCommands", times=MOST_AT_ONCE)
    reads = asyncio.create_task(read(client, 10))
    await watch.are_three.wait()
    await client.execute_command("xFabrikaTrafo6", lights, parameter=True)
    assert len(simulator.executions) == 1
    reads.cancel()
    await asyncio.gather(reads, return_exceptions=True)
