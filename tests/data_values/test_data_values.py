"""Values of the Data Science table are read together, and written once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import ATTR_FRIENDLY_NAME, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account.client import account_unique_id
from custom_components.reengen.api import ReengenClient, ReengenRequestError, RetryPolicy
from custom_components.reengen.const import DATA_VALUES_INTERVAL, DOMAIN, POINTS_INTERVAL
from custom_components.reengen.data_values.coordinator import number_of, text_of
from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from simulator import FAULTS, RequestRecord, Simulator
from tests.data_values.samples import put, sensor_states, stored, value_entity, value_state, wanted
from tests.forms import assert_asks_for_password
from tests.odd_platform import refuse
from tests.registries import point_device

type PassTime = Callable[[timedelta], Awaitable[None]]

TRAFO, TRAFO_ID = "xFabrikaTrafo6", 12768
SITE = "xFabrikaFabrika"
OTHER, OTHER_ID = "xyzBesiktas", 10644  # not chosen by the account's options


@pytest.fixture
def subentries() -> list[ConfigSubentryData]:
    """Ask for one value of each platform."""
    return [
        wanted(TRAFO_ID, "forecast", name="Tahmin"),
        wanted(TRAFO_ID, "note", kind="text"),
        wanted(TRAFO_ID, "target", mode="write"),
        wanted(TRAFO_ID, "message", mode="write", kind="text"),
        wanted(OTHER_ID, "forecast"),
    ]


@pytest.fixture
def entry(
    hass: HomeAssistant, simulator: Simulator, entry_options: dict[str, Any], subentries: list[ConfigSubentryData]
) -> MockConfigEntry:
    """Return an account with these values, not yet set up."""
    options = simulator.options
    data = {
        "url": simulator.url,
        "tenant": options.tenant,
        "username": options.user,
        "password": options.password,
    }
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="xyz",
        unique_id=account_unique_id(simulator.url, options.tenant, options.user),
        data=data,
        options=entry_options,
        subentries_data=subentries,
    )
    entry.add_to_hass(hass)
    put(simulator, TRAFO, "forecast", "3.25")
    put(simulator, TRAFO, "note", "007")
    put(simulator, TRAFO, "target", "40")
    put(simulator, OTHER, "forecast", "-1")
    return entry


async def _write(hass: HomeAssistant, entry: MockConfigEntry, type_: str, value: float | str) -> None:
    platform = "number" if type_ == "target" else "text"
    found = value_entity(hass, entry, platform, type_)
    assert found is not None
    target = {"entity_id": found.entity_id, "value": value}
    try:
        await hass.services.async_call(platform, "set_value", target, blocking=True)
    finally:
        await hass.async_block_till_done(wait_background_tasks=True)


def _writes(simulator: Simulator) -> list[tuple[str | None, str, str, Any]]:
    return [(record.operation, record.point, record.type, record.value) for record in simulator.writes]


async def test_what_a_user_finds(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    device = point_device(hass, loaded_entry, TRAFO_ID)
    assert device is not None
    shown = {
        ("sensor", "note"): ("007", "Transformer 6 note"),
        ("number", "target"): ("40.0", "Transformer 6 target"),
        ("text", "message"): (STATE_UNKNOWN, "Transformer 6 message"),
    }
    for (platform, type_), (value, name) in shown.items():
        registered = value_entity(hass, loaded_entry, platform, type_)
        assert registered is not None
        assert registered.device_id == device.id
        assert registered.config_subentry_id in loaded_entry.subentries
        state = value_state(hass, loaded_entry, platform, type_)
        assert (state.state, state.attributes[ATTR_FRIENDLY_NAME]) == (value, name)
    assert device.config_subentry_id is None


async def test_a_name_and_a_point_that_is_not_chosen(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    states = {
        state.attributes[ATTR_FRIENDLY_NAME]: state
        for state in hass.states.async_all("sensor")
        if er.async_get(hass).async_get(state.entity_id).config_subentry_id  # type: ignore[union-attr]
    }
    assert states["Transformer 6 Tahmin"].state == "3.25"
    assert states["Transformer 6 Tahmin"].attributes["state_class"] == "measurement"
    # On the account's device, so with the subentry's title.
    assert states[f"xyz {OTHER_ID} forecast"].state == "-1.0"


async def test_one_request_for_each_type_with_all_its_points(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    def asked() -> list[tuple[str, list[str]]]:
        bodies = [record.body for record in simulator.requests if record.method == "GetDCData"]
        return [(body["properties"]["type"], body["properties"]["point"]) for body in bodies if body]

    expected = [("forecast", [TRAFO, OTHER]), ("note", [TRAFO]), ("target", [TRAFO]), ("message", [TRAFO])]
    assert asked() == expected
    put(simulator, TRAFO, "forecast", "4")
    simulator.database.execute("DELETE FROM dc_data WHERE type = 'note'")
    await pass_time(DATA_VALUES_INTERVAL)
    assert asked() == expected * 2
    states = sensor_states(hass)
    assert states["Transformer 6 Tahmin"] == "4.0"
    assert states["Transformer 6 note"] == STATE_UNKNOWN


@pytest.mark.parametrize("subentries", [[]], ids=["none"])
async def test_without_values_nothing_is_asked(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    await pass_time(DATA_VALUES_INTERVAL)
    assert simulator.count("GetDCData") == 0


@pytest.mark.parametrize(
    ("type_", "value", "text", "shown"),
    [
        pytest.param("target", 3, "3", "3.0", id="whole, as the API document prints it"),
        pytest.param("target", -0.25, "-0.25", "-0.25", id="fraction"),
        pytest.param("target", 40, "40", "40.0", id="what is there already"),
        pytest.param("message", "007", "007", "007", id="text of digits"),
        pytest.param("message", 'İ "ş"', 'İ "ş"', 'İ "ş"', id="text"),
    ],
)
async def test_a_write_is_one_and_is_read_back(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    *,
    type_: str,
    value: float | str,
    text: str,
    shown: str,
) -> None:
    before = len(simulator.requests)
    await _write(hass, loaded_entry, type_, value)
    written, read = simulator.requests[before:]
    # API document: ManageDCData.
    row = {"point": TRAFO, "type": type_, "tenant": simulator.options.tenant, "value": text, "#": "CU"}
    assert written.body == {"$": "ManageDCData", "properties": {"data": [row]}}
    assert (read.method, read.body["properties"]["point"]) == ("GetDCData", [TRAFO])
    assert _writes(simulator) == [("CU", TRAFO, type_, text)]
    assert stored(simulator, TRAFO, type_) == text
    assert value_state(hass, loaded_entry, "number" if type_ == "target" else "text", type_).state == shown


@pytest.mark.parametrize("value", [float("nan"), float("inf")], ids=str)
async def test_what_is_no_number_is_not_sent(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, value: float
) -> None:
    with pytest.raises(ServiceValidationError):
        await _write(hass, loaded_entry, "target", value)
    assert simulator.count("ManageDCData") == 0


@pytest.fixture
def impatient_client(freezer: FrozenDateTimeFactory, leaping_clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after half a second: some faults never answer."""
    policy = RetryPolicy(request_seconds=0.5, total_seconds=2.0, first_delay=0.01)

    def impatient(*args: Any, **kwargs: Any) -> ReengenClient:
        return ReengenClient(*args, **{**kwargs, "retry": policy})

    monkeypatch.setattr("custom_components.reengen.account.client.ReengenClient", impatient)


