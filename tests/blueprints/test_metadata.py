"""Every blueprint is one that Home Assistant takes, from its address, and that the README offers."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any
from urllib.parse import quote

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.importer import fetch_blueprint_from_url
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.core import HomeAssistant
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from custom_components.reengen.const import DOMAIN, PLATFORMS
from tests.repository.paths import ROOT, manifest, read_json

BLUEPRINTS = sorted((ROOT / "blueprints").rglob("*.yaml"))
ADDRESS = f"{manifest()['documentation']}/blob/main/blueprints/automation/reengen"

# A blueprint has its texts in one language, so there is one of each language; the Turkish one has this ending.
TURKISH = "_tr"
ENGLISH = [path for path in BLUEPRINTS if not path.stem.endswith(TURKISH)]
# What a person reads; all else is what the automation does.
TEXTS = {"name", "description", "title", "message", "source_url"}

every_blueprint = pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)


def selectors(found: Any) -> Iterator[tuple[str, Any]]:
    """Yield every selector of the inputs, also of those in sections, by its type."""
    for key, inner in found.items() if isinstance(found, dict) else ():
        if key == "selector":
            yield from inner.items()
        else:
            yield from selectors(inner)


def inputs(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every input, also of sections."""
    for each in found.values():
        if "input" in each:
            yield from inputs(each["input"])
        else:
            yield each


def without_texts(found: Any) -> Any:
    """Return what a blueprint does: its texts are left out, but for what their templates are made of."""
    if isinstance(found, dict):
        return {
            key: re.findall(r"{%.*?%}", inner) if key in TEXTS and isinstance(inner, str) else without_texts(inner)
            for key, inner in found.items()
        }
    return [without_texts(each) for each in found] if isinstance(found, list) else found


def about(path: Path) -> dict[str, Any]:
    """Return what a blueprint says about itself."""
    found: dict[str, Any] = load_yaml_dict(str(path))["blueprint"]
    return found


def test_they_lie_where_home_assistant_keeps_them() -> None:
    assert {path.relative_to(ROOT).parts[:-1] for path in BLUEPRINTS} == {("blueprints", "automation", DOMAIN)}


def test_each_is_there_in_both_languages_and_does_the_same() -> None:
    assert len(BLUEPRINTS) == 2 * len(ENGLISH) >= 6
    for path in ENGLISH:
        english, turkish = (load_yaml_dict(str(path.with_stem(path.stem + ending))) for ending in ("", TURKISH))
        assert without_texts(turkish) == without_texts(english), path.name
        texts = [
            {
                str(text)
                for each in inputs(found["blueprint"]["input"])
                for text in (each["name"], each.get("description"))
            }
            for found in (english, turkish)
        ]
        assert texts[0] & texts[1] <= {"None"}, path.name


@every_blueprint
def test_home_assistant_takes_it(path: Path) -> None:
    blueprint = Blueprint(load_yaml_dict(str(path)), expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA)
    assert blueprint.validate() is None
    found = blueprint.metadata
    assert found["source_url"] == f"{ADDRESS}/{path.name}"
    assert found["homeassistant"]["min_version"] == read_json(ROOT / "hacs.json")["homeassistant"]
    assert found["name"].startswith("Reengen - ")
    assert found["description"].strip()
    for each in inputs(found["input"]):
        assert each["name"]
        assert each["selector"]


@every_blueprint
def test_what_runs_or_reads_is_chosen_among_entities_of_the_integration(path: Path) -> None:
    chosen = [each for kind, config in selectors(about(path)["input"]) if kind == "entity" for each in config["filter"]]
    of_others = {"input_boolean", "sensor", "schedule", "calendar", "binary_sensor"}
    for each in chosen:
        domains = {each["domain"]} if isinstance(each["domain"], str) else set(each["domain"])
        assert domains <= set(PLATFORMS) if each.get("integration") == DOMAIN else domains <= of_others
    assert any(each.get("integration") == DOMAIN for each in chosen)


@every_blueprint
async def test_it_is_imported_by_its_address(
    hass: HomeAssistant, aioclient_mock: AiohttpClientMocker, path: Path
) -> None:
    raw = f"{ADDRESS}/{path.name}".replace("//github.com/", "//raw.githubusercontent.com/").replace("/blob/", "/")
    aioclient_mock.get(raw, text=path.read_text())  # type: ignore[no-untyped-call]
    imported = await fetch_blueprint_from_url(hass, f"{ADDRESS}/{path.name}")
    assert imported.blueprint.domain == "automation"
    assert imported.suggested_filename == f"reengen-home-assistant/{path.stem}"
    assert imported.blueprint.metadata["source_url"] == f"{ADDRESS}/{path.name}"


@every_blueprint
def test_the_readme_offers_it(path: Path) -> None:
    target = quote(f"{ADDRESS}/{path.name}", safe="")
    link = f"https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url={target}"
    readme = ROOT / ("README.tr.md" if path.stem.endswith(TURKISH) else "README.md")
    for document in (readme, ROOT / "docs" / "automations.md"):
        assert link in document.read_text(), document.name
    assert about(path)["name"].removeprefix("Reengen - ") in readme.read_text()


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.stem)
def test_every_input_is_described_in_the_document(path: Path) -> None:
    _, _, section = (ROOT / "docs" / "automations.md").read_text().partition(f"`{path.name}`")
    section = section.partition("\n## ")[0]
    for each in inputs(about(path)["input"]):
        assert f"| {each['name']} |" in section, each["name"]
