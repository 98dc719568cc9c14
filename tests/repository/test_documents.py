"""What the documents name exists, and what they say of names, rhythms and numbers is what the code says."""

from datetime import timedelta
from pathlib import Path
import re
from typing import Final, get_args

from homeassistant.components.energy.data import DeviceConsumption, SourceType
from homeassistant.helpers.entity_platform import MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY
import pytest

from custom_components.reengen import const
from custom_components.reengen.api import ROW_BUDGET
from custom_components.reengen.commands.confirmation import Outcome
from custom_components.reengen.dashboards.energy_plan import Reason
from custom_components.reengen.points.entity_cap import MOST_ENABLED
from custom_components.reengen.reactive.balance import SIDES
from custom_components.reengen.services import ACTIONS

from .pages import DOCS, menu_entries, rows, section
from .paths import INTEGRATION, ROOT, read_json

DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
README: Final = (ROOT / "README.md").read_text()
ENGLISH: Final = read_json(INTEGRATION / "translations" / "en.json")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    for path, anchor in re.findall(r"\]\((?!https?://)([^)#]*)(?:#([^)]+))?\)", document.read_text()):
        target = document.parent / path if path else document
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("readme", ["README.md", "README.tr.md"])
def test_every_picture_is_shown_light_and_dark(readme: str) -> None:
    """None lies there unseen, and each that is shown has one for the other background."""
    shown = re.findall(r'(?:src|srcset)="(docs/images/[^"]+)"', (ROOT / readme).read_text())
    pictures = [f"docs/images/{path.name}" for path in (DOCS / "images").iterdir()]
    assert sorted(shown) == sorted(pictures)
    assert {path.replace("_light", "_dark") for path in pictures} <= set(pictures)


def test_the_readme_begins_with_what_a_new_user_asks() -> None:
    """Whom it is for, the Energy dashboard, whether it is official, and five steps with how long they take."""
    first = README.partition("\n## ")[0]
    assert re.findall(r"^(\d)\. ", first, re.MULTILINE) == list("12345")
    said = (
        "energy and facility managers",
        "docs/images/energy_light.png",
        "not made, approved or supported",
        "35 days",
    )
    positions = [first.find(each) for each in said]
    assert positions == sorted(positions)
    assert -1 not in positions


@pytest.mark.parametrize("seen", ["A cost looks wrong", "*Data late* is on", "*The platform refused the request*"])
def test_what_goes_wrong_first_is_a_link_away(seen: str) -> None:
    """From the first screen to a row, and from the row to a section that says what to do."""
    assert "](#troubleshooting)" in README.partition("\n## ")[0]
    (meaning,) = (row[1] for row in rows(section(README, "## Troubleshooting")) if seen in row[0])
    assert re.search(r"\[[^]]*what to do\]\(docs/[\w-]+\.md#[\w-]+\)", meaning)


@each_document
def test_named_files_and_commands_exist(document: Path) -> None:
    named = re.findall(
        r"`((?:script|docs|tests|demo|simulator|custom_components|benchmarks)/[\w./-]*\w)", document.read_text()
    )
    for path in named:
        assert (ROOT / path).exists(), path


@each_document
def test_named_actions_exist(document: Path) -> None:
    named = re.findall(r"\breengen\.([a-z]+_\w+)\b(?!\.)", document.read_text())
    assert set(named) <= {action.name for action in ACTIONS}


def test_the_readme_leads_to_every_page() -> None:
    pages = {f"docs/{path.name}" for path in DOCS.iterdir() if path.suffix == ".md"}
    listed = section(README, "## Supported functionality").partition("\n### ")[0] + section(README, "## Development")
    assert pages <= set(re.findall(r"\]\(([^)]+)\)", listed))


def test_the_readme_has_the_headings_of_home_assistants_documentation() -> None:
    """A reader finds everything under the names that the pages of other integrations have taught."""
    assert re.findall(r"^## (.+)$", README, re.MULTILINE) == [
        "Use cases",
        "Installation",
        "Configuration",
        "Supported devices",
        "Supported functionality",
        "Data updates",
        "Examples",
        "Known limitations",
        "Troubleshooting",
        "Removing the integration",
        "Development",
    ]


def test_every_script_is_described() -> None:
    described = {row[0] for row in rows((DOCS / "development.md").read_text())}
    scripts = {f"`script/{path.name}`" for path in (ROOT / "script").iterdir() if path.is_file()}
    # What makes a release stands where releases are described.
    assert scripts - described == {"`script/release-zip`"}
    assert "`script/release-zip`" in (ROOT / "CONTRIBUTING.md").read_text()


