"""The documents as pages: nothing in them shuts anybody out."""

from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from playwright.async_api import Browser
import pytest

from demo.stage import REPOSITORY

from .axe import Axe

DOCUMENTS: Final = sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
async def test_document(document: Path, browser: Browser, axe: Axe) -> None:
    written = MarkdownIt("commonmark", {"html": True}).enable("table").render(document.read_text())
    page = await browser.new_page()
    # Pictures are not there to be loaded: only that each has a text counts.
    without_pictures = written.replace(" src=", " data-src=").replace(" srcset=", " data-srcset=")
    await page.set_content(
        f'<!doctype html><html lang="en"><title>{document.stem}</title><main>{without_pictures}</main>'
    )
    found = await axe.violations(page.locator("html"))
    await page.close()
    assert found == []
