"""Actions that write: at most once, in the stored unit, and the truth about every row."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from simulator import Simulator

from .action_samples import ISTANBUL, NEW_READING, READING, STORAGE, WRITES, call

VALUE = {"point": "xyzBesiktas", "type": "target"}


pytestmark = pytest.mark.usefixtures("impatient_client")


def stored(simulator: Simulator, at: datetime = NEW_READING, definition: str = "activeEnergy") -> list[float]:
    """Return what the platform holds for the instant, in the stored unit."""
    rows = simulator.database.execute(
        "SELECT r.value FROM reading r JOIN point p ON p.id = r.point_id"
        " WHERE p.code = ? AND r.definition = ? AND r.variant = 'import' AND r.end_utc = ?",
        (STORAGE, definition, at.timestamp()),
    )
    return [value for (value,) in rows]


def dc_values(simulator: Simulator) -> dict[str, str]:
    rows = simulator.database.execute("SELECT type, value FROM dc_data WHERE point = 'xyzBesiktas'")
    return dict(rows.fetchall())


def row(operation: str, value: float | None = None, **changes: Any) -> dict[str, Any]:
    changed = {**READING, "operation": operation, "value": value, **changes}
    return {key: each for key, each in changed.items() if each is not None}


async def test_a_reading_from_its_creation_to_its_end(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    for each, held in ((row("create", 1.25), [1250.0]), (row("update", 2.3), [2300.0]), (row("delete"), [])):
        response = await call(hass, loaded_entry, "import_data", data=[each])
        assert stored(simulator) == held
        (result,) = response["data"]
        assert (result["operation"], result["result"]) == (each["operation"], "applied")
        assert result["date"] == NEW_READING.isoformat()
        if held:
            assert (result["value"], result["unit"]) == (each["value"], "kWh")
            assert (result["stored_value"], result["stored_unit"]) == (held[0], "Wh")
        else:
            assert "stored_value" not in result
        assert (response["applied"], response["not_applied"], response["unknown"]) == (1, 0, 0)
        assert "reason" not in response
    assert [record.operation for record in simulator.writes] == ["C", "U", "D"]


async def test_creating_is_what_is_done_by_default(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    assert await call(hass, loaded_entry, "import_data", response=False) is None
    assert (stored(simulator), [record.operation for record in simulator.writes]) == ([1250.0], ["C"])


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        pytest.param({"unit": "Wh"}, 1.25, id="the stored unit"),
        pytest.param({"unit": "MJ"}, 347.222222222222, id="joules"),
        pytest.param({"unit": "MWh", "stored_unit": "kWh"}, 1250.0, id="stored unit stated"),
    ],
)
async def test_values_arrive_in_the_stored_unit(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, fields: dict[str, Any], held: float
) -> None:
    await call(hass, loaded_entry, "import_data", **fields)
    assert stored(simulator) == [held]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        pytest.param({"unit": "m3"}, "unit_not_convertible", id="another quantity"),
        pytest.param({"data": [{**READING, "definition": "water"}]}, "stored_unit_required", id="unknown stored unit"),
        pytest.param({"data": [{**READING, "value": "nan"}]}, "request_invalid", id="no number"),
        pytest.param({"data": [READING, READING]}, "request_invalid", id="one reading twice"),
        pytest.param({"data": [{**READING, "date": "2026-07-14T10:00:00.5"}]}, "request_invalid", id="half a second"),
    ],
)
async def test_what_could_go_wrong_is_not_sent(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, fields: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, loaded_entry, "import_data", **fields)
    assert raised.value.translation_key == key
    assert simulator.count("ImportData") == 0


@pytest.mark.parametrize(
    ("action", "changes"),
    [
        ("import_data", {"unit": None}),
        ("import_data", {"data": []}),
        ("import_data", {"data": [row("create")]}),
        ("import_data", {"data": [row("create_or_update", 1)]}),
        ("import_data", {"data": [row("C", 1)]}),
        ("manage_dc_data", {"data": [VALUE]}),
        ("manage_dc_data", {"data": [{**VALUE, "operation": "create"}]}),
        ("manage_dc_data", {"data": [{**VALUE, "operation": "upsert", "value": "1"}]}),
    ],
)
async def test_fields_that_do_not_fit(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, action: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await call(hass, loaded_entry, action, **changes)


async def test_a_value_from_its_creation_to_its_end(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    steps = [
        ({"operation": "create", "value": "007"}, "007"),
        ({"operation": "update", "value": "8"}, "8"),
        ({"operation": "create_or_update", "value": ""}, ""),
        ({"operation": "delete"}, None),
        ({"operation": "create_or_update", "value": "[1, 2]"}, "[1, 2]"),
    ]
    for change, held in steps:
        if held == "":
            # The simulated platform takes no empty text; the action does not decide that for it.
            with pytest.raises(HomeAssistantError, match="refused"):
                await call(hass, loaded_entry, "manage_dc_data", data=[{**VALUE, **change}])
            continue
        response = await call(hass, loaded_entry, "manage_dc_data", data=[{**VALUE, **change}])
        assert dc_values(simulator).get("target") == held
        assert response["data"] == [{**VALUE, **change, "result": "applied"}]
    assert [record.operation for record in simulator.writes] == ["C", "U", "D", "CU"]


async def test_another_tenant_is_the_platforms_to_refuse(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    for action in ("get_dc_data", "manage_dc_data"):
        with pytest.raises(HomeAssistantError) as raised:
            await call(hass, loaded_entry, action, tenant="other")
        assert raised.value.translation_key == "refused"
    assert simulator.writes == []


@pytest.mark.parametrize("action", WRITES)
async def test_only_administrators_write(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    hass_read_only_user: MockUser,
    hass_admin_user: MockUser,
    action: str,
) -> None:
    with pytest.raises(Unauthorized):
        await call(hass, loaded_entry, action, user_id=hass_read_only_user.id)
    users = await hass.auth.async_get_group(GROUP_ID_USER)
    assert users is not None
    ordinary = MockUser(groups=[users]).add_to_hass(hass)
    with pytest.raises(Unauthorized):
        await call(hass, loaded_entry, action, user_id=ordinary.id)
    assert simulator.writes == []
    response = await call(hass, loaded_entry, action, user_id=hass_admin_user.id)
    assert response["applied"] == len(simulator.writes) == 1


METHODS = {"import_data": "ImportData", "manage_dc_data": "ManageDCData"}
LOOK_UPS = {"import_data": "ListDataEx", "manage_dc_data": "GetDCData"}
LOST = ["reset_after_execution", "timeout_after_execution", "reset_mid_response", "truncated_json"]


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("action", WRITES)
async def test_after_a_lost_response_it_reads_what_is_there(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, action: str, fault: str
) -> None:
    simulator.fail_next(fault, method=METHODS[action])
    response = await call(hass, loaded_entry, action)
    assert [each["result"] for each in response["data"]] == ["applied"]
    assert response["reason"]
    assert len(simulator.writes) == simulator.count(METHODS[action]) == 1


@pytest.mark.parametrize("fault", LOST)
async def test_nobody_who_finds_all_as_it_should_be_is_troubled(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, fault: str
) -> None:
    simulator.fail_next(fault, method="ImportData")
    await call(hass, loaded_entry, "import_data", response=False)
    assert stored(simulator) == [1250.0]


@pytest.mark.parametrize("action", WRITES)
async def test_what_never_arrived_is_not_applied_and_not_sent_again(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, action: str
) -> None:
    simulator.fail_next("reset_before_body", method=METHODS[action], times=2)
    response = await call(hass, loaded_entry, action)
    assert (response["applied"], response["not_applied"], response["unknown"]) == (0, 1, 0)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, loaded_entry, action, response=False)
    assert raised.value.translation_key == "rows_not_confirmed"
    placeholders = raised.value.translation_placeholders
    assert placeholders is not None
    assert (placeholders["applied"], placeholders["not_applied"], placeholders["unknown"]) == ("0", "1", "0")
    assert simulator.writes == []


@pytest.mark.parametrize("action", WRITES)
async def test_what_stays_unknown_is_said_to_be_unknown(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, action: str
) -> None:
    write, read = METHODS[action], LOOK_UPS[action]
    simulator.fail_next("timeout_after_execution", method=write)
    simulator.fail_next("http_500_html", method=read, times=10)
    response = await call(hass, loaded_entry, action)
    assert (response["applied"], response["not_applied"], response["unknown"]) == (0, 0, 1)
    simulator.clear_faults()
    simulator.fail_next("timeout_after_execution", method=write)
    simulator.fail_next("refused", method=read, times=2)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, loaded_entry, action, response=False)
    assert raised.value.translation_key == "rows_not_confirmed"


async def test_a_batch_that_was_taken_in_part(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    """The API document says nothing of a batch whose second row is refused."""
    simulator.profile.import_atomic = False
    simulator.set_reading(STORAGE, "activeEnergy", "import", NEW_READING + timedelta(days=-2), 5.0)
    later = (NEW_READING + timedelta(minutes=1)).isoformat()
    there = (NEW_READING + timedelta(days=-2)).isoformat()
    rows = [row("create", 1.25), row("create", 9.0, date=there), row("create", 2.5, date=later)]
    response = await call(hass, loaded_entry, "import_data", data=rows)
    assert [each["result"] for each in response["data"]] == ["applied", "not_applied", "not_applied"]
    assert "already a reading" in response["reason"]
    assert simulator.count("ImportData") == 1
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, loaded_entry, "import_data", data=rows, response=False)
    assert raised.value.translation_key == "rows_not_confirmed"


@pytest.mark.parametrize("count", [1, 2])
async def test_a_refusal_that_left_nothing_is_a_refusal(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, count: int
) -> None:
    simulator.profile.read_only = True
    dates = [(NEW_READING + timedelta(minutes=minute)).isoformat() for minute in range(count)]
    for response in (True, False):
        with pytest.raises(HomeAssistantError) as raised:
            await call(
                hass,
                loaded_entry,
                "import_data",
                response=response,
                data=[row("create", 1.25, date=date) for date in dates],
            )
        assert raised.value.translation_key == "refused"
    assert simulator.writes == []


async def test_what_is_looked_up_lies_near_what_was_written(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    """Two readings ten years apart do not make ten years of readings travel."""
    old = datetime(2016, 7, 14, 12, 3, 17, tzinfo=ISTANBUL)
    simulator.fail_next("reset_after_execution", method="ImportData")
    rows = [row("create", 1.0), row("create", 2.0, date=old.astimezone(UTC).isoformat())]
    response = await call(hass, loaded_entry, "import_data", data=rows)
    assert response["applied"] == 2
    ranges = [
        (request.body["properties"]["start"], request.body["properties"]["end"])
        for request in simulator.requests
        if request.method == "ListDataEx"
    ]
    assert ranges == [(f"{day}T12:03:17", f"{day}T12:03:17") for day in ("2016-07-14", "2026-07-14")]
