"""The action: it appends, tells what it leaves out, and updates records of an earlier version."""

from copy import deepcopy
import json
from typing import Any, cast

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import voluptuous as vol

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.dashboards.energy import SCHEMAS
from custom_components.reengen.dashboards.energy_roles import Section
from simulator import Simulator
from tests import oracle
from tests.history.conftest import Imported

from .preferences import (
    THEIRS,
    add,
    below,
    by_an_earlier_version,
    compile_statistics,
    preferences,
    records,
    set_up,
    stored,
)

ENERGY_DASHBOARD = "custom_components.reengen.dashboards.energy"


@pytest.mark.usefixtures("energy")
async def test_a_preview_tells_and_changes_nothing(
    hass: HomeAssistant, imported: Imported, expected: dict[str, Any]
) -> None:
    await set_up(hass, THEIRS)
    response = await add(hass, await imported())
    assert response["preview"] is True
    assert records(response) == expected
    assert await preferences(hass) == THEIRS


@pytest.mark.usefixtures("energy")
async def test_what_is_added_stands_below_what_was_there(
    hass: HomeAssistant, imported: Imported, expected: dict[str, Any]
) -> None:
    await set_up(hass, THEIRS)
    entry = await imported()
    response = await add(hass, entry, preview=False)
    assert records(response) == expected
    assert await preferences(hass) == below(THEIRS, expected)
    again = await add(hass, entry, preview=False)
    assert not any(records(again).values())
    assert await preferences(hass) == below(THEIRS, expected)
    assert {each["reason"] for each in again["left_out"]} == {"already_there", "not_measured", "not_a_source"}


@pytest.mark.usefixtures("energy")
async def test_home_assistant_finds_no_fault(
    hass: HomeAssistant, imported: Imported, hass_ws_client: WebSocketGenerator, expected: dict[str, Any]
) -> None:
    await add(hass, await imported(), preview=False)
    await compile_statistics(hass)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "energy/validate"})
    result = (await client.receive_json())["result"]
    assert {section: len(found) for section, found in result.items()} == {
        section: len(found) for section, found in expected.items()
    }
    assert [issue for found in result.values() for issues in found for issue in issues] == []
    # The dashboard's own form sends all it has got whenever something is changed there.
    await client.send_json_auto_id({"type": "energy/get_prefs"})
    saved = (await client.receive_json())["result"]
    await client.send_json_auto_id({"type": "energy/save_prefs", **saved})
    assert (await client.receive_json())["result"] == saved == stored(expected)
    # What a service or a websocket answers has to be plain JSON.
    assert json.loads(json.dumps(saved)) == saved


@pytest.mark.usefixtures("energy")
async def test_each_statistic_that_is_left_out_has_its_reason(
    hass: HomeAssistant, imported: Imported, expected: dict[str, Any], simulator: Simulator
) -> None:
    response = await add(hass, await imported())
    reasons = {(each["point"], each["measurement"]): each["reason"] for each in response["left_out"]}
    used = {
        name for section in expected.values() for record in section for name in record.values() if isinstance(name, str)
    }
    for code in ("xFabrikaFabrika", "xyzBesiktas", "xFabrikaTrafo6", "xFabrikaCatiGes"):
        for key in ("active_energy_import", "active_energy_export", "active_energy_produced"):
            statistic = f"reengen:xyz_{oracle.point_id(simulator, code)}_{key}"
            assert ((code, key) in reasons) is (statistic not in used)
    assert reasons["xFabrikaTrafo6", "active_energy_cost"] == "not_a_source"
    assert reasons["xFabrikaTrafo6", "active_energy_produced"] == "not_measured"
    assert "reactive_energy_import" not in {key for _, key in reasons}


@pytest.mark.parametrize("shown", ["today", "this_month", "reading"])
@pytest.mark.usefixtures("energy")
async def test_a_sensor_of_the_same_meter_is_not_doubled(
    hass: HomeAssistant, imported: Imported, expected: dict[str, Any], simulator: Simulator, shown: str
) -> None:
    entry = await imported()
    unique_id = f"{entry.entry_id}_{oracle.point_id(simulator, 'xFabrikaFabrika')}_active_energy_import_{shown}"
    sensor = er.async_get(hass).async_get_or_create("sensor", DOMAIN, unique_id, config_entry=entry)
    theirs = deepcopy(THEIRS)
    theirs["energy_sources"][0]["stat_energy_from"] = sensor.entity_id
    await set_up(hass, theirs)
    response = await add(hass, entry)
    assert response["energy_sources"] == expected["energy_sources"][1:]
    assert response["device_consumption"] == expected["device_consumption"]


