"""Whatever of ours is on the screen is looked at alike, so that each place is seen on a wide screen and on phones."""

from dataclasses import dataclass

from playwright.async_api import Locator, Page

from .axe import Axe
from .cut import PHONE_HEIGHT, PHONES, cut_texts
from .dialogs import PAINTED

# So much faster a fade of a second takes a millisecond.
FASTER = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What is wrong with something that is shown."""

    axe: Axe

    async def at(self, root: Locator) -> list[str]:
        """Return what is cut off on phones, and what shuts somebody out, light on a wide screen and dark on a phone.

        Afterwards the page is as it was: light and wide.
        """
        page, size = root.page, root.page.viewport_size
        assert size is not None
        found = [f"light: {each}" for each in await self.axe.violations(root)]
        for width in PHONES:
            await page.set_viewport_size({"width": width, "height": PHONE_HEIGHT})
            await page.evaluate(PAINTED)
            found += [f"{width} px: {each}" for each in await cut_texts(root)]
        await page.emulate_media(color_scheme="dark")
        await without_transitions(page)
        found += [f"dark: {each}" for each in await self.axe.violations(root)]
        await page.emulate_media(color_scheme="light")
        await page.set_viewport_size(size)
        await page.evaluate(PAINTED)
        return found


async def without_transitions(page: Page) -> None:
    """Wait until colours that fade into others, also in shadow trees, have become these."""
    session = await page.context.new_cdp_session(page)
    await session.send("Animation.enable")
    await session.send("Animation.setPlaybackRate", {"playbackRate": FASTER})
    await page.evaluate(PAINTED)
    await session.detach()
