"""What looks at all that is ours sees what is wrong on one of the screens alone, and leaves the page as it was."""

from typing import Final

from playwright.async_api import Browser

from .cut import PHONES
from .look import Look

TEXT: Final = "A text that is longer than its place"
# Between the two phones: the wider one has room for it.
WIDTH: Final = sum(PHONES) // len(PHONES)
PAGE: Final = f"""<!doctype html><html lang="en"><title>Page</title>
<style>body {{ margin: 0; color: black; background: white }}
  @media (prefers-color-scheme: dark) {{ body {{ color: #888; background: #999 }} }}</style>
<main style="overflow: hidden"><b style="display: inline-block; width: {WIDTH}px; text-align: end">{TEXT}</b></main>"""


async def test_each_screen_is_looked_at(browser: Browser, look: Look) -> None:
    page = await browser.new_page()
    size = page.viewport_size
    await page.set_content(PAGE)
    cut, dark = await look.at(page.locator("main"))
    assert cut.startswith(f'{min(PHONES)} px: "{TEXT}"')
    assert dark.startswith("dark: color-contrast")
    assert page.viewport_size == size
    assert await page.evaluate("() => matchMedia('(prefers-color-scheme: light)').matches")
    await page.close()
