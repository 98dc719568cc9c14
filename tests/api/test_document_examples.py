"""Every request and every response that the API document prints, as it prints them.

The files in tests/fixtures/document hold the printed text. Completed are: the elements that the document stands
"..." for (GetPointHierarchy, cost data) are left out together with the comma before them, and the request of
ImportData has the closing brace that the document forgot.
"""

from datetime import UTC, datetime
from itertools import pairwise
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.reengen.api import cost_responses, queries, raw_responses, responses, series_responses
from custom_components.reengen.api.data_series import QueryContext
from custom_components.reengen.api.envelope import Envelope, parse_envelope
from custom_components.reengen.api.errors import ReengenRefusedError, ReengenRequestError
from custom_components.reengen.api.models import (
    Aggregation,
    Command,
    CommandOption,
    CostGroup,
    CostSeries,
    CostTotal,
    DataValue,
    DataValueChange,
    ImportRow,
    MeasurementSeries,
    Operation,
    Point,
    RawReading,
    Resolution,
)
from custom_components.reengen.api.oddities import OddityKind
from custom_components.reengen.api.reading_series import Reading

PRINTED = Path(__file__).parent.parent / "fixtures" / "document"
ISTANBUL = ZoneInfo("Europe/Istanbul")  # UTC+3 in the years of the examples


def printed(name: str) -> Any:
    return json.loads((PRINTED / f"{name}.json").read_bytes())


def envelope(name: str, method: str) -> Envelope:
    return parse_envelope((PRINTED / f"{name}_response.json").read_bytes(), method)


def local(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ISTANBUL)  # type: ignore[misc, arg-type]


DATA_SERIES = (
    MeasurementSeries(
        definition="activeEnergy", variant="import", function=Aggregation.SUM, unit="kWh", decimal_points=2
    ),
    MeasurementSeries(
        definition="reactiveEnergy", variant="import", function=Aggregation.AVG, unit="VArh", decimal_points=2
    ),
)
DATA_RANGE: dict[str, Any] = {"start": local(2020, 1, 20), "end": local(2020, 1, 24)}
COST_RANGE: dict[str, Any] = {"start": local(2020, 3, 1), "end": local(2020, 4, 1)}
LIGHTS = Command(
    code="lights-on-off", name="Turn Lights On/Off", command_type="SingleParameter", parameter_type="boolean"
)

