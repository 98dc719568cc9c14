"""Requests: what goes out beyond the printed examples, and what is refused before anything is sent."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.api import queries
from custom_components.reengen.api.data_series import QueryContext
from custom_components.reengen.api.errors import ReengenRequestError
from custom_components.reengen.api.models import (
    Aggregation,
    Command,
    CommandOption,
    CostGroup,
    CostSeries,
    DataValueChange,
    ImportRow,
    IncludeTax,
    MeasurementSeries,
    Operation,
    ParameterKind,
    Resolution,
)
from custom_components.reengen.api.response_limits import ROW_BUDGET, Buckets, Portion
from custom_components.reengen.api.wire_time import WIRE_STEP, bucket_edges, is_repeated

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2024, 5, 1, tzinfo=BERLIN)
END = datetime(2024, 5, 2, tzinfo=BERLIN)
SERIES = MeasurementSeries(definition="activeEnergy", variant="import", function=Aggregation.SUM, unit="kWh")
COST = CostSeries(group=CostGroup.WATER)


def asked_with(query: Callable[..., dict[str, Any]], asked: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the request for what is asked, with changes to it and to its range."""
    context: dict[str, Any] = {"start": START, "end": END, "zone": BERLIN}
    of_context = {key: changes[key] for key in changes.keys() - asked.keys()}
    of_query = {key: changes[key] for key in changes.keys() & asked.keys()}
    return query(**asked | of_query, context=QueryContext(**context | of_context))


def get_data(**changes: Any) -> dict[str, Any]:
    return asked_with(
        queries.get_data, {"series": [SERIES], "points": ["a"]}, {"resolution": Resolution.HOUR} | changes
    )


def get_cost(**changes: Any) -> dict[str, Any]:
    return asked_with(queries.get_cost, {"series": [COST], "points": ["a"]}, changes)


def list_data(**changes: Any) -> dict[str, Any]:
    asked = {"points": ["a"], "definitions": ["voltage"], "variants": ["phase"], "types": ["actual"]}
    return asked_with(queries.list_data, asked, changes)


def import_row(**changes: Any) -> ImportRow:
    row: dict[str, Any] = {"point": "a", "definition": "activeEnergy", "variant": "import", "index": 1}
    return ImportRow(**row | {"interval_end": START, "value": 12.5} | changes)


def test_all_points_are_asked_for_with_null() -> None:
    assert get_data(points=None)["properties"]["point"] is None


def test_a_point_is_asked_for_once() -> None:
    assert get_data(points=["b", "a", "b"])["properties"]["point"] == ["b", "a"]


def test_costs_are_asked_for_without_resolution() -> None:
    """The heading "Get Cost Data" is no method, and costs have no resolution."""
    request = get_cost()
    assert request["$"] == "GetData"
    assert "resolution" not in request["properties"]


@pytest.mark.parametrize(
    ("group", "utility"),
    [
        (CostGroup.ACTIVE_ENERGY, "electricity"),
        (CostGroup.REACTIVE_ENERGY, "electricity"),
        (CostGroup.WATER, "water"),
        (CostGroup.GAS, "gas"),
        (CostGroup.MEDICAL_GAS, "medicalGas"),
    ],
)
def test_utility_goes_with_the_group(group: CostGroup, utility: str) -> None:
    (series,) = get_cost(series=[CostSeries(group=group, include_tax=IncludeTax.INTERNAL)])["properties"]["series"]
    assert (series["group"], series["utility"], series["includeTax"]) == (group.value, utility, "Internal")


def test_raw_rows_are_always_asked_for_with_their_index() -> None:
    assert "index" in list_data()["properties"]["properties"]


NAIVE = datetime(2024, 5, 1)