@pytest.mark.parametrize("fault", FAULTS)
async def test_written_at_most_once_and_the_truth_is_shown(
    hass: HomeAssistant, simulator: Simulator, impatient_client: None, loaded_entry: MockConfigEntry, fault: str
) -> None:
    """Whatever happens to the write, the entity shows what the table holds, and success means that it holds it."""
    simulator.fail_next(fault, method="ManageDCData")
    told = None
    try:
        await _write(hass, loaded_entry, "target", 7)
    except HomeAssistantError as error:
        told = error.translation_key
    assert len(simulator.writes) <= 1
    assert (told is None) == (stored(simulator, TRAFO, "target") == "7")
    shown = value_state(hass, loaded_entry, "number", "target").state
    assert shown == ("7.0" if told is None else "40.0")


async def test_an_unknown_outcome_that_cannot_be_read_back_is_said_to_be_unknown(
    hass: HomeAssistant, simulator: Simulator, impatient_client: None, loaded_entry: MockConfigEntry
) -> None:
    simulator.fail_next("reset_after_execution", method="ManageDCData")
    simulator.fail_next("refused", method="GetDCData", times=2)
    with pytest.raises(HomeAssistantError) as raised:
        await _write(hass, loaded_entry, "target", 7)
    assert raised.value.translation_key == "outcome_unknown"
    assert value_state(hass, loaded_entry, "number", "target").state == "40.0"


