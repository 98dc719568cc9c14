"""What looks for cut texts sees each way in which a text is cut, and nothing else."""

from typing import Final

from playwright.async_api import Browser
import pytest

from .cut import cut_texts

TEXT: Final = "A text that is longer than its place"
NARROW: Final = "display: block; width: 60px; white-space: nowrap;"
IN_SHADOW: Final = (
    "<div id=host><template shadowrootmode=open><div style='{style}'><slot></slot></div></template>{text}</div>"
)


async def seen(browser: Browser, body: str) -> list[str]:
    """Return what is cut on a page."""
    page = await browser.new_page()
    await page.set_content(f"<!doctype html><body>{body}</body>")
    found = await cut_texts(page.locator("body"))
    await page.close()
    return found


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<b style='{NARROW} overflow: hidden; text-overflow: ellipsis'>{TEXT}</b>", id="ellipsis"),
        pytest.param(f"<b style='{NARROW} overflow: hidden'>{TEXT}</b>", id="hidden"),
        pytest.param(f"<b style='{NARROW} overflow: hidden'><i>{TEXT}</i></b>", id="inline"),
        pytest.param(f"<b style='{NARROW} overflow: auto'>{TEXT}</b>", id="scrolled to the side"),
        pytest.param(
            "<b style='display: -webkit-box; width: 60px; overflow: hidden; -webkit-box-orient: vertical;"
            f" -webkit-line-clamp: 2'>{TEXT}</b>",
            id="lines",
        ),
        pytest.param(f"<b style='display: block; width: 60px; height: 2em; overflow: hidden'>{TEXT}</b>", id="height"),
        pytest.param(IN_SHADOW.format(style=f"{NARROW} overflow: hidden", text=TEXT), id="slot"),
        pytest.param(f"<b style='position: absolute; white-space: nowrap; left: 95vw'>{TEXT}</b>", id="page"),
    ],
)
async def test_a_cut_text_is_seen(browser: Browser, body: str) -> None:
    (found,) = await seen(browser, body)
    assert f'"{TEXT}"' in found


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<b style='display: block; width: 60px; overflow: hidden'>{TEXT}</b>", id="wrapped"),
        pytest.param(
            f"<b style='display: inline-block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis'>{TEXT}</b>",
            id="as wide as it is",
        ),
        pytest.param(f"<b style='display: block; height: 2em; width: 60px; overflow: auto'>{TEXT}</b>", id="scrolled"),
        pytest.param(f"<b style='display: block; height: 0; overflow: hidden'>{TEXT}</b>", id="folded up"),
        pytest.param(f"<b style='{NARROW} overflow: hidden; visibility: hidden'>{TEXT}</b>", id="not shown"),
        pytest.param(f"<b style='{NARROW} overflow: hidden'>Site / Building / Machine</b>", id="path of the platform"),
        pytest.param(f"<ha-tab-group style='{NARROW} overflow: auto'>{TEXT}</ha-tab-group>", id="not ours"),
    ],
)
async def test_what_can_be_read_is_not_reported(browser: Browser, body: str) -> None:
    assert await seen(browser, body) == []
