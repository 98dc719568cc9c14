"""The Energy dashboard after an import: with a real recorder, energy manager and websocket."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from datetime import datetime, timedelta
import json
from typing import Any, cast
from unittest.mock import AsyncMock, patch

from homeassistant.auth.models import User
from homeassistant.components.energy.data import EnergyPreferencesUpdate, async_get_manager
from homeassistant.components.recorder.core import Recorder
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import voluptuous as vol

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.dashboards.energy import SCHEMAS
from custom_components.reengen.dashboards.energy_roles import Section
from custom_components.reengen.history import HistoryUnavailableError
from simulator import Simulator, WorldOptions
from tests import oracle

type Imported = Callable[[], Awaitable[MockConfigEntry]]
type PassTime = Callable[[timedelta], Awaitable[None]]

ENERGY_DASHBOARD = "custom_components.reengen.dashboards.energy"

# What a person has set up before; the grid source is one of another house.
THEIRS: dict[str, Any] = {
    "energy_sources": [
        {
            "type": "grid",
            "stat_energy_from": "sensor.house_import",
            "stat_energy_to": None,
            "stat_cost": None,
            "entity_energy_price": None,
            "number_energy_price": 3.5,
            "stat_compensation": None,
            "entity_energy_price_export": None,
            "number_energy_price_export": None,
            "cost_adjustment_day": 0.0,
        },
        {"type": "solar", "stat_energy_from": "sensor.roof", "config_entry_solar_forecast": None},
    ],
    "device_consumption": [{"stat_consumption": "sensor.fridge", "name": "Fridge"}],
    "device_consumption_water": [],
}


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world have two days, and the points as far as the roof's panels."""
    return WorldOptions(start=now - timedelta(days=2), points=11)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a site, some of what is below it, another site, and panels; with costs; tick the box."""
    return {
        **entry_options,
        "points": [
            "xFabrikaFabrika",
            "xFabrikaTrafo1",
            "xFabrikaDepo",
            "xFabrikaTrafo6",
            "xyzBesiktas",
            "xFabrikaCatiGes",
        ],
        "measurements": [
            "active_energy_import",
            "active_energy_export",
            "active_energy_produced",
            "reactive_energy_import",
        ],
        "costs": ["active_energy_cost"],
        "energy_dashboard": False,
        "history_months": 1,
    }


@pytest.fixture
async def energy(hass: HomeAssistant, recorder_mock: Recorder) -> None:
    """Set the energy integration up; prices are shown in liras."""
    hass.config.currency = "TRY"
    assert await async_setup_component(hass, "energy", {})


@pytest.fixture
def expected(simulator: Simulator) -> dict[str, Any]:
    """Return what belongs in the dashboard: the world's tree and meters, read from its source by a person."""

    def statistic(code: str, key: str) -> str:
        return f"reengen:xyz_{oracle.point_id(simulator, code)}_{key}"

    def grid(code: str) -> dict[str, Any]:
        return {
            "type": "grid",
            "stat_energy_from": statistic(code, "active_energy_import"),
            "stat_energy_to": statistic(code, "active_energy_export"),
            "stat_cost": statistic(code, "active_energy_cost_try"),
            "entity_energy_price": None,
            "number_energy_price": None,
            "stat_compensation": None,
            "entity_energy_price_export": None,
            "number_energy_price_export": None,
            "cost_adjustment_day": 0.0,
        }

    def device(code: str, name: str, **above: str) -> dict[str, str]:
        return {"stat_consumption": statistic(code, "active_energy_import"), "name": name, **above}

    roof = {
        "type": "solar",
        "stat_energy_from": statistic("xFabrikaCatiGes", "active_energy_produced"),
        "config_entry_solar_forecast": None,
    }
    trafo_1 = statistic("xFabrikaTrafo1", "active_energy_import")
    return {
        "energy_sources": [grid("xFabrikaFabrika"), grid("xyzBesiktas"), roof],
        "device_consumption": [
            device("xFabrikaTrafo6", "Transformer 6"),
            device("xFabrikaTrafo1", "Trafo 1"),
            # The workshop between the two is not chosen.
            device("xFabrikaDepo", "Storage", included_in_stat=trafo_1),
        ],
        "device_consumption_water": [],
    }


async def preferences(hass: HomeAssistant) -> dict[str, Any]:
    """Return what the energy manager holds."""
    manager = await async_get_manager(hass)
    return deepcopy(dict(manager.data or manager.default_preferences()))


