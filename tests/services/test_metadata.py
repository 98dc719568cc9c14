"""What the interface shows of the actions is in keeping with what they take."""

from collections.abc import Iterator
import json
from typing import Any

from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.helpers.selector import validate_selector
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.reengen import CONFIG_SCHEMA
from custom_components.reengen.const import DOMAIN
from custom_components.reengen.services import ACTIONS, Action
from tests.repository.paths import INTEGRATION

DESCRIPTIONS = load_yaml_dict(str(INTEGRATION / "services.yaml"))
TEXTS = {path.stem: json.loads(path.read_text()) for path in (INTEGRATION / "translations").glob("*.json")}
# Choices that forms of the config flow show, and headings of the dashboard; the actions' own texts are all others.
OF_FORMS = {"measurements", "points", "dashboard", "data_value_mode", "data_value_kind"} | {
    "rolled_up_points",
    "command",
    "comparison",
    "custom_change",
    "platform_check",
    "present",
}

NAMES = [action.name for action in ACTIONS]
every_action = pytest.mark.parametrize("action", ACTIONS, ids=NAMES)


def fields_of(schema: Any) -> dict[str, tuple[Any, Any]]:
    """Return the fields that a schema takes, each with its marker."""
    while isinstance(schema, vol.All):
        schema = schema.validators[0]
    return {str(marker.schema): (marker, field) for marker, field in schema.schema.items()}


def nested(field: Any) -> Any:
    """Return the schema of the rows of a field, None where it has no rows."""
    if isinstance(field, vol.All):
        return next((found for each in field.validators if (found := nested(each)) is not None), None)
    if isinstance(field, list):
        return nested(field[0])
    return field if isinstance(field, vol.Schema) else None


def levels(action: Action) -> Iterator[tuple[dict[str, Any], dict[str, tuple[Any, Any]]]]:
    """Yield the described and the taken fields, of the action and of its rows."""
    described = DESCRIPTIONS[action.name]["fields"]
    taken = fields_of(action.schema)
    yield described, taken
    for name, (_, field) in taken.items():
        if (rows := nested(field)) is not None:
            yield described[name]["selector"]["object"]["fields"], fields_of(rows)


def selectors(found: Any) -> Iterator[tuple[str, Any]]:
    """Yield every selector below, by its type."""
    for key, inner in found.items() if isinstance(found, dict) else ():
        if key == "selector":
            yield from inner.items()
        yield from selectors(inner)


def test_the_same_actions_everywhere() -> None:
    icons = json.loads((INTEGRATION / "icons.json").read_text())["services"]
    assert set(NAMES) == DESCRIPTIONS.keys() == icons.keys()
    assert all(icon.keys() == {"service"} and icon["service"].startswith("mdi:") for icon in icons.values())
    for texts in TEXTS.values():
        assert texts["services"].keys() == set(NAMES)


@every_action
def test_every_field_is_described_as_it_is_taken(action: Action) -> None:
    for described, taken in levels(action):
        assert described.keys() == taken.keys()
        for name, field in described.items():
            marker, _ = taken[name]
            assert field.get("required", False) is isinstance(marker, vol.Required), name
            default = None if marker.default is vol.UNDEFINED else marker.default()
            assert field.get("default") == default, name
            validate_selector(field["selector"])


@every_action
def test_choices_are_those_that_are_taken(action: Action) -> None:
    """Every option that the interface offers passes, another does not; what may be typed depends on the account."""
    for described, taken in levels(action):
        for name, field in described.items():
            validate = vol.Schema(taken[name][1])
            for option in field["selector"].get("select", {}).get("options", ()):
                validate(option)
            if "select" in field["selector"] and not field["selector"]["select"].get("custom_value"):
                with pytest.raises(vol.Invalid):
                    validate("something else")


@every_action
@pytest.mark.parametrize("language", TEXTS)
def test_every_action_and_field_has_a_name_and_a_description(action: Action, language: str) -> None:
    texts = TEXTS[language]["services"][action.name]
    described = DESCRIPTIONS[action.name]["fields"]
    assert texts.keys() == {"name", "description", "fields"}
    assert texts["fields"].keys() == described.keys()
    assert all(field.keys() == {"name", "description"} for field in texts["fields"].values())


@pytest.mark.parametrize("language", TEXTS)
def test_every_choice_and_every_field_of_a_row_has_a_text_and_no_other(language: str) -> None:
    wanted: dict[str, dict[str, set[str]]] = {}
    for kind, config in selectors(DESCRIPTIONS):
        if kind == "select":
            wanted.setdefault(config["translation_key"], {}).setdefault("options", set()).update(config["options"])
        if kind == "object" and config:
            wanted[config["translation_key"]] = {"fields": set(config["fields"])}
    texts = {name: each for name, each in TEXTS[language]["selector"].items() if name not in OF_FORMS}
    assert {name: {kind: set(each[kind]) for kind in each} for name, each in texts.items()} == wanted


async def test_home_assistant_takes_the_descriptions(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    descriptions = (await async_get_all_descriptions(hass))[DOMAIN]
    assert descriptions.keys() == set(NAMES)
    for name, described in descriptions.items():
        assert described["fields"].keys() == DESCRIPTIONS[name]["fields"].keys()
        # What changes something may be called without looking at the response.
        changes = {"import_data", "manage_dc_data", "execute_command"}
        changes |= {"check_platform", "add_to_energy_dashboard", "create_dashboard", "import_history"}
        assert described["response"] == {"optional": name in changes}


async def test_actions_outlive_the_account(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    """An automation whose account is down is still valid, and says so when it runs."""
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    for action in ACTIONS:
        assert hass.services.supports_response(DOMAIN, action.name) is action.response
    assert {action.response for action in ACTIONS} == {SupportsResponse.ONLY, SupportsResponse.OPTIONAL}


def test_there_is_nothing_to_configure_in_yaml() -> None:
    assert CONFIG_SCHEMA({}) == {}
