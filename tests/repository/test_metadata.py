"""Manifest, hacs.json and folders follow the rules that hassfest and HACS check where they can run."""

from importlib.resources import files
import json
from pathlib import Path
import re

from homeassistant.const import Platform
from homeassistant.loader import Manifest

from custom_components.reengen.const import DOMAIN, PLATFORMS

from .paths import INTEGRATION, ROOT, committed_files, read_json

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
        assert "home-assistant.io" not in manifest[key]
    assert manifest["integration_type"] in {"device", "hub", "service"}
    assert manifest["iot_class"] == "cloud_polling"
    assert manifest["config_flow"] is True
    assert all(owner.startswith("@") for owner in manifest["codeowners"])


# What the store reads from hacs.json; it leaves out what it does not know.
HACS_KEYS = {
    "name", "content_in_root", "filename", "hacs", "hide_default_branch", "homeassistant", "persistent_directory",
    "zip_release",
}  # fmt: skip


def test_hacs_asks_for_the_oldest_version_the_tests_run_on() -> None:
    store = read_json(ROOT / "hacs.json")
    assert store.keys() <= HACS_KEYS
    assert store["name"] == _manifest()["name"]
    assert store["homeassistant"] == "2026.10.0"
    assert store["zip_release"] is True
    assert store["filename"] == f"{DOMAIN}.zip"


def test_what_hacs_looks_for_is_there() -> None:
    folders = [path.name for path in (ROOT / "custom_components").iterdir() if path.is_dir() and path.name[0] != "_"]
    assert folders == [DOMAIN]
    assert (INTEGRATION / "brand" / "icon.png").exists()
    assert len((ROOT / "README.md").read_text()) > 1000


# What an integration may use without naming it in its manifest, after the rules of hassfest: every entity platform, and
# what Home Assistant itself loads or asks for.
ALWAYS_THERE = {str(platform) for platform in Platform} | {"diagnostics", "repairs", "system_health", "homeassistant"}


def test_what_is_used_of_home_assistant_is_named_in_the_manifest() -> None:
    manifest = _manifest()
    named = {*manifest.get("dependencies", []), *manifest.get("after_dependencies", [])}
    used = {
        found
        for path in INTEGRATION.rglob("*.py")
        for found in re.findall(r"homeassistant\.components(?:\.| import )(\w+)", path.read_text())
    }
    assert used - ALWAYS_THERE - named == set()
    assert named <= used
    components = Path(str(files("homeassistant.components")))
    assert all((components / each / "manifest.json").exists() for each in used)


def test_icons_are_of_what_has_a_name() -> None:
    icons = read_json(INTEGRATION / "icons.json")
    assert icons.keys() == {"entity", "services"}
    texts = read_json(INTEGRATION / "translations" / "en.json")["entity"]
    for platform, entities in icons["entity"].items():
        assert platform in PLATFORMS
        # A command and a value bear the names that others gave them.
        assert entities.keys() <= texts.get(platform, {}).keys() | {"command", "data_value"}, platform
        for key, icon in entities.items():
            of_attributes = icon.get("state_attributes", {}).values()
            assert icon.keys() <= {"default", "state", "range", "state_attributes"}, key
            shown = [
                shown
                for each in (icon, *of_attributes)
                for shown in (each["default"], *each.get("state", {}).values(), *each.get("range", {}).values())
            ]
            assert all(re.fullmatch(r"mdi:[a-z0-9]+(-[a-z0-9]+)*", each) for each in shown), key


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
