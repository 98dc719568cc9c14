"""An account that an early version stored comes up under today's code; one of a later version is left alone."""

from collections.abc import Callable
import json
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.reengen.config_flow import ReengenConfigFlow
from custom_components.reengen.measurements import COSTS, MEASUREMENTS
from simulator import Simulator

from .forms import ENGLISH, open_option
from .registries import state_of
from .repository.paths import ROOT

STORED = json.loads((ROOT / "tests/fixtures/stored/account_1_1.json").read_text())
# Devices and entities of four points with all that is measured and charged, while fewer of them were off by default.
REGISTRIES = json.loads((ROOT / "tests/fixtures/stored/registries_1_2.json").read_text())
EARLIEST = STORED["data"]["entries"][0]["options"]
# The account of the fixture has no command that takes a number.
NEEDS_A_NUMBER_COMMAND = {"number_limits"}


# The sensors of version 0.1.0 at a point with these measurements, and whether each is off: by its integration or a user.
LEVELS = ["active_power_phase", "voltage_phase", "current_phase"]
SENSORS = {
    "active_energy_import_today": None,
    "active_energy_import_this_month": er.RegistryEntryDisabler.INTEGRATION,
    "active_power_phase": None,
    "voltage_phase": None,
    "current_phase": er.RegistryEntryDisabler.USER,
    "last_data": None,
}


async def start(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    *,
    before: Callable[[ConfigEntry[Any]], None] = lambda _: None,
    **changes: Any,
) -> ConfigEntry[Any]:
    """Load the stored file as Home Assistant does when it starts, with the account at the simulator.

    `before` gets the entry before it is set up.
    """
    (stored,) = STORED["data"]["entries"]
    account = {
        **stored["data"],
        "url": simulator.url,
        "username": simulator.options.user,
        "password": simulator.options.password,
    }
    entry = {**stored, "data": account, **changes}
    hass_storage["core.config_entries"] = {**STORED, "data": {"entries": [entry]}}
    await hass.config_entries.async_initialize()
    (loaded,) = hass.config_entries.async_entries("reengen")
    before(loaded)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return loaded


async def test_the_earliest_shape_comes_up_with_its_entities(
    hass: HomeAssistant, hass_storage: dict[str, Any], simulator: Simulator
) -> None:
    await hass.config.async_set_time_zone("Europe/Istanbul")
    hass.config.currency = "TRY"
    entry = await start(hass, hass_storage, simulator)

    assert entry.state is ConfigEntryState.LOADED
    assert entry.options == {**EARLIEST, "time_zone": "Europe/Istanbul", "currency": "TRY"}
    assert (entry.version, entry.minor_version) == (1, 2)
    assert (entry.version, entry.minor_version) == (ReengenConfigFlow.VERSION, ReengenConfigFlow.MINOR_VERSION)
    # Unique ids are those of the first day.
    assert state_of(hass, "sensor", entry, 12768, "active_energy_import_today").state.replace(".", "").isdigit()
    assert state_of(hass, "switch", entry, 12768, "command_lights-on-off").state == "unknown"


async def test_entities_of_an_earlier_version_stay_as_they_are(
    hass: HomeAssistant, hass_storage: dict[str, Any], simulator: Simulator
) -> None:
    """What is off for new accounts stays on, under its id; power comes beside it, on, and once."""
    registry = er.async_get(hass)

    def register(entry: ConfigEntry[Any]) -> None:
        for key, disabled_by in SENSORS.items():
            registry.async_get_or_create(
                "sensor",
                "reengen",
                f"{entry.entry_id}_12768_{key}",
                config_entry=entry,
                disabled_by=disabled_by,
                object_id_base=f"mine_{key}",
            )

    options = {**EARLIEST, "measurements": ["active_energy_import", *LEVELS]}
    entry = await start(hass, hass_storage, simulator, before=register, options=options)
    found = {
        each.unique_id.removeprefix(f"{entry.entry_id}_12768_"): each
        for each in er.async_entries_for_config_entry(registry, entry.entry_id)
        if each.domain == "sensor" and each.unique_id.startswith(f"{entry.entry_id}_12768_")
    }
    assert {key: each.disabled_by for key, each in found.items()} == {**SENSORS, "active_power": None}
    assert {key: each.entity_id for key, each in found.items() if key in SENSORS} == {
        key: f"sensor.mine_{key}" for key in SENSORS
    }
    for key in ("active_power_phase", "voltage_phase", "active_power"):
        assert float(state_of(hass, "sensor", entry, 12768, key).state) > 0


