"""ListDataEx reads and ImportData writes what is stored."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator import Simulator

from .helpers import Client

ALL_PROPERTIES = ["point.code", "point.id", "definition.code", "variant.code", "index", "date", "value", "original"]
DATE = "2026-03-10T08:00:00"
END = int(datetime(2026, 3, 10, 5, tzinfo=UTC).timestamp())


def asked(**changed: Any) -> dict[str, Any]:
    """Return properties of ListDataEx for an hour of phases, but for what is changed."""
    plain = {
        "requestType": "code",
        "point": ["xFabrikaTrafo6"],
        "definition": ["voltage"],
        "variant": ["phase"],
        "type": ["actual"],
        "properties": ALL_PROPERTIES,
        "start": "2026-03-10T08:00:00",
        "end": "2026-03-10T08:59:59",
    }
    return {**plain, **changed}


def row(operation: str | None = None, **changed: Any) -> dict[str, Any]:
    """Return one row of ImportData, without its operation for None."""
    plain = {
        "point": "reengenPoint",
        "definition": "activeEnergy",
        "variant": "import",
        "index": 1,
        "value": 121,
        "type": "actual",
        "date": DATE,
    }
    return {**plain, **({} if operation is None else {"#": operation}), **changed}


def stored(simulator: Simulator) -> list[tuple[int, int, float]]:
    """Return (index, end, value) of what reengenPoint has."""
    return simulator.database.execute(
        "SELECT idx, end_utc, value FROM reading r JOIN point p ON p.id = r.point_id WHERE p.code = 'reengenPoint'"
        " ORDER BY end_utc, value"
    ).fetchall()


async def test_a_note_is_that_of_its_reading(client: Client) -> None:
    client.simulator.database.execute(
        "UPDATE sample SET note = 'Elle düzeltildi' WHERE end_utc = ?"
        " AND series IN (SELECT id FROM series WHERE point_id = 12768 AND definition = 'voltage' AND idx = 2)",
        (END + 899,),
    )
    properties = ["index", "date", "note"]
    rows = (await client.post("ListDataEx", asked(properties=properties))).json["properties"]["data"]
    assert len(rows) == 12
    assert [(row["index"], row["date"], row["note"]) for row in rows if row["note"] is not None] == [
        (2, "2026-03-10T08:14:59", "Elle düzeltildi")
    ]


async def test_phases_are_told_apart_by_index(client: Client) -> None:
    rows = (await client.post("ListDataEx", asked())).json["properties"]["data"]
    assert [(found["index"], found["date"]) for found in rows] == [
        (index, f"2026-03-10T08:{minute}:59") for index in (1, 2, 3) for minute in (14, 29, 44, 59)
    ]
    assert all(list(found) == [name for name in rows[0] if name in ALL_PROPERTIES] for found in rows)
    assert all(found["original"] is None for found in rows)


async def test_ids_ask_as_codes_do(client: Client) -> None:
    by_code, by_id = [
        (await client.post("ListDataEx", asked(requestType=kind, point=[point]))).json["properties"]
        for kind, point in (("code", "xFabrikaTrafo6"), ("id", 12768))
    ]
    assert by_code == by_id
    assert {found["point.id"] for found in by_id["data"]} == {12768}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"requestType": "name"}, "Unknown requestType", id="request type"),
        pytest.param({"requestType": "id"}, "array of ids", id="codes as ids"),
        pytest.param({"definition": "voltage"}, "'definition' must be an array", id="definition alone"),
        pytest.param({"definition": ["tension"]}, "Unknown definition", id="definition"),
        pytest.param({"variant": ["phases"]}, "Unknown variant", id="variant"),
        pytest.param({"type": ["target"]}, "Unknown type", id="type"),
        pytest.param({"properties": ["values"]}, "Unknown property", id="property"),
        pytest.param({"properties": None}, "'properties' must be an array", id="no properties"),
        pytest.param({"point": ["xNowhere"]}, "Unknown point", id="point"),
    ],
)
async def test_a_question_that_is_not_understood_is_refused(
    client: Client, changed: dict[str, Any], words: str
) -> None:
    response = (await client.post("ListDataEx", asked(**changed))).json
    assert response["succeeded"] is False
    assert words in response["message"]


async def test_unknown_points_can_be_left_out(simulator: Simulator, client: Client) -> None:
    known = (await client.post("ListDataEx", asked())).json
    for form, rows in (("drop", 12), ("null", 0)):
        simulator.profile.change({"unknown_point": form})
        response = (await client.post("ListDataEx", asked(point=["xFabrikaTrafo6", "xNowhere"]))).json
        assert response["properties"]["data"] == known["properties"]["data"][:rows]


@pytest.mark.parametrize(
    ("row_count", "expected"), [pytest.param("returned", 5, id="returned"), pytest.param("total", 12, id="total")]
)
async def test_row_cap(simulator: Simulator, client: Client, row_count: str, expected: int) -> None:
    simulator.profile.change({"row_cap": 5, "row_count": row_count})
    response = (await client.post("ListDataEx", asked())).json["properties"]
    assert len(response["data"]) == 5
    assert response["rowCount"] == expected


@pytest.mark.parametrize(
    ("existing", "responses", "values"),
    [
        pytest.param("error", False, [121.0], id="error"),
        pytest.param("overwrite", True, [7.5], id="overwrite"),
        pytest.param("duplicate", True, [7.5, 121.0], id="duplicate"),
    ],
)
async def test_create_on_an_existing_key(
    simulator: Simulator, client: Client, existing: str, responses: bool, values: list[float]
) -> None:
    simulator.profile.change({"import_existing": existing})
    assert (await client.post("ImportData", {"data": [row("C")]})).json["succeeded"] is True
    assert (await client.post("ImportData", {"data": [row("C", value=7.5)]})).json["succeeded"] is responses
    assert [value for _, _, value in stored(simulator)] == values


async def test_a_created_reading_is_visible_later(simulator: Simulator, client: Client) -> None:
    simulator.profile.change({"import_seconds": 90.0})
    assert (await client.post("ImportData", {"data": [row("C")]})).json["succeeded"] is True
    found = []
    for seconds in (0, 89, 1):
        simulator.clock.advance(timedelta(seconds=seconds))
        response = (
            await client.post(
                "ListDataEx", asked(point=["reengenPoint"], definition=["activeEnergy"], variant=["import"])
            )
        ).json["properties"]
        found.append([reading["value"] for reading in response["data"]])
    assert found == [[], [], [121]]


async def test_update_and_delete(simulator: Simulator, client: Client) -> None:
    for operation, value, expected in (("C", 1, [1.0]), ("U", 2, [2.0]), ("D", None, [])):
        response = (await client.post("ImportData", {"data": [row(operation, value=value)]})).json
        assert response == {"succeeded": True, "message": None, "statistics": {}}
        assert [found for _, _, found in stored(simulator)] == expected
    assert [write.operation for write in simulator.writes] == ["C", "U", "D"]


@pytest.mark.parametrize("operation", ["U", "D"])
async def test_nothing_to_update_or_delete(simulator: Simulator, client: Client, operation: str) -> None:
    response = (await client.post("ImportData", {"data": [row(operation)]})).json
    assert response["message"] == f"There is no reading of reengenPoint activeEnergy/import index 1 at {DATE}"
    assert simulator.writes == []


@pytest.mark.parametrize(
    ("atomic", "kept"),
    [pytest.param(True, [], id="all or nothing"), pytest.param(False, [121.0], id="up to the bad row")],
)
async def test_a_batch_with_a_bad_row(simulator: Simulator, client: Client, atomic: bool, kept: list[float]) -> None:
    simulator.profile.import_atomic = atomic
    batch = [row("C"), row("D", date="2026-03-10T09:00:00"), row("C", date="2026-03-10T10:00:00")]
    response = (await client.post("ImportData", {"data": batch})).json
    assert response["succeeded"] is False
    assert [value for _, _, value in stored(simulator)] == kept
    assert [write.value for write in simulator.writes] == kept


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"#": "CU"}, "Unknown #", id="CU is for ManageDCData"),
        pytest.param({"point": 12768}, "'point' must be a text", id="id"),
        pytest.param({"point": "xNowhere"}, "Unknown point", id="point"),
        pytest.param({"index": 0}, "'index'", id="index"),
        pytest.param({"value": "121"}, "'value' must be a number", id="text"),
        pytest.param({"value": True}, "'value' must be a number", id="bool"),
        pytest.param({"date": "2026-03-10 08:00"}, "'date' is not a date", id="date"),
        pytest.param({"definition": "energy"}, "Unknown definition", id="definition"),
    ],
)
async def test_a_row_that_is_not_understood_is_refused(
    simulator: Simulator, client: Client, changed: dict[str, Any], words: str
) -> None:
    response = (await client.post("ImportData", {"data": [row(), {**row(date="2026-03-10T09:00:00"), **changed}]})).json
    assert response["succeeded"] is False
    assert words in response["message"]
    assert stored(simulator) == []


async def test_imported_rows_are_read_back(client: Client) -> None:
    await client.post("ImportData", {"data": [row(value=121.4567)]})
    question = asked(point=["reengenPoint"], definition=["activeEnergy"], variant=["import"])
    outcome = await client.post("ListDataEx", question)
    assert b'"original":null' in outcome.raw
    assert b'"value":121.4567' in outcome.raw
    assert outcome.json["properties"]["data"][0]["date"] == DATE