@pytest.mark.usefixtures("energy")
async def test_only_administrators(hass: HomeAssistant, imported: Imported, hass_read_only_user: User) -> None:
    entry = await imported()
    with pytest.raises(Unauthorized):
        await add(hass, entry, hass_read_only_user, preview=False)
    assert not any((await preferences(hass)).values())


async def test_without_the_energy_integration(hass: HomeAssistant, imported: Imported) -> None:
    entry = await imported()
    with pytest.raises(HomeAssistantError) as caught:
        await add(hass, entry, preview=False)
    assert caught.value.translation_key == "energy_dashboard_missing"


@pytest.mark.usefixtures("energy")
async def test_a_dashboard_that_takes_no_such_record(
    hass: HomeAssistant, imported: Imported, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Any) -> list[Any]:
        raise vol.Invalid("no such type")

    monkeypatch.setitem(SCHEMAS, Section.SOURCES, refuse)
    await set_up(hass, THEIRS)
    with pytest.raises(HomeAssistantError) as caught:
        await add(hass, await imported(), preview=False)
    assert caught.value.translation_key == "energy_dashboard_refused"
    assert await preferences(hass) == THEIRS


@pytest.mark.usefixtures("energy")
class TestUpdate:
    """A dashboard that an earlier version filled gets what this one writes beside; nothing else changes."""

    async def test_names_and_live_power(
        self, hass: HomeAssistant, imported: Imported, expected: dict[str, Any]
    ) -> None:
        entry = await imported()
        earlier = {section: [*THEIRS[section], *kept] for section, kept in by_an_earlier_version(expected).items()}
        await set_up(hass, earlier)
        assert (await add(hass, entry, preview=False))["updated"] == []
        response = await add(hass, entry, update=True)
        assert response["updated"] == [*expected["energy_sources"], *expected["device_consumption"]]
        assert not any(records(response).values())
        assert await preferences(hass) == earlier
        await add(hass, entry, update=True, preview=False)
        assert await preferences(hass) == below(THEIRS, expected)
        assert (await add(hass, entry, update=True))["updated"] == []

    async def test_what_a_person_has_changed_stays(
        self, hass: HomeAssistant, imported: Imported, expected: dict[str, Any]
    ) -> None:
        entry = await imported()
        theirs = by_an_earlier_version(expected)
        theirs["energy_sources"][0]["name"] = "Main meter"
        theirs["energy_sources"][1]["cost_adjustment_day"] = 3.0
        theirs["device_consumption"][0]["stat_rate"] = "sensor.own_power"
        await set_up(hass, theirs)
        response = await add(hass, entry, update=True, preview=False)
        assert response["updated"] == [expected["energy_sources"][2], *expected["device_consumption"][1:]]
        found = await preferences(hass)
        assert found["energy_sources"][:2] == theirs["energy_sources"][:2]
        assert found["device_consumption"][0] == theirs["device_consumption"][0]

    @pytest.mark.parametrize("lacking", ["name", "stat_rate", "power_config"])
    async def test_what_the_dashboard_does_not_know_is_left_out(
        self,
        hass: HomeAssistant,
        imported: Imported,
        expected: dict[str, Any],
        monkeypatch: pytest.MonkeyPatch,
        lacking: str,
    ) -> None:
        def without(schema: Any) -> Any:
            def checked(records: list[dict[str, Any]]) -> list[Any]:
                if any(lacking in record for record in records):
                    raise vol.Invalid("extra keys not allowed")
                return cast("list[Any]", schema(records))

            return checked

        for checked_section, schema in SCHEMAS.items():
            monkeypatch.setitem(SCHEMAS, checked_section, without(schema))
        response = await add(hass, await imported(), preview=False)
        for section, records_of in records(response).items():
            assert records_of == [
                {field: value for field, value in record.items() if field != lacking} for record in expected[section]
            ]
