"""Imports go strictly down: never to the own floor, never up, into a package by its face alone, and never in a circle.

The floors are those of the table in docs/architecture.md.
"""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
import re

import pytest

from .pages import DOCS, rows, section
from .paths import INTEGRATION, ROOT

OWN_NAME = "custom_components.reengen"
PACKAGES = {path.parent.name for path in INTEGRATION.glob("*/__init__.py")}
FLOOR_OF = {
    name.removesuffix("/"): int(row[0])
    for row in rows(section((DOCS / "architecture.md").read_text(), "## Floors"))
    if row[0].isdigit()
    for name in re.findall(r"`([\w/]+)`", row[1])
}
# What Home Assistant calls by name; these alone know what a loaded account holds.
TOP = {module for module, floor in FLOOR_OF.items() if floor >= FLOOR_OF["__init__"] - 1}


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield level and module of each import, of `from . import name` the names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((0, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.level, node.module
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.level, name.name) for name in node.names)


def _of_house(path: Path) -> Iterator[str]:
    """Yield the modules and packages directly below the integration that one of its files imports."""
    for level, module in _imports(path):
        if level == 1 and path.parent == INTEGRATION:
            yield module
        elif level == 0 and module.startswith(f"{OWN_NAME}."):
            yield module.removeprefix(f"{OWN_NAME}.")


def _house() -> dict[str, set[str]]:
    packages = {
        package: {name for path in (INTEGRATION / package).glob("*.py") for name in _of_house(path)}
        for package in PACKAGES
    }
    return packages | {path.stem: set(_of_house(path)) for path in INTEGRATION.glob("*.py")}


def _absolute_imports(path: Path) -> set[str]:
    return {module.partition(".")[0] for level, module in _imports(path) if level == 0}


def test_every_module_has_a_floor() -> None:
    assert _house().keys() == FLOOR_OF.keys()


def test_imports_go_down_and_into_packages_by_their_faces() -> None:
    wrong = [
        (module, imported)
        for module, imports in _house().items()
        for imported in imports
        if FLOOR_OF.get(imported, FLOOR_OF[module]) >= FLOOR_OF[module]
    ]
    assert wrong == []


def test_only_the_top_knows_what_a_loaded_account_holds() -> None:
    assert {module for module, imports in _house().items() if "runtime" in imports} <= TOP


def test_the_house_stays_small() -> None:
    arrows = sum(map(len, _house().values()))
    assert (len(FLOOR_OF) <= 34, max(FLOOR_OF.values()) <= 9, arrows <= 175) == (True, True, True), arrows


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_imports_within_a_package_have_no_circle(package: str) -> None:
    graph = {
        path.stem: {module.partition(".")[0] for level, module in _imports(path) if level == 1}
        for path in (INTEGRATION / package).glob("*.py")
        if path.stem != "__init__"
    }
    assert list(TopologicalSorter(graph).static_order())


def test_one_place_asks_for_a_new_password() -> None:
    calls = [path.name for path in INTEGRATION.rglob("*.py") for _ in range(path.read_text().count("start_reauth("))]
    assert calls == ["failures.py"]


def test_history_plans_without_home_assistant() -> None:
    for module in ("plan", "reconcile", "costs", "hours", "newest"):
        imported = _absolute_imports(INTEGRATION / "history" / f"{module}.py")
        assert "homeassistant" not in imported, module


def test_api_stands_alone() -> None:
    for path in (INTEGRATION / "api").glob("*.py"):
        assert "homeassistant" not in _absolute_imports(path), path.name
        levels = {node.level for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
        assert levels <= {0, 1}, path.name


def test_simulator_and_demo_know_the_integration_from_outside_alone() -> None:
    """The simulator reads the API document on its own; the demo does what a user does."""
    for folder in ("simulator", "demo"):
        for path in (ROOT / folder).rglob("*.py"):
            assert "custom_components" not in _absolute_imports(path), path.name


def test_no_file_outgrows_a_reader() -> None:
    longest = {
        str(path.relative_to(ROOT)): lines
        for folder in ("custom_components", "simulator", "demo", "script", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert longest == {}
