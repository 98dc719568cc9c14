"""The texts: complete in every language, in keeping with the code and with what Home Assistant takes."""

import ast
from collections.abc import Callable, Iterator
import json
import re
from string import Formatter
from typing import Any

from homeassistant.helpers import config_validation as cv
import pytest
import voluptuous as vol

from custom_components.reengen.account.flows import ANYWAY
from custom_components.reengen.account.forms import (
    HISTORY_SCHEMA,
    REAUTH_SCHEMA,
    account_schema,
    dashboards_schema,
    measurements_schema,
    points_schema,
    reconfigure_schema,
)
from custom_components.reengen.account.options import AccountOptions
from custom_components.reengen.account.options_steps import METERS_SCHEMA, advanced_schema
from custom_components.reengen.api import errors
from custom_components.reengen.commands.confirmation import Comparison, Outcome
from custom_components.reengen.commands.confirmation_step import rule_schema
from custom_components.reengen.commands.coordinator import CommandEvent
from custom_components.reengen.commands.limits_step import LIMITS_SCHEMA
from custom_components.reengen.custom_measurements.forms import (
    CUSTOM_ADD_SCHEMA,
    custom_change_schema,
    custom_edit_schema,
    device_class_schema,
)
from custom_components.reengen.data_values.subentry_flow import VALUE_CHANGE_SCHEMA, value_schema
from custom_components.reengen.demand import contract_rows, demand_sensor_rows
from custom_components.reengen.demand.contract_step import contract_schema
from custom_components.reengen.forecast.entity import forecast_rows
from custom_components.reengen.measurements.catalogue import COSTS, MEASUREMENTS
from custom_components.reengen.measurements.proposals import TEMPERATURE, UTILITIES
from custom_components.reengen.meters.sensor import meter_rows
from custom_components.reengen.points.choice import choice_schema
from custom_components.reengen.reactive.balance import reactive_schema
from custom_components.reengen.reactive.entity import over_limit_rows, reactive_sensor_rows
from custom_components.reengen.readings.sensor import reading_rows

from .custom_measurements.samples import POWER_FACTOR, WATER
from .repository.paths import INTEGRATION

TEXTS = {path.stem: json.loads(path.read_text()) for path in sorted((INTEGRATION / "translations").glob("*.json"))}
ENGLISH = TEXTS["en"]

SCHEMAS = {
    ("config", "user"): account_schema(show_advanced=False),
    ("config", "points"): points_schema([]),
    ("config", "measurements"): measurements_schema().extend(dashboards_schema().schema),
    ("config", "reauth_confirm"): REAUTH_SCHEMA,
    ("config", "reconfigure"): reconfigure_schema(),
    ("options", "points"): points_schema([]),
    ("options", "measurements"): measurements_schema(),
    ("options", "dashboards"): dashboards_schema("parents"),
    ("options", "custom_fields"): CUSTOM_ADD_SCHEMA.extend(ANYWAY),
    ("options", "custom_device_class"): device_class_schema([]),
    ("options", "custom_change"): custom_change_schema([]),
    ("options", "custom_edit"): custom_edit_schema([{"value": "water", "label": "Water"}]),
    ("options", "custom_remove"): vol.Schema({}),
    ("options", "meters"): METERS_SCHEMA,
    ("options", "reactive"): reactive_schema(),
    ("options", "advanced"): advanced_schema(["UTC"]),
    ("options", "history"): HISTORY_SCHEMA,
    ("options", "confirmations"): choice_schema("command", []),
    ("options", "confirmation"): rule_schema(MEASUREMENTS),
    ("options", "number_limits"): choice_schema("command", []),
    ("options", "number_limit"): LIMITS_SCHEMA,
    ("options", "contracts"): choice_schema("point", []),
    ("options", "contract"): contract_schema(),
    ("data_value", "user"): value_schema([]).extend(ANYWAY),
    ("data_value", "reconfigure"): VALUE_CHANGE_SCHEMA,
}
FLOWS = {name: ENGLISH[name] for name in ("config", "options")} | ENGLISH["config_subentries"]

# Home Assistant reads no other key of an integration without triggers and conditions.
KNOWN = {
    "config",
    "config_subentries",
    "options",
    "entity",
    "exceptions",
    "selector",
    "issues",
    "device",
    "services",
    "system_health",
}


