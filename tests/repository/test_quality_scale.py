"""quality_scale.yaml has every rule, and each that is done rests on tests or on a section of the documents."""

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.config_flow import ReengenConfigFlow
from custom_components.reengen.const import PLATFORMS
from custom_components.reengen.measurements.catalogue import MEASUREMENTS
from simulator import Simulator
from tests.commands.samples import add_samples

from .paths import INTEGRATION, ROOT, read_json

RULES: Final[dict[str, Any]] = load_yaml_dict(str(INTEGRATION / "quality_scale.yaml"))["rules"]
HERE: Final = "tests/repository/test_quality_scale.py"

# What a rule rests on: "file::test", "document#section" with its heading, or a file that is there.
EVIDENCE: Final[dict[str, tuple[str, ...]]] = {
    "action-setup": ("tests/services/test_metadata.py::test_actions_outlive_the_account",),
    "appropriate-polling": ("tests/readings/test_sensor.py::test_one_poll_is_five_requests", "README.md#Data updates"),
    "brands": ("tests/repository/test_brand.py::test_sizes",),
    "common-modules": (
        "custom_components/reengen/points/coordinator.py",
        "custom_components/reengen/points/entity.py",
        "tests/repository/test_architecture.py::test_every_module_has_a_floor",
    ),
    "config-flow": (
        "tests/test_config_flow.py::test_an_account_is_added_and_runs",
        "tests/test_translations.py::test_every_field_has_a_label_and_a_description",
    ),
    "config-flow-test-coverage": (
        "script/lib/coverage_bars.py",
        "tests/test_config_flow_sign_in.py::test_bad_weather_is_explained_and_passes",
        "tests/test_options_flow.py::test_points_are_chosen_anew_with_the_session_that_runs",
    ),
    "docs-actions": (
        "tests/services/test_document.py::test_every_action_has_an_example",
        "tests/services/test_document.py::test_every_field_is_named",
    ),
    "docs-high-level-description": ("README.md#Reengen for Home Assistant",),
    "docs-installation-instructions": ("README.md#Installation",),
    "docs-removal-instructions": ("README.md#Removing the integration",),
    "entity-event-setup": ("tests/commands/test_coordinator.py::test_a_point_that_goes_and_returns",),
    "entity-unique-id": (f"{HERE}::test_entities_of_every_kind",),
    "has-entity-name": (f"{HERE}::test_entities_of_every_kind",),
    "runtime-data": (f"{HERE}::test_every_function_of_an_entry_knows_its_runtime_data",),
    "test-before-configure": ("tests/test_config_flow_sign_in.py::test_wrong_credentials_are_asked_again",),
    "test-before-setup": (
        "tests/test_init.py::test_bad_weather_at_start_is_waited_out",
        "tests/test_init.py::test_wrong_password_asks_for_a_new_one_and_stops_polling",
    ),
    "unique-config-entry": ("tests/test_config_flow.py::test_the_same_account_is_added_once",),
    "action-exceptions": (
        "tests/services/test_faults.py::test_writes",
        "tests/commands/test_faults.py::test_at_most_once_and_the_truth",
    ),
    "config-entry-unloading": ("tests/test_init.py::test_set_up_and_unload",),
    "docs-configuration-parameters": (
        "README.md#Configuration",
        f"{HERE}::test_the_readme_names_every_field_of_the_forms",
    ),
    "docs-installation-parameters": (
        "README.md#Configuration",
        f"{HERE}::test_the_readme_names_every_field_of_the_forms",
    ),
    "entity-unavailable": ("tests/readings/test_sensor.py::test_outage_and_recovery",),
    "integration-owner": ("tests/repository/test_metadata.py::test_manifest_values",),
    "log-when-unavailable": ("tests/readings/test_sensor.py::test_outage_and_recovery",),
    "parallel-updates": (
        "tests/repository/test_metadata.py::test_every_platform_has_its_module_and_says_how_parallel_it_is",
    ),
    "reauthentication-flow": (
        "tests/test_config_flow_changes.py::test_a_refused_password_is_asked_for_and_replaced",
        f"{HERE}::test_the_flow_has_every_way_in",
    ),
    "test-coverage": ("script/lib/coverage_bars.py", ".ci/run"),
    "devices": ("tests/test_init.py::test_devices_follow_the_tree",),
    "diagnostics": ("tests/test_diagnostics.py::test_diagnostics",),
    "docs-data-update": ("README.md#Data updates",),
    "docs-examples": (
        "README.md#Examples",
        "tests/blueprints/test_metadata.py::test_the_readme_offers_it",
        "tests/blueprints/test_shed_load.py::test_a_peak_sheds_once_and_its_end_restores_once",
    ),
    "docs-known-limitations": ("README.md#Known limitations",),
    "docs-supported-devices": ("README.md#Supported devices",),
    "docs-supported-functions": ("README.md#Entities", "README.md#Actions"),
    "docs-troubleshooting": ("README.md#Troubleshooting",),
    "docs-use-cases": ("README.md#Use cases",),
    "dynamic-devices": ("tests/points/test_points.py::test_new_point_appears",),
    "entity-category": (f"{HERE}::test_entities_of_every_kind",),
    "entity-device-class": (f"{HERE}::test_entities_of_every_kind",),
    "entity-disabled-by-default": ("tests/test_default_entities.py::test_what_is_on_at_a_site_and_below_it",),
    "entity-translations": (
        f"{HERE}::test_entities_of_every_kind",
        "tests/test_translations.py::test_every_sensor_has_a_name_and_no_two_the_same",
    ),
    "exception-translations": (
        f"{HERE}::test_every_error_for_home_assistant_is_translated",
        "tests/test_translations.py::test_every_error_raised_elsewhere_is_explained",
        "tests/test_translations.py::test_every_failure_is_explained_and_quotes_what_the_client_said",
    ),
    "icon-translations": (f"{HERE}::test_entities_of_every_kind", f"{HERE}::test_icons_of_entities_stand_in_one_place"),
    "reconfiguration-flow": (
        "tests/test_config_flow_changes.py::test_a_new_password_can_be_given_without_being_asked",
        f"{HERE}::test_the_flow_has_every_way_in",
    ),
    "repair-issues": ("tests/test_repairs.py::test_a_point_that_goes_and_returns",),
    "stale-devices": ("tests/points/test_points.py::test_vanished_point_is_unavailable_and_can_be_removed",),
    "async-dependency": (f"{HERE}::test_the_client_waits_in_no_other_way_than_asyncio",),
    "inject-websession": (f"{HERE}::test_the_session_is_home_assistants",),
    "strict-typing": (f"{HERE}::test_types_are_strict_and_told",),
}


