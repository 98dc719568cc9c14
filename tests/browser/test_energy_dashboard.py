"""The Energy dashboard after an import: its figures are those of the simulator's database."""

from typing import Final

from playwright.async_api import expect

from demo.dashboards import fill_dashboard

from .conftest import FilledWorld, OpenPage, Shoot
from .energy import Day, EnergyPage, figure

SITE: Final = "X Fabrika"
SOLAR: Final = "Çatı GES"
# How many colours have more pixels than smoothed edges would.
COLOURS: Final = """canvas => {
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const count = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const colour = data.slice(at, at + 3).join();
    if (data[at + 3] === 255) count.set(colour, (count.get(colour) ?? 0) + 1);
  }
  return [...count.values()].filter(pixels => pixels > 100).length;
}"""
LEAST_COLOURS: Final = 5
STATISTIC: Final = "Transformer 6 Active energy import"


async def test_import_cost_solar_and_the_way_of_the_energy(
    filled: FilledWorld, open_page: OpenPage, shoot: Shoot
) -> None:
    world = filled.world
    await fill_dashboard(world.api, filled.entry_id)
    page = await open_page("/energy", at=world)
    energy = EnergyPage(page=page, home=world.api)
    yesterday = Day.yesterday(world)
    await energy.open(yesterday.date)
    used = await yesterday.energy_kwh(SITE, "active_energy_import")
    cost = await yesterday.cost(SITE, "active_energy_cost")
    produced = await yesterday.energy_kwh(SOLAR, "active_energy_produced")
    assert min(used, cost, produced) > 0
    site = energy.row(f"{SITE} imported")
    await expect(site).to_contain_text(f"{figure(used)} kWh")
    await expect(site).to_contain_text(f"{cost:,.2f}")
    await expect(energy.row(SOLAR)).to_contain_text(f"{figure(produced)} kWh")
    await shoot(page, "en_energy")
    for name in ("Transformer 6", "Mechanical Workshop", "Trafo 2 (untracked)"):
        await expect(page.locator("hui-energy-devices-detail-graph-card").get_by_text(name)).to_be_visible()
    sankey = page.locator("hui-energy-sankey-card")
    await sankey.scroll_into_view_if_needed()
    await expect(sankey.locator("canvas")).to_be_visible()
    await shoot(page, "en_energy_flow")
    # Grid, solar, home, and what the devices pass on, each in a colour of its own, on what would be an empty canvas.
    assert await sankey.locator("canvas").evaluate(COLOURS) >= LEAST_COLOURS


async def test_a_card_of_a_statistic(filled: FilledWorld, open_page: OpenPage, shoot: Shoot) -> None:
    world = filled.world
    rows = await world.api.command("recorder/list_statistic_ids")
    (statistic_id,) = (row["statistic_id"] for row in rows if row["name"] == STATISTIC)
    card = {"type": "statistics-graph", "entities": [statistic_id], "stat_types": ["change"], "period": "day"}
    yesterday = Day.yesterday(world)
    period = {"start": yesterday.start.isoformat(), "end": yesterday.end.isoformat()}
    total = {"type": "statistic", "entity": statistic_id, "stat_type": "change", "period": {"fixed_period": period}}
    await world.api.command("lovelace/dashboards/create", url_path="of-statistics", title="Own", mode="storage")
    config = {"views": [{"title": "Own", "cards": [card, total]}]}
    await world.api.command("lovelace/config/save", url_path="of-statistics", config=config)
    page = await open_page("/of-statistics/0", at=world)
    used = await yesterday.energy_kwh("Transformer 6", "active_energy_import")
    shown = page.locator("hui-statistic-card")
    await expect(shown).to_contain_text(STATISTIC)
    await expect(shown).to_contain_text(figure(used))
    await expect(page.locator("hui-statistics-graph-card")).to_contain_text(STATISTIC)
    await shoot(page, "en_statistic_card")
