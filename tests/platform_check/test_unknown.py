"""What cannot be known is unknown, with the reason; a request that fails takes no other down."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.reengen.api import (
    Point,
    PointTree,
    ReengenAuthenticationError,
    ReengenClient,
    ReengenError,
    ReengenHttpError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenResponseError,
    ReengenTimeoutError,
)
from custom_components.reengen.platform_check.evidence import Ask as Request, Home, async_evidence
from custom_components.reengen.platform_check.probes import PROBES, verdicts_of
from custom_components.reengen.platform_check.sample import Times, sample_of
from custom_components.reengen.platform_check.verdicts import Outcome, Verdict
from simulator import Simulator

from .conftest import HOME, ISTANBUL, KNOWN, LEAF, NOW, PHASED, ROOF, SITE, Ask, sample
from .test_switches import assert_has_sentences

EMPTY = "reengenPoint"
# Stands for every request.
EVERY = 0
METHODS = ("get_data", "get_cost", "list_data", "refusal_of_made_up_id")
# Where a refusal itself is news: of units that have raw rows, and of a range that ends after now.
TELLING = {("units", "refused"), ("future", "refused")}


def unknown(verdicts: tuple[Verdict, ...]) -> dict[str, str]:
    return {verdict.probe: verdict.what for verdict in verdicts if verdict.outcome is Outcome.UNKNOWN}


def differing(verdicts: tuple[Verdict, ...]) -> set[tuple[str, str]]:
    return {(verdict.probe, verdict.what) for verdict in verdicts if verdict.outcome is Outcome.DIFFERS}


async def test_a_meter_without_phases_children_and_sun(ask: Ask) -> None:
    verdicts = verdicts_of(await ask(LEAF))
    assert differing(verdicts) == set()
    assert unknown(verdicts) == {
        "phase_power": "no_phases",
        "indices": "no_phases",
        "parents": "no_children",
        "clock": "no_solar",
        "generated": "no_solar",
    }
    assert_has_sentences(verdicts)


async def test_a_point_without_any_data(ask: Ask) -> None:
    verdicts = verdicts_of(await ask(EMPTY))
    assert differing(verdicts) == set()
    assert unknown(verdicts) == {
        "registers": "no_raw_rows",
        **dict.fromkeys(("units", "labels", "range_end", "sums", "months", "future", "decimals"), "no_values"),
        **dict.fromkeys(("phase_power", "indices"), "no_phases"),
        **dict.fromkeys(("clock", "generated"), "no_solar"),
        "parents": "no_children",
        "costs": "no_costs",
    }
    assert_has_sentences(verdicts)


def test_no_chosen_point() -> None:
    verdicts = verdicts_of(None)
    assert unknown(verdicts) == dict.fromkeys(PROBES, "no_points")
    assert_has_sentences(verdicts)


async def test_without_raw_rows_the_aggregates_still_tell(simulator: Simulator, ask: Ask) -> None:
    simulator.fail_next("refused", method="ListDataEx", times=2)
    verdicts = verdicts_of(await ask())
    assert differing(verdicts) == set()
    refused = ("registers", "phase_power", "indices", "parents")
    assert unknown(verdicts) == dict.fromkeys(refused, "refused")
    simulator.fail_next("refused", method="ListDataEx", times=2)
    assert differing(verdicts_of(await ask(bucket_label="end"))) == {("labels", "end")}


async def test_an_old_meter_without_registers_and_a_constant_load(simulator: Simulator, ask: Ask) -> None:
    """Where every quarter hour is the same, any lag fits."""
    simulator.database.execute("UPDATE sample SET original = NULL, value = 5")
    verdicts = verdicts_of(await ask(LEAF))
    assert differing(verdicts) == set()
    assert unknown(verdicts)["registers"] == "no_registers"


async def test_a_connection_id_that_was_never_given_out_and_works(simulator: Simulator, ask: Ask) -> None:
    """The first request for the points is that of the sample."""
    simulator.fail_next("slow_first_byte", method="GetPointHierarchy", seconds=0)
    simulator.fail_next("stale_response", method="GetPointHierarchy")
    verdicts = verdicts_of(await ask())
    assert differing(verdicts) == {("connection_id", "accepted")}
    assert_has_sentences(verdicts)


async def test_a_made_up_id_is_another_each_time_and_leaves_the_session_alone(
    client: ReengenClient, simulator: Simulator
) -> None:
    refusals = [await client.refusal_of_made_up_id() for _ in range(2)]
    assert [refusal and refusal.is_recognised for refusal in refusals] == [True, True]
    await client.get_point_hierarchy()
    login, first, second, after = simulator.requests
    assert login.method == "Authenticate"
    assert len({first.connection_id, second.connection_id, after.connection_id}) == 3
    assert client.counters.requests == {"Authenticate": 1, "GetPointHierarchy": 3}
    assert client.counters.last_error is None


async def test_home_in_another_zone_says_nothing_of_the_roofs(ask: Ask) -> None:
    far = Home(longitude=-117.2, utc_offset=timedelta(hours=-8))
    assert unknown(verdicts_of(await ask(home=far))) == {"clock": "location"}
    # With the account's zone that of the platform all is well again, wherever Home Assistant's own clock is.
    london = Home(longitude=29.0, utc_offset=timedelta())
    assert unknown(verdicts_of(await ask(home=london))) == {}


@contextmanager
def failing(fails_at: int, error: ReengenError) -> Iterator[None]:
    """Let one request of a client fail."""
    number = count(1)

    def tried(method: Any) -> Any:
        async def ask(client: ReengenClient, *args: Any, **kwargs: Any) -> Any:
            if fails_at in {EVERY, next(number)}:
                raise error
            return await method(client, *args, **kwargs)

        return ask

    with patch.multiple(ReengenClient, **{name: tried(getattr(ReengenClient, name)) for name in METHODS}):
        yield


REFUSED, UNREADABLE = ReengenRefusedError("no"), ReengenResponseError("no")


@pytest.mark.parametrize("error", [REFUSED, UNREADABLE], ids=["refused", "failed"])
async def test_one_request_that_fails_takes_no_other_down(client: ReengenClient, error: ReengenError) -> None:
    chosen = await sample(client, PHASED, LEAF, SITE, ROOF)
    times = Times.at(NOW, ISTANBUL)
    expected = {verdict.probe: verdict for verdict in verdicts_of(await async_evidence(client, chosen, times, HOME))}
    for number in range(1, 16):
        with failing(number, error):
            evidence = await async_evidence(client, chosen, times, HOME)
        verdicts = verdicts_of(evidence)
        assert list(evidence.failures.values()) == ["refused" if error is REFUSED else "failed"]
        assert evidence.requests == (13 if Request.RAW_LEVELS in evidence.failures else 15)
        assert differing(verdicts) <= (TELLING if error is REFUSED else set())
        changed = {each.probe for each in verdicts if each.outcome is not expected[each.probe].outcome}
        assert len(changed) <= 4, evidence.failures
        assert_has_sentences(verdicts)


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (ReengenTimeoutError("no", sent=True), 2),
        (ReengenHttpError("no", status=502), 2),
        (ReengenRateLimitError("no", status=429), 1),
        (ReengenAuthenticationError("no"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_platform_in_trouble_is_left_alone(client: ReengenClient, error: ReengenError, sent: int) -> None:
    chosen = await sample(client, PHASED, LEAF, SITE, ROOF)
    with failing(EVERY, error):
        evidence = await async_evidence(client, chosen, Times.at(NOW, ISTANBUL), HOME)
    assert evidence.requests == sent
    assert set(evidence.failures) == set(Request) - {Request.POWER, Request.VOLTAGE, Request.HOUR_BY_END}
    verdicts = verdicts_of(evidence)
    assert unknown(verdicts).keys() == PROBES.keys()
    assert_has_sentences(verdicts)


@pytest.mark.parametrize("count", [3, 300, 3000])
async def test_a_check_of_many_points_is_no_more_requests(
    client: ReengenClient, simulator: Simulator, count: int
) -> None:
    """Whichever points are chosen, those that are asked for are few."""
    listed = await client.get_point_hierarchy()
    extra = [Point(id=100_000 + number, code=f"extra{number}", name="Extra") for number in range(count)]
    tree = PointTree([*listed.points, *extra])
    first = [point for code in (PHASED, SITE, ROOF) if (point := tree.by_code(code)) is not None]
    known = KNOWN | {(point.code, "active_energy_import") for point in extra}
    chosen = sample_of([*first, *extra][:count], tree, known)
    assert chosen is not None
    assert len(chosen.points) <= 3
    before = simulator.count()
    evidence = await async_evidence(client, chosen, Times.at(NOW, ISTANBUL), HOME)
    assert evidence.requests == simulator.count() - before == 15
    assert evidence.failures == {}
