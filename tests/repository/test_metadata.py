"""Manifest, hacs.json and folders follow the rules that hassfest and HACS check where they can run."""

import json
import re

from homeassistant.loader import Manifest

from custom_components.reengen.const import DOMAIN, PLATFORMS

from .paths import INTEGRATION, ROOT, committed_files

# The keys that hassfest knows in a custom integration's manifest and that make sense for one without discovery.
MANIFEST_KEYS = {
    "domain", "name", "after_dependencies", "codeowners", "config_flow", "dependencies", "documentation",
    "integration_type", "iot_class", "issue_tracker", "loggers", "requirements", "version",
}  # fmt: skip
REQUIRED_KEYS = {"domain", "name", "codeowners", "documentation", "issue_tracker", "iot_class", "version"}


def _manifest() -> Manifest:
    manifest: Manifest = json.loads((INTEGRATION / "manifest.json").read_text())
    return manifest


def test_manifest_keys() -> None:
    keys = list(_manifest())
    assert set(keys) <= MANIFEST_KEYS
    assert set(keys) >= REQUIRED_KEYS
    assert keys == ["domain", "name", *sorted(keys[2:])]


def test_manifest_values() -> None:
    manifest = _manifest()
    assert manifest["domain"] == DOMAIN == INTEGRATION.name
    assert manifest["requirements"] == []
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    for key in ("documentation", "issue_tracker"):
        assert str(manifest[key]).startswith("https://")
    assert all(owner.startswith("@") for owner in manifest["codeowners"])


def test_hacs_asks_for_the_oldest_version_the_tests_run_on() -> None:
    assert json.loads((ROOT / "hacs.json").read_text()) == {"name": "Reengen", "homeassistant": "2026.10.0"}


def test_one_manifest_and_no_build_time_translations() -> None:
    names = [path.name for path in committed_files()]
    assert names.count("manifest.json") == 1
    assert "strings.json" not in names


def test_every_platform_has_its_module_and_says_how_parallel_it_is() -> None:
    for platform in PLATFORMS:
        assert re.search(r"^PARALLEL_UPDATES = [01]$", (INTEGRATION / f"{platform}.py").read_text(), re.MULTILINE)


def test_top_level_names() -> None:
    expected = {"custom_components", "tests", "hacs.json", "README.md", "requirements_test.txt", "setup.cfg"}
    assert expected <= {path.name for path in ROOT.iterdir()}