REQUESTS = {
    "authenticate": queries.authenticate("your tenant name", "your username", "your password"),
    "get_point_hierarchy": queries.get_point_hierarchy(),
    "get_data": queries.get_data(
        DATA_SERIES,
        ["xFabrikaTrafo6"],
        QueryContext(**DATA_RANGE, resolution=Resolution.DAY, zone=ISTANBUL),
    ),
    "get_cost": queries.get_cost(
        [CostSeries(group=CostGroup.ACTIVE_ENERGY, decimal_points=0)],
        None,
        QueryContext(**COST_RANGE, zone=ISTANBUL),
    ),
    "list_data": queries.list_data(
        points=["xyzBesiktas"],
        definitions=["activeEnergy"],
        variants=["import", "export"],
        types=["actual"],
        context=QueryContext(start=local(2021, 2, 25), end=local(2021, 2, 26), zone=ISTANBUL),
    ),
    "get_dc_data": queries.get_dc_data(["xyzBesiktas"], "test", "xyz"),
    "manage_dc_data": queries.manage_dc_data(
        [DataValueChange(point="xyzBesiktas", type="test", value="3", operation=Operation.CREATE_OR_UPDATE)], "xyz"
    ),
    "list_available_commands": queries.list_available_commands("xFabrikaTrafo6"),
    "execute_command": queries.execute_command("xFabrikaTrafo6", LIGHTS, parameter=True),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_request_is_as_printed(name: str) -> None:
    assert REQUESTS[name] == printed(f"{name}_request")


def test_every_printed_request_is_tested() -> None:
    """One file of a request for each method; ImportData has tests of its own below."""
    files = {path.name.removesuffix("_request.json") for path in PRINTED.glob("*_request.json")}
    assert files == REQUESTS.keys() | {"import_data"}
    assert len(files) == 10  # nine methods, GetData with two forms


def import_row(moment: datetime, operation: Operation) -> ImportRow:
    return ImportRow(
        point="reengenPoint",
        definition="activeEnergy",
        variant="import",
        index=1,
        value=121,
        interval_end=moment,
        operation=operation,
    )


PRINTED_IMPORT_ROWS = (
    import_row(local(2020, 12, 23, 10, 16, 26), Operation.CREATE),
    import_row(local(2020, 12, 23, 10, 17, 26), Operation.CREATE),
    import_row(local(2020, 12, 23, 10, 17, 26), Operation.DELETE),
)


def test_import_data_rows_are_as_printed() -> None:
    """The rows equal the printed ones, where the first leaves the operation at its default, which we state."""
    request = printed("import_data_request")
    request["properties"]["data"][0].setdefault("#", "C")
    ours = queries.import_data(PRINTED_IMPORT_ROWS[:2], ISTANBUL)
    last = queries.import_data(PRINTED_IMPORT_ROWS[2:], ISTANBUL)
    ours["properties"]["data"] += last["properties"]["data"]
    assert ours == request


def test_import_data_as_one_batch_is_refused() -> None:
    """The printed batch creates and deletes one row; the API does not say what then remains."""
    with pytest.raises(ReengenRequestError, match="same key"):
        queries.import_data(PRINTED_IMPORT_ROWS, ISTANBUL)


def test_authenticate_response() -> None:
    assert responses.connection_id(envelope("authenticate", "Authenticate")) == "c04e229f-7d43-4936-823a-30b8f7706ef6"


def test_get_point_hierarchy_response() -> None:
    tree = responses.point_hierarchy(envelope("get_point_hierarchy", "GetPointHierarchy"))
    assert tree.points == (
        Point(id=12768, code="xFabrikaTrafo6", name="Transformer 6", parent_code="xFabrikaFabrika"),
        Point(id=12747, code="xFabrikaDepo", name="Storage", parent_code="xfabrikaImalathane"),
        Point(id=12755, code="xFabrikademoAtolye", name="Mechanical Workshop", parent_code="xfabrikaArge"),
    )
    assert tree.roots == tree.points
    assert [(oddity.kind, oddity.point_code) for oddity in tree.oddities] == [
        (OddityKind.PARENT, "xFabrikaFabrika"),
        (OddityKind.PARENT, "xfabrikaImalathane"),
        (OddityKind.PARENT, "xfabrikaArge"),
    ]


def test_get_data_response() -> None:
    response = series_responses.measurements(
        envelope("get_data", "GetData"),
        QueryContext(series_count=2, zone=ISTANBUL, resolution=Resolution.DAY, **DATA_RANGE),
    )
    days = [datetime(2020, 1, day, 21, tzinfo=UTC) for day in (19, 20, 21, 22)]
    energy = [2318.14, 4367.47, 2541.11, 2468.1]
    reactive = [747.97, 493.56, 179.09, 229.92]
    assert [list(series or ()) for series in response.series] == [
        [Reading(day, 12768, value) for day, value in zip(days, energy, strict=True)],
        [Reading(day, 12768, value) for day, value in zip(days, reactive, strict=True)],
    ]
    assert (response.start, response.end) == (DATA_RANGE["start"], DATA_RANGE["end"])
    assert response.oddities == ()


def test_get_cost_response() -> None:
    response = cost_responses.costs(
        envelope("get_cost", "GetData"),
        QueryContext(series_count=1, zone=ISTANBUL, **COST_RANGE),
    )
    assert response.series == ((CostTotal(10644, 235354), CostTotal(10731, 264339), CostTotal(11512, 168603)),)
    assert (response.start, response.end) == (COST_RANGE["start"], COST_RANGE["end"])


def test_list_data_response() -> None:
    response = raw_responses.raw_readings(envelope("list_data", "ListDataEx"), ISTANBUL)

    def raw(minute: int, value: float, original: float) -> RawReading:
        return RawReading(
            point="xyzBesiktas",
            definition="activeEnergy",
            variant="import",
            type="actual",
            index=1,
            interval_end=datetime(2021, 2, 24, 21, minute, 59, tzinfo=UTC),
            unit="Wh",
            value=value,
            original=original,
            note=None,
        )

    assert list(response.rows) == [raw(4, 237, 282052078), raw(19, 238, 282052316), raw(39, 317, 282052633)]
    assert (response.listed, response.lacks_rows, response.rows.oddities) == (3, False, ())


def test_list_data_value_is_what_the_interval_added() -> None:
    """The printed registers show what a value means: the difference to the reading before."""
    rows = raw_responses.raw_readings(envelope("list_data", "ListDataEx"), ISTANBUL).rows
    for before, row in pairwise(rows):
        assert row.original is not None
        assert before.original is not None
        assert row.value == row.original - before.original


def test_import_data_response() -> None:
    assert envelope("import_data", "ImportData").properties == {}


@pytest.mark.parametrize(("name", "method"), [("get_dc_data", "GetDCData"), ("manage_dc_data", "ManageDCData")])
def test_data_value_responses(name: str, method: str) -> None:
    values = responses.data_values(envelope(name, method))
    assert values == (DataValue(tenant="xyz", point="xyzBesiktas", type="test", value="3"),)


def test_list_available_commands_response() -> None:
    options = (
        CommandOption(code="on", name="On"),
        CommandOption(code="off", name="Off"),
        CommandOption(code="auto", name="Auto"),
    )
    mode = Command(code="generator-mode-set", name="Set Generator Mode", command_type="MultiOption", options=options)
    found = responses.commands(envelope("list_available_commands", "ListAvailableCommands"))
    assert list(found) == [LIGHTS, mode]
    assert found.oddities == ()


def test_execute_command_response() -> None:
    response = envelope("execute_command", "ExecuteCommand")
    assert (response.properties, response.message) == ({}, "")


def test_execute_command_error_response() -> None:
    with pytest.raises(ReengenRefusedError) as caught:
        envelope("execute_command_error", "ExecuteCommand")
    assert caught.value.server_message == "SocketTimeoutException: connect timed out"
    assert caught.value.method == "ExecuteCommand"