async def set_up(hass: HomeAssistant, wanted: dict[str, Any]) -> None:
    """Save preferences as a person's dashboard does."""
    manager = await async_get_manager(hass)
    await manager.async_update(cast("EnergyPreferencesUpdate", deepcopy(wanted)))


async def add(hass: HomeAssistant, entry: MockConfigEntry, user: User | None = None, **fields: Any) -> Any:
    """Call the action."""
    return await hass.services.async_call(
        DOMAIN,
        "add_to_energy_dashboard",
        {"config_entry_id": entry.entry_id, **fields},
        blocking=True,
        return_response=True,
        context=Context(user_id=user.id if user else None),
    )


def below(theirs: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Return one set of preferences below another."""
    return {section: [*records, *ours[section]] for section, records in theirs.items()}


def records(response: dict[str, Any]) -> dict[str, Any]:
    """Return the lists of a response."""
    return {section: response[section] for section in THEIRS}


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
    assert (await client.receive_json())["result"] == saved == expected
    # What a service or a websocket answers has to be plain JSON.
    assert json.loads(json.dumps(saved)) == saved


@pytest.mark.usefixtures("energy")
async def test_each_statistic_that_is_left_out_has_its_reason(
    hass: HomeAssistant, imported: Imported, expected: dict[str, Any], simulator: Simulator
) -> None:
    response = await add(hass, await imported())
    reasons = {(each["point"], each["measurement"]): each["reason"] for each in response["left_out"]}
    used = {name for section in expected.values() for record in section for name in record.values()}
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
class TestTheBox:
    """The box of the form: the dashboard is filled when the history is there, once."""

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any]) -> dict[str, Any]:
        """Tick the box."""
        return {**entry_options, "energy_dashboard": True}

    async def test_the_import_fills_the_dashboard(
        self, hass: HomeAssistant, imported: Imported, expected: dict[str, Any]
    ) -> None:
        await set_up(hass, THEIRS)
        await imported()
        assert await preferences(hass) == below(THEIRS, expected)

    async def test_what_the_user_removes_stays_away(
        self, hass: HomeAssistant, imported: Imported, pass_time: PassTime, expected: dict[str, Any]
    ) -> None:
        await imported()
        assert await preferences(hass) == expected
        await pass_time(timedelta(minutes=2))
        await set_up(hass, THEIRS)
        await imported()
        assert await preferences(hass) == THEIRS

    async def test_a_crash_before_the_preferences_are_on_disk(
        self, hass: HomeAssistant, imported: Imported, expected: dict[str, Any]
    ) -> None:
        await imported()
        await set_up(hass, THEIRS)
        await imported()
        assert await preferences(hass) == below(THEIRS, expected)

    async def test_another_tick_does_it_again(
        self, hass: HomeAssistant, imported: Imported, pass_time: PassTime, expected: dict[str, Any]
    ) -> None:
        entry = await imported()
        await pass_time(timedelta(minutes=2))
        await set_up(hass, THEIRS)
        for ticked in (False, True):
            hass.config_entries.async_update_entry(entry, options={**entry.options, "energy_dashboard": ticked})
            await imported()
        assert await preferences(hass) == below(THEIRS, expected)

    async def test_a_recorder_that_fails_is_asked_again_with_the_next_news_of_the_history(
        self, hass: HomeAssistant, imported: Imported, pass_time: PassTime, expected: dict[str, Any]
    ) -> None:
        with patch(f"{ENERGY_DASHBOARD}.async_own_statistic_ids", AsyncMock(side_effect=HistoryUnavailableError)):
            await imported()
        assert not any((await preferences(hass)).values())
        await pass_time(timedelta(hours=1))
        assert await preferences(hass) == expected

    async def test_a_dashboard_that_takes_nothing_is_left_alone(
        self, hass: HomeAssistant, imported: Imported, pass_time: PassTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        await set_up(hass, THEIRS)
        with patch(
            f"{ENERGY_DASHBOARD}.async_add_to_energy_dashboard", AsyncMock(side_effect=HomeAssistantError("no"))
        ):
            await imported()
        await pass_time(timedelta(hours=1))
        assert await preferences(hass) == THEIRS
        assert "was not added to the Energy dashboard: no" in caplog.text

    async def test_a_paused_history_is_waited_for(
        self, hass: HomeAssistant, imported: Imported, entry: MockConfigEntry
    ) -> None:
        hass.config_entries.async_update_entry(entry, options={**entry.options, "history_paused": True})
        response = await add(hass, await imported(), preview=False)
        assert not any((await preferences(hass)).values())
        assert {each["reason"] for each in response["left_out"]} == {"waiting"}