def flat(texts: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every leaf."""
    for key, value in texts.items():
        place = f"{above}.{key}" if above else key
        if isinstance(value, dict):
            yield from flat(value, place)
        else:
            yield place, value


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def error_classes() -> list[type[errors.ReengenError]]:
    return [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.ReengenError)]


FAILURES = {each.kind for each in error_classes()}


def calls(name: str) -> Iterator[ast.Call]:
    """Yield every call of a function or method with this name in the integration."""
    yield from calls_in("*", name)


def calls_in(module: str, name: str) -> Iterator[ast.Call]:
    """Yield every call of a function or method with this name in the modules that match."""
    for path in INTEGRATION.rglob(f"{module}.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and name in {
                getattr(node.func, "id", None),
                getattr(node.func, "attr", None),
            }:
                yield node


def keywords(node: ast.Call) -> dict[str, Any]:
    """Return the arguments by keyword that stand there as texts."""
    return {word.arg: word.value.value for word in node.keywords if word.arg and isinstance(word.value, ast.Constant)}


def form_errors() -> set[str]:
    literal = (node.args[0] for node in calls("FormError"))
    return {found.value for found in literal if isinstance(found, ast.Constant) and isinstance(found.value, str)}


def raised() -> Iterator[tuple[str, set[str] | None]]:
    """Yield the key of each text that an error has, and the names that it quotes; None where these are no texts there."""
    for call in calls("translated"):
        if isinstance(text := call.args[1], ast.Constant):
            yield str(text.value), {str(word.arg) for word in call.keywords}
    for path in INTEGRATION.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and any(word.arg == "translation_domain" for word in node.keywords):
                given = next((word.value for word in node.keywords if word.arg == "translation_placeholders"), None)
                if key := keywords(node).get("translation_key"):
                    yield key, quoted_names(given)


def quoted_names(given: ast.expr | None) -> set[str] | None:
    if given is None:
        return set()
    if isinstance(given, ast.Dict):
        return {str(name.value) for name in given.keys if isinstance(name, ast.Constant)}
    return None


def test_english_and_turkish_are_there_and_nothing_that_is_only_built_elsewhere() -> None:
    assert TEXTS.keys() >= {"en", "tr"}
    assert not (INTEGRATION / "strings.json").exists()
    assert not [text for texts in TEXTS.values() for _, text in flat(texts) if "[%key:" in text]
    assert ENGLISH.keys() <= KNOWN


@pytest.mark.parametrize("language", TEXTS)
def test_every_language_has_every_text_with_the_same_placeholders(language: str) -> None:
    expected = {place: placeholders(text) for place, text in flat(ENGLISH)}
    assert {place: placeholders(text) for place, text in flat(TEXTS[language])} == expected


@pytest.mark.parametrize("language", [language for language in TEXTS if language != "en"])
def test_no_text_is_left_in_english(language: str) -> None:
    english = dict(flat(ENGLISH))
    assert [place for place, text in flat(TEXTS[language]) if text == english[place]] == []


def test_turkish_says_that_the_clients_sentence_is_english() -> None:
    quoting = [text for _, text in flat(TEXTS["tr"]) if "({detail})" in text or ": {detail})" in text]
    assert len(quoting) > len(FAILURES)
    assert [text for text in quoting if "(Teknik ayrıntı, İngilizce: {detail})" not in text] == []


def has_html(text: str) -> bool:
    try:
        cv.string_with_no_html(text)
    except vol.Invalid:
        return True
    return False


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(
    "breaks",
    [
        pytest.param(has_html, id="HTML"),
        pytest.param(re.compile(r"https?://|www\.").search, id="address"),
        pytest.param(re.compile(r"^\s|\s$|\s\s|^$").search, id="space"),
        # The frontend takes what stands behind an apostrophe and a brace for plain text.
        pytest.param(re.compile(r"'\{|\}'").search, id="quoted placeholder"),
    ],
)
def test_no_text_has_what_home_assistant_forbids(language: str, breaks: Callable[[str], object]) -> None:
    assert [place for place, text in flat(TEXTS[language]) if breaks(text)] == []


@pytest.mark.parametrize("language", TEXTS)
def test_keys_are_slugs(language: str) -> None:
    keys = {key for place, _ in flat(TEXTS[language]) for key in place.split(".")}
    assert [key for key in keys if not re.fullmatch(r"[a-z0-9]+([_-][a-z0-9]+)*", key)] == []


@pytest.mark.parametrize(("flow", "step"), SCHEMAS, ids=lambda part: part)
def test_every_field_has_a_label_and_a_description(flow: str, step: str) -> None:
    assert_described(SCHEMAS[flow, step], FLOWS[flow]["step"][step])


def assert_described(schema: vol.Schema, texts: dict[str, Any]) -> None:
    fields = {marker.schema: field for marker, field in schema.schema.items()}
    sections = {name: field.schema for name, field in fields.items() if hasattr(field, "schema")}
    assert texts.get("data", {}).keys() == texts.get("data_description", {}).keys() == fields.keys() - sections.keys()
    assert texts.get("sections", {}).keys() == sections.keys()
    for name, inner in sections.items():
        assert texts["sections"][name].keys() >= {"name", "description"}
        assert_described(inner, texts["sections"][name])


def test_every_step_has_a_title_and_every_text_of_a_step_a_step() -> None:
    steps = {(flow, step) for flow, texts in FLOWS.items() for step in texts["step"]}
    menus = {(flow, step) for flow, step in steps if "menu_options" in FLOWS[flow]["step"][step]}
    assert steps == SCHEMAS.keys() | menus
    assert all(FLOWS[flow]["step"][step]["title"] for flow, step in steps)


def test_every_error_of_a_form_is_explained_and_no_other() -> None:
    of_sign_in = {"no_points", "tenant_invalid", "url_invalid", "username_required"} | {
        "certificate_ambiguous",
        "fingerprint_invalid",
    }
    of_options = {"time_zone_unknown", "currency_unknown"} | {
        "measurement_exists",
        "measurement_refused",
        "no_values",
        "text_required",
        "whole_number_required",
        "maximum_too_small",
        "step_too_wide",
    }
    of_values = {"type_required", "value_exists", "value_no_number", "no_value"}
    of_entries = form_errors() - of_values
    assert form_errors() >= of_sign_in | of_options | of_values
    assert ENGLISH["config"]["error"].keys() == (FAILURES | of_entries) - of_options
    assert ENGLISH["options"]["error"].keys() == (FAILURES | of_entries) - of_sign_in
    assert FLOWS["data_value"]["error"].keys() == FAILURES | of_values | {"point_unknown"}


def test_every_abort_is_explained_and_no_other() -> None:
    reasons = {keywords(node)["reason"] for node in calls("_abort_if_unique_id_mismatch")}
    assert any(calls("_abort_if_unique_id_configured"))
    assert ENGLISH["config"]["abort"].keys() == reasons | {"already_configured"}


def test_every_abort_of_a_value_is_explained_and_no_other() -> None:
    found = {keywords(node).get("reason") for node in calls_in("data_values/subentry_flow", "async_abort")}
    assert FLOWS["data_value"]["abort"].keys() == found


def test_every_abort_of_the_options_is_explained_and_no_other() -> None:
    modules = ("commands/confirmation_step", "commands/limits_step", "demand/contract_step")
    found = {keywords(node).get("reason") for module in modules for node in calls_in(module, "async_abort")}
    found |= {keywords(node)["none"] for module in modules for node in calls_in(module, "show_choice")}
    assert ENGLISH["options"]["abort"].keys() == found


def test_every_outcome_of_a_command_is_explained() -> None:
    for platform in ("button", "number", "select", "switch", "text"):
        texts = ENGLISH["entity"][platform]["command"]["state_attributes"]["confirmation"]
        assert texts["name"]
        assert texts["state"].keys() == set(Outcome)
    events = ENGLISH["entity"]["event"]["commands"]["state_attributes"]["event_type"]["state"]
    assert events.keys() == set(CommandEvent)


def test_every_failure_is_explained_and_quotes_what_the_client_said() -> None:
    for key in FAILURES:
        for explanation in (
            ENGLISH["exceptions"][key]["message"],
            ENGLISH["config"]["error"][key],
            ENGLISH["options"]["error"][key],
            FLOWS["data_value"]["error"][key],
        ):
            assert placeholders(explanation) == {"detail"}


def test_every_error_raised_elsewhere_is_explained() -> None:
    found = list(raised())
    assert "time_zone_unknown" in dict(found)
    assert dict(found).keys() <= ENGLISH["exceptions"].keys()
    for key, names in found:
        if names is not None:
            assert placeholders(ENGLISH["exceptions"][key]["message"]) == names, key


def test_every_sensor_has_a_name_and_no_two_the_same() -> None:
    options = {
        "measurements": list(MEASUREMENTS),
        "costs": list(COSTS),
        "currency": "EUR",
        "custom_measurements": [WATER, POWER_FACTOR],
        "meter_readings": True,
        "phases": True,
    }
    read = AccountOptions.read(options)
    keys = {row.description.translation_key for row in (*reading_rows(read), *reactive_sensor_rows(read))}
    keys |= {row.description.translation_key for row in forecast_rows(read)}
    keys |= {row.description.translation_key for row in meter_rows(read)}
    keys |= {row.description.translation_key for row in demand_sensor_rows()}
    # The level that a user has added has the user's name alone.
    keys -= {None}
    keys |= {"history_progress", "last_data", "late_points"}

    for texts in TEXTS.values():
        names = {key: text["name"] for key, text in texts["entity"]["sensor"].items()}
        assert names.keys() == keys
        assert len(set(names.values())) == len(keys)


def test_every_binary_sensor_has_a_name_and_no_two_the_same() -> None:
    keys = {row.description.translation_key for row in over_limit_rows(AccountOptions.read({}))} | {"data_late"}
    keys |= {row.description.translation_key for row in contract_rows()}
    for texts in TEXTS.values():
        names = {key: text["name"] for key, text in texts["entity"]["binary_sensor"].items()}
        assert names.keys() == keys
        assert len(set(names.values())) == len(keys)


def test_every_option_of_a_choice_has_a_label() -> None:
    options = {
        field: set(ENGLISH["selector"][field]["options"])
        for field in (
            "measurements",
            "costs",
            "points",
            "statistics",
            "data_value_mode",
            "data_value_kind",
            "comparison",
            "command",
            "custom_change",
        )
    }
    assert options == {
        "measurements": {*MEASUREMENTS, *UTILITIES, TEMPERATURE.key},
        "costs": set(COSTS),
        "points": {"gone"},
        "statistics": set(MEASUREMENTS) | set(COSTS),
        "data_value_mode": {"read", "write"},
        "data_value_kind": {"number", "text"},
        "comparison": set(Comparison),
        "command": {"on", "off"},
        "custom_change": {"edit", "remove"},
    }
    assert placeholders(ENGLISH["selector"]["points"]["options"]["gone"]) == {"code"}