async def test_a_confirmed_write_that_cannot_be_read_back_is_shown(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.fail_next("refused", method="GetDCData")
    await _write(hass, loaded_entry, "target", 7)
    assert value_state(hass, loaded_entry, "number", "target").state == "7.0"


async def test_a_refused_login_asks_for_the_password(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.change_password("new")
    with pytest.raises(HomeAssistantError) as raised:
        await _write(hass, loaded_entry, "target", 7)
    assert raised.value.translation_key == "authentication_failed"
    assert simulator.writes == []
    assert_asks_for_password(hass)


@pytest.mark.parametrize(("is_refused", "note"), [("forecast".__eq__, "007"), (bool, STATE_UNAVAILABLE)])
async def test_a_refused_type_takes_no_other_down_until_it_is_answered(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: PassTime,
    is_refused: Callable[[str], bool],
    note: str,
) -> None:
    recover = refuse(simulator, "GetDCData", lambda asked: is_refused(asked["type"]))
    await pass_time(DATA_VALUES_INTERVAL)
    assert sensor_states(hass)["Transformer 6 Tahmin"] == STATE_UNAVAILABLE
    assert value_state(hass, loaded_entry, "sensor", "note").state == note
    recover()
    await pass_time(DATA_VALUES_INTERVAL)
    assert sensor_states(hass)["Transformer 6 Tahmin"] == "3.25"


async def test_a_response_that_cannot_be_read_makes_all_unavailable_until_the_next(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    simulator.fail_next("rate_limited", method="GetDCData", times=10)
    await loaded_entry.runtime_data.data_values.async_refresh()
    assert value_state(hass, loaded_entry, "sensor", "note").state == STATE_UNAVAILABLE
    simulator.clear_faults()
    await pass_time(DATA_VALUES_INTERVAL)
    assert value_state(hass, loaded_entry, "sensor", "note").state == "007"


async def test_a_login_that_is_refused_while_reading_asks_for_the_password(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.change_password("new")
    await loaded_entry.runtime_data.data_values.async_refresh()
    await hass.async_block_till_done()
    assert_asks_for_password(hass)


async def test_a_point_that_goes_takes_only_its_own_values(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    simulator.remove_point(TRAFO)
    await pass_time(POINTS_INTERVAL)
    await pass_time(DATA_VALUES_INTERVAL)
    assert value_state(hass, loaded_entry, "sensor", "note").state == STATE_UNAVAILABLE
    states = sensor_states(hass)
    assert states[f"xyz {OTHER_ID} forecast"] == "-1.0"


class _Arrivals(list[RequestRecord]):
    """The simulator's log of requests, which tells when the first write arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.write = asyncio.Event()

    @override
    def append(self, record: RequestRecord) -> None:
        super().append(record)
        if record.method == "ManageDCData":
            self.write.set()


async def test_a_point_that_goes_while_a_write_waits(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    """Calls of one platform wait for each other, and the second is let in while its entity is still available."""
    simulator.requests = arrivals = _Arrivals()
    simulator.fail_next("slow_first_byte", method="ManageDCData", seconds=0.5)
    found = value_entity(hass, loaded_entry, "number", "target")
    assert found is not None

    def call(value: int) -> asyncio.Task[Any]:
        target = {"entity_id": found.entity_id, "value": value}
        return asyncio.create_task(hass.services.async_call("number", "set_value", target, blocking=True))

    first, second = call(7), call(8)
    await asyncio.wait_for(arrivals.write.wait(), 10)
    simulator.remove_point(TRAFO)
    await loaded_entry.runtime_data.points.async_refresh()
    told = await asyncio.gather(first, second, return_exceptions=True)
    # The first meets the platform without the point, the second is not sent.
    assert [getattr(error, "translation_key", None) for error in told] == ["refused", "request_invalid"]
    assert simulator.count("ManageDCData") == 1
    assert simulator.writes == []
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_diagnostics_name_the_values_and_not_what_they_are(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    found = await async_get_config_entry_diagnostics(hass, loaded_entry)
    rows = {(row["point_id"], row["type"]): row for row in found["data_values"]}
    assert rows[TRAFO_ID, "note"] == {
        "point_id": TRAFO_ID,
        "type": "note",
        "entity": "sensor",
        "has_value": True,
        "refused": False,
    }
    assert rows[TRAFO_ID, "message"]["has_value"] is False
    assert rows.keys() == {(source.point_id, source.type) for source in loaded_entry.runtime_data.data_values.sources}
    assert "007" not in str(found["data_values"])


async def test_a_text_that_no_state_can_hold_is_unknown(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    put(simulator, TRAFO, "note", "x" * 256)
    put(simulator, TRAFO, "target", "forty")
    await pass_time(DATA_VALUES_INTERVAL)
    assert value_state(hass, loaded_entry, "sensor", "note").state == STATE_UNKNOWN
    assert value_state(hass, loaded_entry, "number", "target").state == STATE_UNKNOWN


async def test_a_removed_subentry_takes_its_entity_and_no_device(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    registered = value_entity(hass, loaded_entry, "sensor", "note")
    assert registered is not None
    assert registered.config_subentry_id is not None
    hass.config_entries.async_remove_subentry(loaded_entry, registered.config_subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert er.async_get(hass).async_get(registered.entity_id) is None
    assert hass.states.get(registered.entity_id) is None
    assert point_device(hass, loaded_entry, TRAFO_ID) is not None
    assert {source.type for source in loaded_entry.runtime_data.data_values.sources} == {
        "forecast",
        "target",
        "message",
    }


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_the_table(number: float) -> None:
    text = text_of(number)
    assert number_of(text) == number
    assert "e" not in text


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")], ids=str)
def test_what_is_no_finite_number_has_no_text(number: float) -> None:
    with pytest.raises(ReengenRequestError):
        text_of(number)


@pytest.mark.parametrize("text", [None, "", "abc", "3,5", "nan", "inf", "1e999", "0x10"])
def test_what_is_no_number(text: str | None) -> None:
    assert number_of(text) is None
