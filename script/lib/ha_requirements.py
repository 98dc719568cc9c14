"""Print what Home Assistant needs on top of its own wheel for the demo and the benchmarks, read from its manifests.

Run by the interpreter of the environment it is about. A Home Assistant always loads its default integrations and
every base platform; `homeassistant.requirements` installs what they and everything they stand on ask for. With all of it
there beforehand, nothing is installed at run time.
"""

import ast
from collections.abc import Iterable, Mapping
import json
from pathlib import Path

import homeassistant
from homeassistant.const import BASE_PLATFORMS
from homeassistant.requirements import DISCOVERY_INTEGRATIONS

HOMEASSISTANT = Path(next(iter(homeassistant.__path__)))
CORE_INTEGRATIONS = frozenset({"homeassistant", "persistent_notification"})
# What the demo's configuration lists.
DEMO_INTEGRATIONS = frozenset({"frontend", "recorder", "energy", "history", "logbook", "isal"})
# What the benchmarks compare the integration with.
BENCHMARK_INTEGRATIONS = frozenset({"rest"})


def default_integrations(bootstrap_source: str) -> frozenset[str]:
    """Return the domains that DEFAULT_INTEGRATIONS of Home Assistant's bootstrap names.

    It is read, not imported: importing `homeassistant.bootstrap` needs what is to be installed.

    Raises:
        LookupError: the module has no such constant

    """
    for node in ast.parse(bootstrap_source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="DEFAULT_INTEGRATIONS")], value=ast.Set(elts=elements)):
                return frozenset(str(element.value) for element in elements if isinstance(element, ast.Constant))
    raise LookupError("homeassistant/bootstrap.py has no set DEFAULT_INTEGRATIONS")


def always_loaded() -> frozenset[str]:
    """Return the domains that the demo and the benchmarks load, without what they depend on."""
    defaults = default_integrations((HOMEASSISTANT / "bootstrap.py").read_text())
    return defaults | BASE_PLATFORMS | CORE_INTEGRATIONS | DEMO_INTEGRATIONS | BENCHMARK_INTEGRATIONS


def read_manifest(domain: str) -> Mapping[str, object]:
    """Return the manifest of a built-in integration, or an empty one."""
    path = HOMEASSISTANT / "components" / domain / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else {}


def stands_on(manifest: Mapping[str, object]) -> set[str]:
    """Return the domains whose requirements are checked before this integration is set up."""
    found: set[str] = set()
    for key in ("dependencies", "after_dependencies"):
        named = manifest.get(key)
        found.update(named if isinstance(named, list) else [])
    found.update(domain for domain, keys in DISCOVERY_INTEGRATIONS.items() if any(key in manifest for key in keys))
    return found


def requirements(domains: Iterable[str]) -> set[str]:
    """Return the pinned requirements of these domains and of all they stand on."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = set(domains)
    while waiting:
        domain = waiting.pop()
        seen.add(domain)
        manifest = read_manifest(domain)
        named = manifest.get("requirements")
        found.update(named if isinstance(named, list) else [])
        waiting |= stands_on(manifest) - seen
    return found


if __name__ == "__main__":
    print("\n".join(sorted(requirements(always_loaded()), key=str.lower)))