def _status(rule: str) -> str:
    found = RULES[rule]
    return found if isinstance(found, str) else found["status"]


def test_every_rule_of_home_assistant_is_there() -> None:
    """The rules are those that the integrations of the installed Home Assistant answer."""
    components = files("homeassistant.components")
    answered = [Path(str(each)) / "quality_scale.yaml" for each in components.iterdir()]
    known = {rule for path in answered if path.exists() for rule in load_yaml_dict(str(path)).get("rules", {})}
    assert len(known) == 54
    assert RULES.keys() == known


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_done_or_exempt_for_a_reason(rule: str) -> None:
    assert _status(rule) in {"done", "exempt"}
    if not isinstance(RULES[rule], str):
        assert RULES[rule].keys() == {"status", "comment"}
        assert RULES[rule]["comment"].endswith(".")
    assert _status(rule) == "done" or isinstance(RULES[rule], dict)


def test_what_is_done_rests_on_something() -> None:
    assert EVIDENCE.keys() == {rule for rule in RULES if _status(rule) == "done"}


@pytest.mark.parametrize("evidence", sorted({each for held in EVIDENCE.values() for each in held}))
def test_what_it_rests_on_exists(evidence: str) -> None:
    path, test, heading = re.fullmatch(r"([^:#]+)(?:::(\w+))?(?:#(.+))?", evidence).groups()  # type: ignore[union-attr]
    text = (ROOT / path).read_text()
    if test:
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert test in {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, functions)}
    if heading:
        _, _, section = text.partition(f"# {heading}\n")
        assert len(section.partition("\n## ")[0].split()) > 15


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in INTEGRATION.rglob("*.py"):
        yield path, ast.parse(path.read_text())


def _callee(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


# What Home Assistant shows to a user when it is raised.
SHOWN: Final = {
    "HomeAssistantError", "ServiceValidationError", "UpdateFailed", "ConfigEntryError", "ConfigEntryNotReady",
    "ConfigEntryAuthFailed", "Unauthorized", "ServiceNotFound", "error_class",
}  # fmt: skip
# Home Assistant's own, which it translates itself.
TRANSLATED_ELSEWHERE: Final = {"Unauthorized", "ServiceNotFound"}


def test_every_error_for_home_assistant_is_translated() -> None:
    made = [
        (path.name, _callee(node), {word.arg for word in node.keywords})
        for path, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _callee(node) in SHOWN - TRANSLATED_ELSEWHERE
    ]
    assert len(made) >= 3
    assert [each for each in made if not each[2] >= {"translation_domain", "translation_key"}] == []


def test_every_function_of_an_entry_knows_its_runtime_data() -> None:
    """Wherever an entry of the integration comes in from Home Assistant, its type says what it holds."""
    named = {"async_setup_entry", "async_unload_entry", "async_get_config_entry_diagnostics"}
    found = [
        (path.name, next(arg.annotation for arg in node.args.args if arg.arg in {"entry", "config_entry"}))
        for path, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef) and node.name in named
    ]
    assert {name for name, _ in found} >= {f"{platform}.py" for platform in PLATFORMS} | {
        "__init__.py",
        "diagnostics.py",
    }
    assert [name for name, kind in found if getattr(kind, "id", None) != "ReengenConfigEntry"] == []