REFUSED_READS: dict[str, Callable[[], object]] = {
    "no points": lambda: get_data(points=[]),
    "no points for costs": lambda: get_cost(points=[]),
    "no raw points": lambda: list_data(points=[]),
    "a text for points": lambda: get_data(points="abc"),
    "an empty code": lambda: get_data(points=[""]),
    "an id for a code": lambda: get_data(points=[12768]),
    "an id for a code of raw rows": lambda: list_data(points=[12768]),
    "no series": lambda: get_data(series=[]),
    "no costs": lambda: get_cost(series=[]),
    "no definitions": lambda: list_data(definitions=[]),
    "no variants": lambda: list_data(variants=[]),
    "no types": lambda: list_data(types=[]),
    "naive start": lambda: get_data(start=NAIVE),
    "naive end": lambda: list_data(end=NAIVE + timedelta(days=9)),
    "empty range": lambda: get_data(end=START),
    "backwards": lambda: get_cost(start=END, end=START),
    "a resolution that is none": lambda: get_data(resolution="minute"),
    "a function that is none": lambda: get_data(series=[_series(function="median")]),
    "a group that is none": lambda: get_cost(series=[CostSeries(group="coalCost")]),  # type: ignore[arg-type]
    "negative decimals": lambda: get_data(series=[_series(decimal_points=-1)]),
    "decimals that are no number": lambda: get_data(series=[_series(decimal_points=True)]),
    "no definition": lambda: get_data(series=[_series(definition="")]),
    "no unit": lambda: get_data(series=[_series(unit="")]),
    "no data science points": lambda: queries.get_dc_data([], "test", "xyz"),
    "no data science type": lambda: queries.get_dc_data(["a"], "", "xyz"),
    "no tenant of values": lambda: queries.get_dc_data(["a"], "test", ""),
    "commands of no point": lambda: queries.list_available_commands(""),
    "commands of an id": lambda: queries.list_available_commands(12768),  # type: ignore[arg-type]
    "no tenant": lambda: queries.authenticate("", "user", "password"),
    "no user": lambda: queries.authenticate("xyz", "", "password"),
}


def _series(**changes: Any) -> MeasurementSeries:
    fields: dict[str, Any] = {"definition": "voltage", "variant": "phase", "function": Aggregation.AVG, "unit": "V"}
    return MeasurementSeries(**fields | changes)


@pytest.mark.parametrize("refused", REFUSED_READS.values(), ids=REFUSED_READS)
def test_what_the_api_leaves_undefined_is_refused(refused: Callable[[], object]) -> None:
    with pytest.raises(ReengenRequestError):
        refused()


def test_a_password_is_never_shown() -> None:
    with pytest.raises(ReengenRequestError) as caught:
        queries.authenticate("xyz", "user", 12345678)  # type: ignore[arg-type]
    assert "12345678" not in str(caught.value)


def test_a_batch_keeps_its_order() -> None:
    rows = [import_row(interval_end=START + timedelta(hours=hour), value=hour) for hour in (3, 1, 2)]
    data = queries.import_data(rows, BERLIN)["properties"]["data"]
    assert [row["value"] for row in data] == [3, 1, 2]
    assert [row["date"][11:13] for row in data] == ["03", "01", "02"]


def test_a_value_is_deleted_without_a_value() -> None:
    change = DataValueChange(point="a", type="t", value=None, operation=Operation.DELETE)
    (row,) = queries.manage_dc_data([change], "xyz")["properties"]["data"]
    assert row == {"point": "a", "type": "t", "tenant": "xyz", "#": "D"}


def change(**changes: Any) -> DataValueChange:
    fields: dict[str, Any] = {"point": "a", "type": "t", "value": "007", "operation": Operation.UPDATE}
    return DataValueChange(**fields | changes)


SECOND_PASS = datetime(2024, 10, 27, 2, 15, tzinfo=BERLIN, fold=1)

REFUSED_WRITES: dict[str, Callable[[], object]] = {
    "no rows": lambda: queries.import_data([], BERLIN),
    "CU": lambda: queries.import_data([import_row(operation=Operation.CREATE_OR_UPDATE)], BERLIN),
    "two rows with one key": lambda: queries.import_data([import_row(), import_row(value=3.0)], BERLIN),
    "two operations on one key": lambda: queries.import_data(
        [import_row(), import_row(operation=Operation.DELETE)], BERLIN
    ),
    "both passes of a repeated hour": lambda: queries.import_data(
        [import_row(interval_end=SECOND_PASS), import_row(interval_end=SECOND_PASS.replace(fold=0))], BERLIN
    ),
    "NaN": lambda: queries.import_data([import_row(value=float("nan"))], BERLIN),
    "infinity": lambda: queries.import_data([import_row(value=float("inf"))], BERLIN),
    "a boolean value": lambda: queries.import_data([import_row(value=True)], BERLIN),
    "a text value": lambda: queries.import_data([import_row(value="3")], BERLIN),
    "naive date": lambda: queries.import_data([import_row(interval_end=NAIVE)], BERLIN),
    "part of a second": lambda: queries.import_data([import_row(interval_end=START.replace(microsecond=1))], BERLIN),
    "an index that is no number": lambda: queries.import_data([import_row(index="1")], BERLIN),
    "an operation that is none": lambda: queries.import_data([import_row(operation="X")], BERLIN),
    "no changes": lambda: queries.manage_dc_data([], "xyz"),
    "no value": lambda: queries.manage_dc_data([change(value=None)], "xyz"),
    "a value that is no text": lambda: queries.manage_dc_data([change(value=7)], "xyz"),
    "two changes of one value": lambda: queries.manage_dc_data([change(), change(operation=Operation.DELETE)], "xyz"),
    "changes without tenant": lambda: queries.manage_dc_data([change()], ""),
}


