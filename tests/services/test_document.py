"""docs/actions.md: its examples run as they stand, its responses are what comes, its table misses no method."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import Script
from homeassistant.helpers.template import Template
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import ReengenClient
from custom_components.reengen.services import ACTIONS, Action
from simulator import Simulator
from tests import oracle
from tests.repository.pages import rows, section
from tests.repository.paths import INTEGRATION, ROOT, read_json

from .action_samples import DAY, TRANSFORMER, call

DOCUMENT = ROOT / "docs" / "actions.md"
# What is no method of the API is described on a page of its subject.
ELSEWHERE = {
    "add_to_energy_dashboard": "energy-dashboard.md",
    "check_platform": "platform-check.md",
    "create_dashboard": "dashboard.md",
    "import_history": "energy-dashboard.md",
}
TEXT = DOCUMENT.read_text()
ENGLISH = read_json(INTEGRATION / "translations" / "en.json")
BLOCKS = [parse_yaml(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)]
# An example is followed by the response that it gets.
EXAMPLES: dict[str, tuple[Any, Any]] = {
    block["action"].removeprefix("reengen."): (block, response)
    for block, response in pairwise(BLOCKS)
    if isinstance(block, dict) and "action" in block
}
ROWS = rows(section(TEXT, "## Every method of the API"))


def test_what_one_can_do_names_every_action() -> None:
    """The page begins with it: before all else a reader finds the name that the interface shows."""
    first = TEXT.partition("\n## ")[0].casefold()
    names = {action.name: ENGLISH["services"][action.name]["name"].casefold() for action in ACTIONS}
    assert [name for name, shown in names.items() if shown not in first] == ["get_dc_data"]


def test_every_action_has_an_example() -> None:
    assert list(EXAMPLES) == [action.name for action in ACTIONS if action.name not in ELSEWHERE]


@pytest.mark.parametrize("action", EXAMPLES)
async def test_examples_run_and_get_the_response_that_is_shown(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, action: str
) -> None:
    await hass.config.async_set_time_zone("Europe/Istanbul")
    example, shown = EXAMPLES[action]
    script = Script(hass, cv.SCRIPT_SCHEMA([example]), "example", "test")
    result = await script.async_run(context=Context())
    assert result is not None
    # As JSON both are plain: Home Assistant's texts from YAML remember the line that they stand in.
    shown, response = json.loads(json.dumps([shown, result.variables[example["response_variable"]]]))
    assert list(differences(shown, response, "response")) == []
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_the_template_works(hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry) -> None:
    await hass.config.async_set_time_zone("Europe/Istanbul")
    example, _ = EXAMPLES["get_data"]
    response = await call(hass, loaded_entry, "get_data", **example["data"])
    (template,) = re.findall(r"```jinja\n(.*?)```", TEXT, re.DOTALL)
    shown = Template(template, hass).async_render({example["response_variable"]: response})
    hours = [
        oracle.summed_kilo(simulator, TRANSFORMER, "activeEnergy", "import", start, start + timedelta(hours=1))
        for start in (DAY + timedelta(hours=hour) for hour in range(24))
    ]
    assert shown == float(max(hours))


def differences(shown: Any, real: Any, where: str) -> Iterator[str]:
    """Yield where the response that is shown has other keys or kinds of values than the real one.

    Of a list the document shows some rows; each is of a kind that really comes.
    """
    if isinstance(shown, dict) and isinstance(real, dict):
        if shown.keys() != real.keys():
            yield f"{where}: {sorted(shown)} is shown for {sorted(real)}"
        for key in shown.keys() & real.keys():
            yield from differences(shown[key], real[key], f"{where}.{key}")
    elif isinstance(shown, list) and isinstance(real, list):
        for number, row in enumerate(shown):
            if all(any(differences(row, each, where)) for each in real):
                yield f"{where}[{number}]: no such row comes"
    elif shown is not None and real is not None and type(shown) is not type(real):
        yield f"{where}: {shown!r} is shown for {real!r}"


def test_a_wrong_response_would_be_noticed() -> None:
    assert list(differences({"a": 1}, {"b": 1}, ""))
    assert list(differences({"a": ["x"]}, {"a": [1]}, ""))
    assert list(differences({"a": ["x"]}, {"a": []}, ""))
    assert not list(differences({"a": [{"b": None}]}, {"a": [{"b": 1}]}, ""))


def test_the_table_has_every_method_of_the_api() -> None:
    """The methods are those whose requests the API document prints."""
    printed = ROOT / "tests" / "fixtures" / "document"
    methods = {json.loads(path.read_text())["$"] for path in printed.glob("*_request.json")}
    assert {match[1] for row in ROWS if (match := re.match(r"`(\w+)`", row[0]))} == methods
    assert len(methods) == 9


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].replace("`", ""))
def test_what_the_table_names_exists(row: list[str]) -> None:
    _, client, shown_as, test, described = row
    assert callable(getattr(ReengenClient, client.strip("`")))
    for named in re.findall(r"`reengen\.(\w+)`", shown_as):
        assert named in EXAMPLES
    assert "test_" in (ROOT / test.strip("`")).read_text()
    target = re.search(r"\]\(([^)#]*)#([^)]+)\)", described)
    assert target is not None
    page = (DOCUMENT.parent / target[1]) if target[1] else DOCUMENT
    assert target[2] in anchors(page)


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_every_field_is_named(action: Action) -> None:
    text = (DOCUMENT.parent / ELSEWHERE.get(action.name, DOCUMENT.name)).read_text()
    for field in _fields(action.schema):
        assert f"`{field}`" in text, field


def _fields(schema: Any) -> list[str]:
    while hasattr(schema, "validators"):
        schema = schema.validators[0]
    return [str(marker) for marker in schema.schema]


def test_the_links_within_the_page_lead_somewhere() -> None:
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors(DOCUMENT)
