"""The house has five floors; each module imports only from its own floor and those below, and never in a circle."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from .paths import INTEGRATION, ROOT

FLOORS = (
    {"api", "const"},
    {
        "account",
        "account_redaction",
        "catalogue",
        "commands",
        "confirmations",
        "dashboard",
        "failures",
        "freshness",
        "identity",
        "measured_units",
        "meters",
        "number_limits",
        "oddities",
        "point_picker",
        "reactive",
        "refusal_search",
        "refused",
        "readings",
        "requests_today",
        "service_answers",
        "service_schemas",
        "stored_units",
        "units",
        "written_rows",
    },
    {
        "clock_check",
        "command_listing",
        "coordinator",
        "custom_measurement_forms",
        "custom_measurements",
        "custom_removal",
        "data_values",
        "energy_dashboard",
        "energy_plan",
        "energy_roles",
        "flow_forms",
        "freshness_watch",
        "history",
        "probe",
    },
    {
        "command_confirmation",
        "data_value_entity",
        "entity",
        "entity_cap",
        "entity_queue",
        "freshness_entity",
        "reactive_entity",
        "runtime",
    },
    {
        "__init__",
        "command_choice",
        "config_flow",
        "confirmation_flow",
        "custom_measurement_flow",
        "data_value_flow",
        "device_diagnostics",
        "diagnostics",
        "binary_sensor",
        "button",
        "meter_sensor",
        "number",
        "number_limits_flow",
        "reactive_sensor",
        "repairs",
        "select",
        "sensor",
        "service_commands",
        "service_dashboard",
        "service_energy_dashboard",
        "service_import_history",
        "services",
        "switch",
        "system_health",
        "text",
        "unticked",
    },
)
PACKAGES = {"api", "history"}
OWN_NAME = "custom_components.reengen"
FLOOR_OF = {module: number for number, floor in enumerate(FLOORS) for module in floor}


def _relative_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield from [node.module.partition(".")[0]] if node.module else [name.name for name in node.names]


def _absolute_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def _imports_of_own(path: Path) -> Iterator[str]:
    """Yield the modules of the integration that a file of a package below it imports by their full name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{OWN_NAME}."):
            yield (node.module or "").removeprefix(f"{OWN_NAME}.").partition(".")[0]


def _graph(folder: Path) -> dict[str, set[str]]:
    return {path.stem: set(_relative_imports(path)) for path in folder.glob("*.py")}


def _house() -> dict[str, set[str]]:
    packages = {
        package: {name for path in (INTEGRATION / package).glob("*.py") for name in _imports_of_own(path)}
        for package in PACKAGES
    }
    return _graph(INTEGRATION) | packages


def test_every_module_has_a_floor() -> None:
    modules = {path.stem for path in INTEGRATION.glob("*.py")} | PACKAGES
    assert modules == set(FLOOR_OF)


def test_no_module_imports_from_a_floor_above() -> None:
    climbing = [
        (module, imported)
        for module, imports in _house().items()
        for imported in imports
        if FLOOR_OF[imported] > FLOOR_OF[module]
    ]
    assert climbing == []


@pytest.mark.parametrize("folder", ["", *sorted(PACKAGES)])
def test_imports_have_no_circle(folder: str) -> None:
    found = _graph(INTEGRATION / folder) if folder else _house()
    graph = {module: imports for module, imports in found.items() if module != "__init__"}
    assert list(TopologicalSorter(graph).static_order())


def test_history_plans_without_home_assistant() -> None:
    for module in ("plan", "reconcile", "costs", "hours", "newest"):
        imported = set(_absolute_imports(INTEGRATION / "history" / f"{module}.py"))
        assert "homeassistant" not in imported, module


def test_api_stands_alone() -> None:
    for path in (INTEGRATION / "api").glob("*.py"):
        assert "homeassistant" not in set(_absolute_imports(path)), path.name
        levels = {node.level for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
        assert levels <= {0, 1}, path.name


def test_simulator_reads_the_api_document_on_its_own() -> None:
    for path in (ROOT / "simulator").rglob("*.py"):
        assert "custom_components" not in set(_absolute_imports(path)), path.name


def test_no_file_outgrows_a_reader() -> None:
    longest = {
        str(path.relative_to(ROOT)): lines
        for folder in ("custom_components", "simulator", "script", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert longest == {}