@pytest.mark.parametrize("refused", REFUSED_WRITES.values(), ids=REFUSED_WRITES)
def test_writes_that_the_api_leaves_undefined_are_refused(refused: Callable[[], object]) -> None:
    with pytest.raises(ReengenRequestError):
        refused()


@settings(deadline=None)
@given(st.text())
def test_a_data_science_value_stays_the_text_it_is(value: str) -> None:
    (row,) = queries.manage_dc_data([change(value=value)], "xyz")["properties"]["data"]
    assert row["value"] == value


ON_OFF = (CommandOption(code="on", name="Aç"), CommandOption(code="off", name="Kapat"))


def command(command_type: str, parameter_type: str | None = None, options: tuple[CommandOption, ...] = ()) -> Command:
    return Command(code="c", name="C", command_type=command_type, parameter_type=parameter_type, options=options)


COMMANDS = {
    ParameterKind.NONE: command("NoParameter"),
    ParameterKind.BOOLEAN: command("SingleParameter", "boolean"),
    ParameterKind.INTEGER: command("SingleParameter", "integer"),
    ParameterKind.NUMBER: command("SingleParameter", "double"),
    ParameterKind.TEXT: command("SingleParameter", "string"),
    ParameterKind.OPTION: command("MultiOption", options=ON_OFF),
}


@pytest.mark.parametrize(
    ("kind", "parameter", "sent"),
    [
        (ParameterKind.BOOLEAN, True, True),
        (ParameterKind.BOOLEAN, False, False),
        (ParameterKind.INTEGER, 21, 21),
        (ParameterKind.INTEGER, 21.0, 21),
        (ParameterKind.NUMBER, 21, 21),
        (ParameterKind.NUMBER, 21.5, 21.5),
        (ParameterKind.TEXT, "", ""),
        (ParameterKind.TEXT, "true", "true"),
        (ParameterKind.OPTION, "off", "off"),
    ],
)
def test_parameter_is_sent_as_its_kind(kind: ParameterKind, parameter: object, sent: object) -> None:
    properties = queries.execute_command("p", COMMANDS[kind], parameter)["properties"]
    assert properties == {"point": "p", "command": "c", "parameter": sent}
    assert type(properties["parameter"]) is type(sent)


def test_a_command_without_parameter_has_no_such_key() -> None:
    request = queries.execute_command("p", COMMANDS[ParameterKind.NONE], None)
    assert request == {"$": "ExecuteCommand", "properties": {"point": "p", "command": "c"}}


@pytest.mark.parametrize(
    ("kind", "parameter"),
    [
        (ParameterKind.NONE, False),
        (ParameterKind.NONE, ""),
        (ParameterKind.BOOLEAN, None),
        (ParameterKind.BOOLEAN, 1),
        (ParameterKind.BOOLEAN, "true"),
        (ParameterKind.INTEGER, 21.5),
        (ParameterKind.INTEGER, True),
        (ParameterKind.NUMBER, True),
        (ParameterKind.NUMBER, "21"),
        (ParameterKind.NUMBER, None),
        (ParameterKind.NUMBER, float("nan")),
        (ParameterKind.NUMBER, float("-inf")),
        (ParameterKind.TEXT, 5),
        (ParameterKind.TEXT, None),
        (ParameterKind.OPTION, "Aç"),
        (ParameterKind.OPTION, "auto"),
        (ParameterKind.OPTION, 0),
        (ParameterKind.OPTION, ["on"]),
    ],
)
def test_parameter_of_another_kind_is_refused(kind: ParameterKind, parameter: object) -> None:
    with pytest.raises(ReengenRequestError, match="'c'"):
        queries.execute_command("p", COMMANDS[kind], parameter)


@pytest.mark.parametrize(
    ("given_command", "kind"),
    [
        pytest.param(command("MultiParameter", options=ON_OFF), ParameterKind.OPTION, id="the other spelling"),
        pytest.param(command("MultiOption"), ParameterKind.UNKNOWN, id="no options"),
        pytest.param(command("MultiParameter", "boolean"), ParameterKind.UNKNOWN, id="other spelling, no options"),
        pytest.param(command("SingleParameter"), ParameterKind.UNKNOWN, id="no parameter type"),
        pytest.param(command("SingleParameter", "colour"), ParameterKind.UNKNOWN, id="unknown parameter type"),
        pytest.param(command("Schedule", options=ON_OFF), ParameterKind.UNKNOWN, id="unknown type with options"),
        *[pytest.param(each, kind, id=kind) for kind, each in COMMANDS.items()],
    ],
)
def test_kind_of_a_command(given_command: Command, kind: ParameterKind) -> None:
    assert given_command.kind is kind


