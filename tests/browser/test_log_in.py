"""A person logs in and finds what the account has brought."""

from playwright.async_api import expect
import pytest

from demo.account import HOME_PASSWORD, HOME_USER

from .conftest import OpenPage, Shoot


@pytest.mark.usefixtures("entry_id")
async def test_log_in(open_page: OpenPage, shoot: Shoot) -> None:
    page = await open_page("/", logged_in=False)
    await page.get_by_role("textbox", name="Username").fill(HOME_USER)
    await page.get_by_role("textbox", name="Password").fill(HOME_PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_text("Welcome Demo").first).to_be_visible()
    await shoot(page, "en_overview")
