"""The meters by their reactive ratio, of a new account: their own sensors of it are off."""

from datetime import datetime
from decimal import Decimal
import re
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.template import Template
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator, WorldOptions
from tests import oracle
from tests.history.test_create_dashboard import cards_in, views_of

SITE: Final = "xFabrikaFabrika"
METERS: Final = ("xFabrikaTrafo6", "xFabrikaArge", "xFabrikaOfis", "xFabrikaOfisKat1")
MONTH_START: Final = datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Istanbul"))
# For each side what may be its energy; the first one that is measured counts.
SOURCES: Final = {
    "inductive": [("inductiveReactiveEnergy", "import"), ("reactiveEnergy", "import")],
    "capacitive": [("capacitiveEnergy", "export"), ("reactiveEnergy", "export")],
}
KEYS: Final = (
    "active_energy_import",
    "inductive_reactive_energy_import",
    "reactive_energy_import",
    "capacitive_energy_export",
    "reactive_energy_export",
)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a site and meters below it, one of which measures no reactive energy."""
    return entry_options | {"points": [SITE, *METERS], "measurements": list(KEYS)}


@pytest.fixture
def world_options() -> WorldOptions:
    """Let the world begin with the month."""
    return WorldOptions(start=MONTH_START)


def ratio_percent(simulator: Simulator, code: str, side: str) -> Decimal | None:
    """Return the ratio of this month by the registers."""
    window = MONTH_START, simulator.clock.now()
    measured = [each for each in SOURCES[side] if oracle.reading_count(simulator, code, *each, *window)]
    if not measured:
        return None
    reactive = oracle.summed_kilo(simulator, code, *measured[0], *window)
    return 100 * reactive / oracle.summed_kilo(simulator, code, "activeEnergy", "import", *window)


def name_of(simulator: Simulator, code: str) -> str:
    (name,) = simulator.database.execute("SELECT name FROM point WHERE code = ?", (code,)).fetchone()
    return str(name)


def shown(hass: HomeAssistant, view: dict[str, Any], title: str | None = None) -> str:
    """Return the texts of a view as a browser shows them, of the cards with a title if one is given."""
    cards = [card for card in cards_in(view) if card["type"] == "markdown" and title in {None, card.get("title")}]
    return "\n".join(str(Template(card["content"], hass).async_render(parse_result=False)) for card in cards)


@pytest.mark.parametrize("side", SOURCES)
async def test_meters_are_compared_by_their_registers(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, simulator: Simulator, side: str
) -> None:
    registry = er.async_entries_for_config_entry(er.async_get(hass), loaded_entry.entry_id)
    on = [each.unique_id for each in registry if "_ratio_" in each.unique_id and not each.disabled]
    assert all(f"_{oracle.point_id(simulator, SITE)}_" in unique_id for unique_id in on)
    found = {
        name_of(simulator, code): ratio
        for code in (SITE, *METERS)
        if (ratio := ratio_percent(simulator, code, side)) is not None
    }
    assert len(found) == len(METERS)
    views = {view["title"]: view for view in await views_of(hass, loaded_entry)}
    ranked = re.findall(
        r"\| \[(.+)\]\(.+\) \| (\d+) \|", shown(hass, views["Reactive"], f"{side.capitalize()} ratio this month")
    )
    assert [name for name, _ in ranked] == sorted(found, key=lambda name: found[name], reverse=True)
    assert [float(percent) for _, percent in ranked] == pytest.approx(
        [*map(float, sorted(found.values(), reverse=True))], abs=0.5
    )
    worst, percent = next(row for row in ranked if row[0] != name_of(simulator, SITE))
    assert f"Highest {side} ratio: **{worst}** ({percent} %)" in shown(hass, views["Overview"])