@pytest.mark.parametrize("parameter", [None, True, "on"])
def test_a_command_of_unknown_type_is_never_executed(parameter: object) -> None:
    with pytest.raises(ReengenRequestError, match="unknown type, Schedule"):
        queries.execute_command("p", command("Schedule", options=ON_OFF), parameter)


def portions_of(
    points: list[str], series: int, start: datetime, end: datetime, resolution: Resolution, zone: tzinfo
) -> list[Portion]:
    """Return the requests for points and series, of as many rows as a request has."""
    return Buckets(series, resolution, zone).split(Portion(tuple(points), start, end), ROW_BUDGET, None)


@settings(deadline=None)
@given(
    st.integers(1, 60),
    st.integers(1, 40),
    st.datetimes(datetime(2024, 3, 20), datetime(2024, 11, 1), timezones=st.just(UTC)),
    st.integers(1, 24 * 150),
    st.sampled_from(list(Resolution)),
)
def test_portions_cover_everything_once_within_the_budget(
    points: int, series: int, start: datetime, hours: int, resolution: Resolution
) -> None:
    codes = [f"p{number}" for number in range(points)]
    end = start + timedelta(hours=hours)
    edges = bucket_edges(start, end, resolution, BERLIN)
    of_point: dict[str, list[tuple[datetime, datetime]]] = {code: [] for code in codes}
    for group, begin, after in portions_of(codes, series, start, end, resolution, BERLIN):
        buckets = bisect_left(edges, after) - bisect_right(edges, begin) + 1
        assert len(group) * series * buckets <= ROW_BUDGET
        for code in group:
            of_point[code].append((begin, after))
    for stretches in of_point.values():
        assert stretches[0][0] == start
        assert stretches[-1][1] == end
        for (_, left), (right, _) in pairwise(stretches):
            assert left == right
            assert edges[bisect_left(edges, left)] == left
            assert not is_repeated(left, BERLIN)
            assert not is_repeated(left - WIRE_STEP, BERLIN)


@pytest.mark.parametrize(
    ("points", "series", "days", "resolution", "requests"),
    [
        pytest.param(1_000, 4, 1, Resolution.DAY, 1, id="a day of a thousand points"),
        pytest.param(1_000, 4, 31, Resolution.MONTH, 1, id="a month of a thousand points"),
        pytest.param(10_000, 1, 1, Resolution.DAY, 1, id="a day of ten thousand points"),
        pytest.param(10_001, 1, 1, Resolution.DAY, 2, id="one point more"),
        pytest.param(1_000, 4, 1, Resolution.HOUR, 10, id="hours of a thousand points: 104 points at a time"),
        pytest.param(1, 1, 210, Resolution.FIFTEEN_MINUTES, 3, id="a long time of one point: 104 days at a time"),
    ],
)
def test_number_of_requests(points: int, series: int, days: int, resolution: Resolution, requests: int) -> None:
    start = datetime(2023, 5, 1, tzinfo=UTC)
    codes = [f"p{number}" for number in range(points)]
    portions = portions_of(codes, series, start, start + timedelta(days=days), resolution, UTC)
    assert len(portions) == requests


def test_cuts_over_time_lie_at_midnight() -> None:
    portions = portions_of(["a"], 1, START, START + timedelta(days=400), Resolution.FIFTEEN_MINUTES, BERLIN)
    assert len(portions) == 4
    assert {begin.astimezone(BERLIN).strftime("%H:%M") for _, begin, _ in portions} == {"00:00"}


def test_cuts_within_a_day_keep_out_of_a_repeated_hour() -> None:
    """Ten quarters of a thousand series fit; nine edges in a row lie in or at the repeated hour."""
    start = datetime(2024, 10, 27, 0, 30, tzinfo=BERLIN)
    portions = portions_of(["a"], 1_000, start, start + timedelta(hours=9), Resolution.FIFTEEN_MINUTES, BERLIN)
    cuts = [begin for _, begin, _ in portions[1:]]
    assert len(cuts) >= 4
    assert not any(is_repeated(cut, BERLIN) or is_repeated(cut - WIRE_STEP, BERLIN) for cut in cuts)
