"""Diagnostics of an account with a history, and of one of its points; whose account it is nobody can tell."""

from datetime import timedelta
import json
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.reengen.api import Oddity, OddityKind
from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime
from tests.data_values.samples import add_wanted, put, wanted
from tests.registries import point_device

from .conftest import Imported
from .statistics import EVERYTHING

TENANT = "Acme Boya 7"
USER = "Ayşe.Öz@acme.example"
POINT_ID = 12768


@pytest.fixture
def world_options(world_options: WorldOptions) -> WorldOptions:
    """Describe the world of a tenant and a user whose names are written in more ways than one."""
    return WorldOptions(start=world_options.start, tenant=TENANT, user=USER)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a transformer, and all that can be read of it, and a point beside it."""
    return entry_options | EVERYTHING | {"points": ["xFabrikaTrafo6", "xFabrikaDepo"]}


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account with a value of the Data Science table."""
    assert await async_setup_component(hass, "diagnostics", {})
    put(simulator, "xFabrikaTrafo6", "note", "007")
    add_wanted(hass, entry, wanted(POINT_ID, "note"))
    return entry


def assert_no_name(found: Any) -> None:
    """Assert that neither name is in the file, nor any word of them but the digit."""
    for text in (json.dumps(found), json.dumps(found, ensure_ascii=False)):
        folded = text.casefold()
        assert [word for word in ("acme", "boya", "ayşe", "ayse", "öz@", "\\u00f6z") if word in folded] == []


async def test_no_name_of_an_account_whose_password_is_refused(
    hass: HomeAssistant, simulator: Simulator, imported: Imported, pass_time: PassTime
) -> None:
    entry = await imported()
    odd = Oddity(
        method="GetData", kind=OddityKind.VALUE, where="data.0[1][2]", example=f"{TENANT.upper()}?", point_id=POINT_ID
    )
    entry.runtime_data.oddities.report("readings", [odd])
    simulator.change_password("new")
    await pass_time(timedelta(hours=1))
    found: Any = await async_get_config_entry_diagnostics(hass, entry)
    for error in (found["history"]["last_error"], found["coordinators"]["readings"]["last_exception"]):
        assert "user '**REDACTED**' of tenant '**REDACTED**'" in error
    assert [each["example"] for each in found["oddities"] if each["method"] == "GetData"] == ["**REDACTED**?"]
    assert f"reengen:**REDACTED**_{POINT_ID}_active_energy_import" in found["history"]["newest_hours"]
    assert_no_name(found)

    assert not await hass.config_entries.async_reload(entry.entry_id)
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert found["entry"]["state"] == ConfigEntryState.SETUP_ERROR.value
    assert "of tenant '**REDACTED**'" in found["entry"]["reason"]
    assert_no_name(found)


async def test_diagnostics_of_a_point(
    hass: HomeAssistant, simulator: Simulator, imported: Imported, hass_client: ClientSessionGenerator
) -> None:
    entry = await imported()
    device = point_device(hass, entry, POINT_ID)
    assert device is not None
    mine = Oddity(method="GetData", kind=OddityKind.VALUE, where="data.0[1][2]", example="'x'", point_id=POINT_ID)
    other = Oddity(method="GetData", kind=OddityKind.VALUE, where="data.0[1][2]", example="'x'", point_id=1)
    entry.runtime_data.oddities.report("readings", [mine, other])
    found: Any = await get_diagnostics_for_device(hass, hass_client, entry, device)
    assert found["point"] | {"parent_code": None} == {
        "id": POINT_ID,
        "code": "xFabrikaTrafo6",
        "parent_code": None,
        "is_chosen": True,
    }
    data = entry.runtime_data
    sample = data.readings.data.samples[POINT_ID, "active_energy_import", "today"]
    assert {
        "measurement": "active_energy_import",
        "window": "today",
        "value": sample.value,
        "start": sample.start.isoformat(),
    } in found["samples"]
    assert data.meters is not None
    (register,) = found["registers"]
    stored = simulator.database.execute(
        "SELECT MAX(original) FROM reading WHERE point_id = ? AND definition = 'activeEnergy' AND variant = 'import'",
        (POINT_ID,),
    )
    # The platform stores Wh.
    assert register["value"] == pytest.approx(stored.fetchone()[0] / 1000)
    assert [each["phase"] for each in found["phases"]] == [1, 2, 3]
    assert {each["code"] for each in found["commands"]} >= {"lights-on-off"}
    assert found["commands_error"] is None
    assert [each["type"] for each in found["data_values"]] == ["note"]
    assert {each["statistic_id"] for each in found["history"]} == {
        f"reengen:**REDACTED**_{POINT_ID}_{key}"
        for key in ("active_energy_import", "voltage_phase", "active_energy_cost_try")
    }
    assert all(each["newest_hour"] for each in found["history"])
    assert found["freshness"]["last_data"]
    assert [each["point_id"] for each in found["oddities"]] == [POINT_ID]
    assert_no_name(found)


async def test_the_device_of_the_account_has_all_of_it(
    hass: HomeAssistant, imported: Imported, hass_client: ClientSessionGenerator
) -> None:
    entry = await imported()
    device = dr.async_get(hass).async_get_device_by_identifier(("reengen", entry.entry_id), entry.entry_id)
    assert device is not None
    found: Any = await get_diagnostics_for_device(hass, hass_client, entry, device)
    assert found == await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert_no_name(found)