async def test_nothing_is_renamed_removed_disabled_or_counted_twice(
    hass: HomeAssistant, hass_storage: dict[str, Any], simulator: Simulator
) -> None:
    """Entities and devices of the version before are what they were; what is new comes beside them."""
    entities, devices = er.async_get(hass), dr.async_get(hass)
    made: dict[str, str] = {}

    def register(entry: ConfigEntry[Any]) -> None:
        for each in REGISTRIES["devices"]:
            made[each["id"]] = devices.async_get_or_create(
                config_entry_id=entry.entry_id,
                identifiers={("reengen", "_".join(filter(None, (entry.entry_id, each["id"]))))},
                manufacturer="Reengen",
                model=each["model"],
                name=each["name"],
                via_device_id=made.get(each["above"]),
            ).id
        for each in REGISTRIES["entities"]:
            registered = entities.async_get_or_create(
                each["platform"],
                "reengen",
                f"{entry.entry_id}_{each['unique_id']}",
                config_entry=entry,
                device_id=made[each["device"]],
                disabled_by=each["disabled_by"] and er.RegistryEntryDisabler(each["disabled_by"]),
                original_name=each["name"],
                has_entity_name=True,
            )
            entities.async_update_entity(registered.entity_id, new_entity_id=each["entity_id"])

    points = ["xFabrikaFabrika", "xFabrikaTrafo6", "xFabrikaOfis", "xFabrikaOfisKat1"]
    options = {**EARLIEST, "points": points, "include_descendants": False}
    options |= {"measurements": list(MEASUREMENTS), "costs": list(COSTS), "currency": "TRY", "energy_dashboard": False}
    options |= {"time_zone": "Europe/Istanbul"}
    entry = await start(hass, hass_storage, simulator, before=register, options=options, minor_version=2)

    assert entry.state is ConfigEntryState.LOADED
    found = {each.unique_id: each for each in er.async_entries_for_config_entry(entities, entry.entry_id)}
    for each in REGISTRIES["entities"]:
        now = found[f"{entry.entry_id}_{each['unique_id']}"]
        assert (now.entity_id, now.original_name, now.disabled_by, now.device_id, now.domain) == (
            each["entity_id"],
            each["name"],
            each["disabled_by"],
            made[each["device"]],
            each["platform"],
        )
    of_entry = dr.async_entries_for_config_entry(devices, entry.entry_id)
    # The code of a point moves from the model, where earlier versions had it; nothing is taken for a replaced meter.
    models = {each.id: (each.model_id or each.model) for each in of_entry}
    assert models == {made[each["id"]]: each["model"] for each in REGISTRIES["devices"]}
    assert {each.model for each in of_entry} == {"Energy IoT Platform", "Site", "Measuring point"}
    assert {each.id: each.name for each in of_entry} == {
        made[each["id"]]: each["name"] for each in REGISTRIES["devices"]
    }
    assert entry.options == options


async def test_every_option_can_be_changed_from_the_earliest_shape(
    hass: HomeAssistant, hass_storage: dict[str, Any], simulator: Simulator
) -> None:
    entry = await start(hass, hass_storage, simulator)
    menus = [texts["menu_options"] for texts in ENGLISH["options"]["step"].values() if "menu_options" in texts]
    steps = {step for menu in menus for step in menu} - {"custom_change"}
    assert len(steps) > 10
    for step in steps:
        shown = await open_option(hass, entry, step)
        if step in NEEDS_A_NUMBER_COMMAND:
            assert (shown["type"], shown["reason"]) == (FlowResultType.ABORT, "no_numbers")
        elif step == "custom_add" or step.endswith("_menu"):
            assert shown["type"] is FlowResultType.MENU
        else:
            # The proposals of a measurement fill one form.
            form = "custom_fields" if step.startswith("custom_") else step
            assert (shown["type"], shown["step_id"], shown["errors"]) == (FlowResultType.FORM, form, {})


async def test_what_was_chosen_stays(hass: HomeAssistant, hass_storage: dict[str, Any], simulator: Simulator) -> None:
    chosen = {**EARLIEST, "time_zone": "Europe/Berlin", "currency": "EUR"}
    hass.config.currency = "TRY"
    entry = await start(hass, hass_storage, simulator, options=chosen)
    assert entry.options == chosen
    assert entry.minor_version == 2


async def test_home_assistants_zone_may_change_afterwards(
    hass: HomeAssistant, hass_storage: dict[str, Any], simulator: Simulator
) -> None:
    await hass.config.async_set_time_zone("Europe/Istanbul")
    entry = await start(hass, hass_storage, simulator)
    await hass.config.async_set_time_zone("America/New_York")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert str(entry.runtime_data.client.time_zone) == "Europe/Istanbul"


@pytest.mark.parametrize(
    ("version", "minor_version", "state"),
    [(2, 1, ConfigEntryState.MIGRATION_ERROR), (1, 9, ConfigEntryState.LOADED)],
    ids=["major", "minor"],
)
async def test_an_account_of_a_later_version(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    version: int,
    minor_version: int,
    state: ConfigEntryState,
) -> None:
    """Home Assistant refuses a later major version; a later minor one has to work, and is left as it is."""
    options = {**EARLIEST, "time_zone": "UTC", "currency": "EUR", "from_the_future": 1}
    entry = await start(hass, hass_storage, simulator, version=version, minor_version=minor_version, options=options)
    assert entry.state is state
    assert (entry.version, entry.minor_version, entry.options) == (version, minor_version, options)
    assert bool(simulator.count()) is (state is ConfigEntryState.LOADED)
