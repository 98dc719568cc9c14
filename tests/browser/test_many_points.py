"""A tenant of 10 000 points: the choice opens at once, and a point deep in the tree is found by parts of its path."""

from typing import Final

from playwright.async_api import expect
import pytest

from demo.simulation import Simulation

from .conftest import OpenPage, Shoot
from .dialogs import ADD, Dialog

OPENS_WITHIN_SECONDS: Final = 2.0
PATH: Final = "Göztepe Hastanesi 344 / 2. Kat / Üretim Makinesi 4"
# The path as written, parts of it in another order, without the letters that an English keyboard lacks, in capitals.
TYPED: Final = (
    PATH,
    "344 / 2. kat / üretim",
    "makinesi 4 göztepe 344 2. kat",
    "goztepe 344 / 2. kat / uretim",
    "344 / 2. KAT / ÜRETİM",
)


async def test_ten_thousand_points(
    large_platform: Simulation,
    open_page: OpenPage,
    shoot: Shoot,
    pytestconfig: pytest.Config,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert len(await large_platform.points()) == 10_000
    page = await open_page(ADD)
    dialog = Dialog(page=page, language="en")
    await dialog.confirm()
    await dialog.type_account(large_platform.account, large_platform.account.password)
    await dialog.press("next")
    await dialog.is_at("points")

    picker = dialog.picker()
    opened = await picker.open()
    await shoot(page, "en_many_points")
    found = [await picker.search(typed, PATH) for typed in TYPED]
    await shoot(page, "en_many_points_search")
    seconds = ", ".join(f"{each:.2f}" for each in found)
    with capsys.disabled():
        pytestconfig.get_terminal_writer().line(f" 10 000 points: open after {opened:.2f} s, found after {seconds} s ")
    assert opened < OPENS_WITHIN_SECONDS

    await picker.take_first()
    await picker.has(PATH)
    await dialog.press("next")
    await dialog.is_at("measurements")
    await expect(dialog.root.get_by_text("with all below them: 1.")).to_be_visible()
    assert await dialog.check_box("measurements", "active_energy_import").is_checked()
