"""Nothing but the client's own errors leaves a read, under any fault and for any JSON, and none tells a secret."""

from collections.abc import Awaitable, Callable
from datetime import datetime
import json
import logging
from typing import Any
from unittest.mock import patch

import aiohttp
from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api import (
    Aggregation,
    CostGroup,
    CostSeries,
    MeasurementSeries,
    ReengenClient,
    ReengenError,
    ReengenOutcomeUnknownError,
    Resolution,
)
from custom_components.reengen.api.transport import HttpResponse
from simulator import FAULTS, Simulator

from .conftest import CONNECTION_ID, ISTANBUL, PASSWORD, MakeClient, Patience, envelope, everything_told

ENERGY = MeasurementSeries(definition="activeEnergy", variant="import", function=Aggregation.SUM, unit="Wh")
DAY = datetime(2026, 7, 14, tzinfo=ISTANBUL)
DAY_END = datetime(2026, 7, 15, tzinfo=ISTANBUL)
TRAFO = "xFabrikaTrafo6"

type Call = Callable[[ReengenClient], Awaitable[Any]]

READS: dict[str, Call] = {
    "GetPointHierarchy": lambda client: client.get_point_hierarchy(),
    "GetData": lambda client: client.get_data(
        [ENERGY], points=[TRAFO], start=DAY, end=DAY_END, resolution=Resolution.HOUR
    ),
    "GetData cost": lambda client: client.get_cost(
        [CostSeries(group=CostGroup.ACTIVE_ENERGY)], points=[TRAFO], start=DAY, end=DAY_END
    ),
    "ListDataEx": lambda client: client.list_data(
        points=[TRAFO], definitions=["activeEnergy"], variants=["import"], start=DAY, end=DAY_END
    ),
    "GetDCData": lambda client: client.get_dc_data(points=["xyzBesiktas"], type="test"),
    "ListAvailableCommands": lambda client: client.list_available_commands(TRAFO),
}


async def outcome_of(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except ReengenError as error:
        return error


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_read_under_a_fault(
    make_client: MakeClient,
    simulator: Simulator,
    patience: Patience,
    caplog: pytest.LogCaptureFixture,
    *,
    fault: str,
    read: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    client = make_client(retry=patience.policy(request_seconds=0.4, attempts=2))
    await client.authenticate()
    simulator.fail_next(fault, times=2)
    outcome = await outcome_of(READS[read](client))
    assert not isinstance(outcome, ReengenOutcomeUnknownError)
    told = f"{caplog.text}{client!r}{client.counters}" + everything_told(
        outcome if isinstance(outcome, ReengenError) else ReengenError("")
    )
    secrets = [PASSWORD, *(request.connection_id for request in simulator.requests if request.connection_id)]
    assert [secret for secret in secrets if secret in told] == []


KEYS = ["0", "1", "code", "id", "name", "parent", "date", "value", "original", "point.code", "commandType", "options"]
KEYS += ["tenant", "point", "type", "index", "definition.code"]
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["2026-07-14T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00", TRAFO]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)


@pytest.mark.parametrize("read", READS)
@given(
    properties=JSON_VALUES
    | st.fixed_dictionaries({"data": JSON_VALUES}, optional={"rowCount": JSON_VALUES, "start": JSON_VALUES})
)
async def test_any_json_is_a_response_or_an_error_of_ours(read: str, properties: Any) -> None:
    """Whatever the platform may put into `properties`; it comes past the socket, which would take minutes."""
    body = json.dumps({"succeeded": True, "properties": properties}).encode()
    login = json.dumps(envelope({"connectionId": CONNECTION_ID})).encode()

    async def post(query: Any, **_: Any) -> HttpResponse:
        content = login if query["$"] == "Authenticate" else body
        return HttpResponse(status=200, content_type="", location="", retry_after=None, body=content)

    async with aiohttp.ClientSession() as session:
        client = ReengenClient(
            session, url="http://127.0.0.1:1/", tenant="xyz", username="demo", password=PASSWORD, time_zone=ISTANBUL
        )
        with patch.object(client._session.exchange.transport, "post", post):
            await outcome_of(READS[read](client))
