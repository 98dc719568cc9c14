"""The simulator's own imports lead downward only."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import simulator

PACKAGE = Path(simulator.__file__).parent


def imports(path: Path) -> set[str]:
    """Return the modules of the simulator that a module names in an import, those for type checking alone too."""
    return {
        node.module.partition(".")[2] or "__init__"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.split(".")[0] == "simulator"
    }


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {path.stem: imports(path) for path in PACKAGE.glob("*.py")}
    order = list(TopologicalSorter(graph).static_order())
    assert order.index("control") < order.index("server"), "a circle raises, and so does a graph without its arrows"
