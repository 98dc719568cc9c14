"""Numbers run commands that take a number: whole ones as they are, and what was last accepted is shown."""

from typing import Any

from homeassistant.components.number import ATTR_MAX, ATTR_MIN, ATTR_STEP
from homeassistant.const import ATTR_MODE, ATTR_UNIT_OF_MEASUREMENT, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import CONF_NUMBER_LIMITS, DOMAIN
from simulator import Simulator
from tests.accounts import set_up
from tests.commands.samples import NUMBER, POINT, POINT_ID, parameters_run


@pytest.fixture(autouse=True)
def _listed(simulator: Simulator) -> None:
    NUMBER.add(simulator)


def _list_as(simulator: Simulator, parameter_type: str) -> None:
    simulator.add_command(
        POINT, NUMBER.code, name=NUMBER.name, command_type="SingleParameter", parameter_type=parameter_type
    )


@pytest.mark.parametrize(("parameter_type", "step"), [("double", 0.001), ("integer", 1.0), ("Decimal", 0.001)])
async def test_what_is_typed_and_how(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, parameter_type: str, step: float
) -> None:
    _list_as(simulator, parameter_type)
    await set_up(hass, entry)
    state = NUMBER.shown(hass, entry)
    assert (state.attributes[ATTR_MODE], state.attributes[ATTR_STEP]) == ("box", step)
    assert state.attributes[ATTR_MIN] == -state.attributes[ATTR_MAX] == -1e9


async def test_numbers_are_sent_in_the_order_of_the_calls(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    for value, shown in ((21.5, "21.5"), (-3, "-3"), (-3, "-3"), (0, "0"), (123_456.789, "123456.789")):
        await NUMBER.run(hass, loaded_entry, value=value)
        assert NUMBER.shown(hass, loaded_entry).state == shown
    assert parameters_run(simulator, NUMBER) == [21.5, -3, -3, 0, 123_456.789]
    requests = [record.body for record in simulator.requests if record.method == "ExecuteCommand"]
    assert requests[0] == {
        "$": "ExecuteCommand",
        "properties": {"point": "xFabrikaTrafo6", "command": "set-point-temperature", "parameter": 21.5},
    }


async def test_a_whole_number_is_sent_as_one(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> None:
    _list_as(simulator, "integer")
    await set_up(hass, entry)
    await NUMBER.run(hass, entry, value=3.0)
    (sent,) = parameters_run(simulator, NUMBER)
    assert (sent, type(sent)) == (3, int)
    with pytest.raises(ServiceValidationError) as raised:
        await NUMBER.run(hass, entry, value=2.5)
    assert raised.value.translation_key == "request_invalid"
    assert simulator.count("ExecuteCommand") == 1
    assert NUMBER.shown(hass, entry).state == "3"


@pytest.mark.parametrize("value", [1e10, -1e10])
async def test_what_is_out_of_bounds_is_not_sent(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, value: float
) -> None:
    with pytest.raises(ServiceValidationError):
        await NUMBER.run(hass, loaded_entry, value=value)
    assert simulator.count("ExecuteCommand") == 0


def _limit(hass: HomeAssistant, entry: MockConfigEntry, **limits: float | str) -> None:
    stored = {f"{POINT_ID}/{NUMBER.code}": limits}
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_NUMBER_LIMITS: stored})


@pytest.mark.parametrize(
    ("parameter_type", "limits", "shown"),
    [
        ("double", {"minimum": 5.0, "maximum": 30.0, "step": 0.5, "unit": "°C"}, (5.0, 30.0, 0.5, "°C")),
        ("double", {"minimum": 5.0}, (5.0, 1e9, 0.001, None)),
        ("integer", {"maximum": 100.0, "unit": "%"}, (-1e9, 100.0, 1.0, "%")),
        ("integer", {"step": 5.0}, (-1e9, 1e9, 5.0, None)),
    ],
)
async def test_what_the_options_say_of_a_command(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    parameter_type: str,
    limits: dict[str, float | str],
    shown: tuple[float, float, float, str | None],
) -> None:
    _list_as(simulator, parameter_type)
    _limit(hass, entry, **limits)
    await set_up(hass, entry)
    found = NUMBER.shown(hass, entry).attributes
    assert (found[ATTR_MIN], found[ATTR_MAX], found[ATTR_STEP], found.get(ATTR_UNIT_OF_MEASUREMENT)) == shown
    assert found[ATTR_MODE] == "box"


async def test_a_refusal_has_figures_as_the_language_writes_them(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    _limit(hass, entry, minimum=5.5, unit="°C")
    await set_up(hass, entry)
    hass.config.language = "tr"
    fields = {"point": POINT, "command": NUMBER.code, "parameter": 4.25}
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "execute_command", fields, blocking=True)
    assert raised.value.translation_placeholders == {"command": NUMBER.name, "number": "4,25 °C", "bound": "5,5 °C"}


@pytest.mark.parametrize("value", [4.999, 30.001, -1e300, pytest.param(10**400, id="whole")])
async def test_a_number_beyond_the_limits_is_not_sent(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, value: float
) -> None:
    _limit(hass, entry, minimum=5.0, maximum=30.0, unit="°C")
    await set_up(hass, entry)
    fields = {"config_entry_id": entry.entry_id, "point": POINT, "command": NUMBER.code, "parameter": value}
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "execute_command", fields, blocking=True)
    too_small = value < 5
    assert raised.value.translation_key == ("number_too_small" if too_small else "number_too_large")
    assert raised.value.translation_placeholders is not None
    assert raised.value.translation_placeholders["command"] == NUMBER.name
    assert raised.value.translation_placeholders["bound"] == ("5 °C" if too_small else "30 °C")
    if abs(value) < 1e300:
        with pytest.raises(ServiceValidationError):
            await NUMBER.run(hass, entry, value=value)
    assert simulator.count("ExecuteCommand") == 0
    assert NUMBER.shown(hass, entry).state == STATE_UNKNOWN


async def test_the_limits_themselves_are_sent(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    _limit(hass, entry, minimum=5.0, maximum=30.0)
    await set_up(hass, entry)
    for value in (5, 30):
        await NUMBER.run(hass, entry, value=value)
    assert parameters_run(simulator, NUMBER) == [5, 30]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), pytest.param(10**400, id="whole"), True, "21"])
async def test_what_is_no_number_that_can_be_sent(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, value: Any
) -> None:
    fields = {"config_entry_id": loaded_entry.entry_id, "point": POINT, "command": NUMBER.code, "parameter": value}
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "execute_command", fields, blocking=True)
    assert raised.value.translation_key == "request_invalid"
    assert simulator.count("ExecuteCommand") == 0
