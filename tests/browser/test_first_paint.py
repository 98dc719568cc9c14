"""How soon the overview of a site is there, beside Home Assistant's own Energy page, both warm, in one run."""

from statistics import median
from typing import Any, Final

from playwright.async_api import Page
import pytest

from .conftest import FilledWorld, OpenPage

VISITS: Final = 5
MOST_TIMES_THE_ENERGY_PAGE: Final = 1.5
# Of each card that is shown: its kind, whether it has a drawing, and whether it has figures. A page is there with the last
# of its cards: when all of them are what they were on a visit before, on which the page was left alone for a while.
CARDS: Final = """() => {
  const found = [];
  const below = node => [...(node.shadowRoot?.children ?? []), ...node.children];
  const parts = node => below(node).flatMap(each => [each, ...parts(each)]);
  const isText = each => each.nodeType === Node.TEXT_NODE && each.parentNode.localName !== 'style';
  const texts = node => [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].flatMap(each =>
    isText(each) ? [each.data] : each.nodeType === Node.ELEMENT_NODE ? texts(each) : []);
  for (const card of parts(document.body)) {
    if (card.localName !== 'hui-card' || !card.getBoundingClientRect().height) continue;
    // Larger than an icon.
    const isDrawn = parts(card).some(each =>
      ['canvas', 'path'].includes(each.localName) && each.getBoundingClientRect().width > 100);
    found.push(`${below(card)[0]?.localName} ${isDrawn} ${/[0-9]/.test(texts(card).join())}`);
  }
  return found.sort().join();
}"""
IS_THERE: Final = f"wanted => ({CARDS})() === wanted && performance.now()"
QUIET_MS: Final = 3000
SETTLED: Final = f"""quiet => {{
  const cards = ({CARDS})(), at = performance.now();
  if (cards !== window.lastCards) [window.lastCards, window.lastChange] = [cards, at];
  return at - window.lastChange > quiet && cards;
}}"""


async def cards(page: Page, address: str) -> str:
    """Return what there is of a page's cards once nothing of them changes any more; the browser is warm afterwards."""
    await page.goto(address)
    settled = await page.wait_for_function(SETTLED, arg=QUIET_MS, polling="raf")
    return str(await settled.json_value())


async def seconds_until(page: Page, address: str, wanted: str) -> float:
    """Return how long it takes from the navigation until the page's last card is there."""
    await page.goto(address, wait_until="commit")
    there = await page.wait_for_function(IS_THERE, arg=wanted, polling="raf")
    milliseconds: Any = await there.json_value()
    return float(milliseconds) / 1000


async def test_the_overview_is_there_about_as_soon_as_the_energy_page(
    filled: FilledWorld, open_page: OpenPage, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    home = filled.world.api
    addresses = {"overview": f"{home.url}/{await filled.side_bar()}", "Energy page": f"{home.url}/energy/electricity"}
    page = await open_page("/profile", at=filled.world)
    wanted = {name: await cards(page, address) for name, address in addresses.items()}
    taken: dict[str, list[float]] = {name: [] for name in addresses}
    # By turns, so that whatever else the machine does meets both.
    for _ in range(VISITS):
        for name, address in addresses.items():
            taken[name].append(await seconds_until(page, address, wanted[name]))
    overview, energy = (median(each) for each in taken.values())
    with capsys.disabled():
        pytestconfig.get_terminal_writer().line(
            f" last card there: overview {overview:.2f} s, Energy page {energy:.2f} s, ratio {overview / energy:.2f} "
        )
    assert overview <= MOST_TIMES_THE_ENERGY_PAGE * energy
