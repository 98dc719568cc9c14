"""The client stands alone: it needs nothing of Home Assistant."""

from pathlib import Path
import subprocess
import sys

import custom_components.reengen.api as client_package

PACKAGE = Path(client_package.__file__)

LOAD_ALONE = """
import importlib.abc, importlib.util, sys

class NoHomeAssistant(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"homeassistant", "custom_components"}:
            raise ImportError(f"{name} is out of bounds")

sys.meta_path.insert(0, NoHomeAssistant())
spec = importlib.util.spec_from_file_location("reengen_client", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules["reengen_client"] = module
spec.loader.exec_module(module)
print(module.ReengenClient.__name__, issubclass(module.ReengenTimeoutError, TimeoutError))
"""


def test_it_loads_without_home_assistant() -> None:
    """A file of this repository in a Python of its own, isolated from the tests' paths."""
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-I", "-c", LOAD_ALONE, str(PACKAGE)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("ReengenClient True", "")


def test_it_is_typed() -> None:
    assert (PACKAGE.parent.parent / "py.typed").is_file()
