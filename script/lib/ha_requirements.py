"""Print what a Home Assistant needs to run the integrations of the demo, read from its own manifests.

Usage: ha_requirements.py PATH_OF_THE_HOMEASSISTANT_PACKAGE

Follows `dependencies`, `after_dependencies` and the discovery keys as
`homeassistant.requirements` does, so that nothing is installed at run time.
"""

import json
import re
import sys
from pathlib import Path

# What the demo's configuration lists; Home Assistant adds its default integrations by itself.
DEMO_INTEGRATIONS = ("frontend", "recorder", "energy", "history", "logbook", "isal")
DISCOVERY_KEYS = {"dhcp": "dhcp", "mqtt": "mqtt", "ssdp": "ssdp", "usb": "usb", "zeroconf": "zeroconf"}


def default_integrations(homeassistant: Path) -> set[str]:
    """Return the domains that Home Assistant loads whatever the configuration says."""
    bootstrap = (homeassistant / "bootstrap.py").read_text()
    names: set[str] = set()
    for constant in re.findall(r"^(\w*INTEGRATIONS\w*)\b[^\n]*= \{(.*?)^\}", bootstrap, re.S | re.M):
        names.update(re.findall(r'"([a-z0-9_]+)"', constant[1]))
    platforms = (homeassistant / "const.py").read_text()
    block = re.search(r"class Platform\(.*?\n\n\n", platforms, re.S)
    names.update(re.findall(r'= "([a-z0-9_]+)"', block.group(0) if block else ""))
    return names


def requirements(homeassistant: Path, domains: set[str]) -> set[str]:
    """Return the pinned requirements of these domains and all they stand on."""
    found: set[str] = set()
    seen: set[str] = set()
    open_domains = list(domains)
    while open_domains:
        domain = open_domains.pop()
        manifest_path = homeassistant / "components" / domain / "manifest.json"
        if domain in seen or not manifest_path.exists():
            continue
        seen.add(domain)
        manifest = json.loads(manifest_path.read_text())
        found.update(manifest.get("requirements", []))
        open_domains += manifest.get("dependencies", []) + manifest.get("after_dependencies", [])
        open_domains += [name for key, name in DISCOVERY_KEYS.items() if key in manifest]
    return found


def main() -> None:
    """Print the requirements, one a line."""
    homeassistant = Path(sys.argv[1])
    wanted = default_integrations(homeassistant) | set(DEMO_INTEGRATIONS)
    print("\n".join(sorted(requirements(homeassistant, wanted), key=str.lower)))


if __name__ == "__main__":
    main()