def test_the_flow_has_every_way_in() -> None:
    assert ReengenConfigFlow.__dict__.keys() >= {
        "async_step_user", "async_step_reauth", "async_step_reauth_confirm", "async_step_reconfigure",
    }  # fmt: skip


def test_icons_of_entities_stand_in_one_place() -> None:
    told = [path.name for path, _ in _modules() if re.search(r"\b_attr_icon\b|\bicon=|\"mdi:", path.read_text())]
    assert told == []


def test_the_client_waits_in_no_other_way_than_asyncio() -> None:
    blocking = {"requests", "urllib3", "httpx", "socket", "subprocess", "http.client", "urllib.request"}
    for path, tree in _modules():
        imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
        imported |= {
            node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level
        }
        assert imported.isdisjoint(blocking), path.name
        assert "time.sleep(" not in path.read_text(), path.name


def test_the_session_is_home_assistants() -> None:
    sources = {path.relative_to(INTEGRATION): path.read_text() for path in INTEGRATION.rglob("*.py")}
    assert [str(path) for path, text in sources.items() if re.search(r"\bClientSession\(", text)] == []
    assert "async_create_clientsession(hass" in sources[Path("account/client.py")]


def test_types_are_strict_and_told() -> None:
    assert (INTEGRATION / "py.typed").exists()
    assert re.search(r"^strict = True$", (ROOT / "setup.cfg").read_text(), re.MULTILINE)
    assert 'mypy" custom_components' in (ROOT / "script" / "check").read_text()


def test_the_readme_names_every_field_of_the_forms() -> None:
    """Those of the options that have a page of their own stand there."""
    readme = (ROOT / "README.md").read_text()
    section = readme.partition("\n## Configuration\n")[2].partition("\n## ")[0]
    pages = set(re.findall(r"\]\((docs/[\w-]+\.md)", section))
    told = section + "".join((ROOT / page).read_text() for page in pages)
    texts = read_json(INTEGRATION / "translations" / "en.json")
    fields = {
        field
        for flow in ("config", "options")
        for step in texts[flow]["step"].values()
        for group in (step, *step.get("sections", {}).values())
        for field in group.get("data", {})
    }
    assert [field for field in sorted(fields) if f"`{field}`" not in told] == []


DIAGNOSTIC = ("history_progress", "last_data", "late_points", "data_late", "active_power_phase")


class TestAllEntities:
    """An account that shows everything there is."""

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any]) -> dict[str, Any]:
        everything = {"measurements": list(MEASUREMENTS), "costs": ["active_energy_cost"]}
        return entry_options | everything | {"meter_readings": True, "phases": True}

    @pytest.mark.usefixtures("entity_registry_enabled_by_default")
    async def test_entities_of_every_kind(
        self, hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
    ) -> None:
        """Each has a name that is translated, an id, and an icon of its own or that of its device class."""
        add_samples(simulator)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        icons = read_json(INTEGRATION / "icons.json")["entity"]
        names = read_json(INTEGRATION / "translations" / "en.json")["entity"]
        entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        assert {each.domain for each in entities} == set(PLATFORMS)
        for each in entities:
            assert each.has_entity_name, each.entity_id
            assert each.unique_id.startswith(entry.entry_id), each.entity_id
            assert each.translation_key, each.entity_id
            has_icon = each.translation_key in icons.get(each.domain, {})
            assert has_icon or each.original_device_class, each.entity_id
            # A command bears the name that the platform gave it.
            assert each.translation_key in names.get(each.domain, {}) or each.translation_key == "command"
            measures = each.unit_of_measurement not in {None, "%"}
            assert each.original_device_class or not measures, each.entity_id
            category = {"reread_commands": "config", "check_platform": "config"} | dict.fromkeys(
                DIAGNOSTIC, "diagnostic"
            )
            assert each.entity_category == category.get(each.translation_key), each.entity_id