class TestReadme:
    """The README against texts, constants and limits."""

    def test_the_menu_of_the_options(self) -> None:
        menu, fields = set(), set()
        for row in rows(section(README, "## Configuration")):
            menu |= set(re.findall(r"^\*(.+)\*$", row[0]))
            fields |= set(re.findall(r"`(\w+)`", row[1]))
        assert menu == menu_entries(ENGLISH)
        known = {
            field
            for flow in ("config", "options")
            for step in ENGLISH[flow]["step"].values()
            for group in (step, *step.get("sections", {}).values())
            for field in group.get("data", {})
        }
        assert fields <= known

    def test_what_the_options_are_at_first(self) -> None:
        told = section(README, "## Configuration")
        assert f"{const.DEFAULT_HISTORY_MONTHS} months by default" in told
        assert " and ".join(f"{side.usual_limit_percent:.0f}" for side in SIDES) + " by default" in told

    def test_names_of_entities_are_those_that_are_shown(self) -> None:
        shown = {text.get("name") for entities in ENGLISH["entity"].values() for text in entities.values()}
        named = re.findall(r"\*([A-Z][\w -]+)\*", section(README, "### Entities"))
        assert len(named) > 3
        assert set(named) <= shown

    def test_the_way_to_a_value_of_the_table(self) -> None:
        assert f"*{ENGLISH['config_subentries']['data_value']['initiate_flow']['user']}*" in README

    def test_the_box_of_the_dashboard(self) -> None:
        label = ENGLISH["config"]["step"]["measurements"]["data"]["energy_dashboard"]
        assert f"*{label}*" in section(README, "### History and Energy dashboard")

    def test_issues_are_named_by_their_titles(self) -> None:
        assert {row[0] for row in rows(section(README, "### Repairs"))} == {
            issue["title"] for issue in ENGLISH["issues"].values()
        }

    def test_the_outcomes_of_a_command_are_quoted(self) -> None:
        told = " ".join(row[0] for row in rows(section(README, "## Troubleshooting")))
        for key, quoted in (
            ("refused", "The platform refused the request"),
            ("outcome_unknown", "whether it took effect"),
        ):
            assert quoted in ENGLISH["exceptions"][key]["message"]
            assert quoted in told

    def test_the_error_of_the_first_form_is_quoted(self) -> None:
        quoted = rows(section(README, "## Troubleshooting"))[0][0].strip("*")
        assert ENGLISH["config"]["error"]["authentication_failed"].startswith(quoted)

    @pytest.mark.parametrize(
        ("row", "interval"),
        [
            ("readings and costs", const.READINGS_INTERVAL),
            ("meter readings and phases, if wanted", const.METERS_INTERVAL),
            ("tree of points", const.POINTS_INTERVAL),
            ("commands", const.COMMANDS_INTERVAL),
            ("values of the Data Science table", const.DATA_VALUES_INTERVAL),
            ("readings that lie in the future", const.CLOCK_INTERVAL),
        ],
    )
    def test_rhythms(self, row: str, interval: timedelta) -> None:
        words = {
            timedelta(minutes=15): "every 15 minutes",
            timedelta(hours=1): "hourly",
            timedelta(days=1): "daily",
        }
        told = {cells[0]: cells[1] for cells in rows(section(README, "## Data updates"))}
        assert told[row].startswith(words[interval])

    def test_limits(self) -> None:
        assert f"more than {ROW_BUDGET:_} rows".replace("_", " ") in " ".join(README.split())
        assert f"{MOST_ENABLED:_} enabled entities".replace("_", " ") in README
        assert f"no more than {MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY:_}".replace("_", " ") in README


def test_the_outcomes_of_commands() -> None:
    told = section((DOCS / "commands.md").read_text(), "## Whether a command had effect")
    table = told.partition("| value | meaning |")[2].partition("\n\n")[0]
    assert {name.strip("`") for name, _ in rows(table) if name != "none"} == set(Outcome)


def test_every_field_of_the_energy_dashboard_is_explained() -> None:
    told = section((DOCS / "energy-dashboard.md").read_text(), "### Every field")
    named = {field for row in rows(told) for field in re.findall(r"`(\w+)`", row[0])}
    kept = (*get_args(SourceType.__value__), DeviceConsumption)
    # A whole-house meter, of Home Assistant 2026.11, is left to the user as a whole.
    assert named == {field for each in kept if "Home" not in each.__name__ for field in each.__annotations__}


def test_the_reasons_why_a_statistic_is_not_added() -> None:
    told = section((DOCS / "energy-dashboard.md").read_text(), "## Filling it")
    assert {row[0].strip("`") for row in rows(told)} == set(Reason)


@pytest.mark.parametrize("row", rows((DOCS / "data-and-time.md").read_text())[-54:], ids=lambda row: row[0])
def test_what_was_left_open_is_settled_somewhere(row: list[str]) -> None:
    """Each question has modules and tests, which exist; those without a folder are the client's."""
    number, _, _, where = row
    assert re.fullmatch(r"A\d+", number)
    named = re.findall(r"`([\w/]+\.py)`", where)
    assert named
    for path in named:
        folders = (ROOT, ROOT / "tests" / "api", INTEGRATION / "api", INTEGRATION)
        assert any((folder / path).exists() for folder in folders), path


class TestArchitecture:
    """docs/architecture.md misses no module of the packages that it lists; its floors are held to the imports elsewhere."""

    TEXT: Final = (DOCS / "architecture.md").read_text()

    def test_the_walks_are_short(self) -> None:
        for walk in re.findall(r"^\d\. (.+(?:\n   .+)*)", section(self.TEXT, "## Three walks"), re.MULTILINE):
            modules = set(re.findall(r"`([\w/]+\.py)`", walk))
            assert all((INTEGRATION / module).exists() for module in modules), modules
            assert 1 < len([module for module in modules if not module.startswith("api/")]) <= 8
