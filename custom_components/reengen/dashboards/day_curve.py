"""The card of the integration's own (`day_curve.js`), as browsers get it: a module that a page loads with itself."""

from pathlib import Path
from typing import Final

from aiohttp import web
from homeassistant.components.frontend import add_extra_js_url
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.loader import async_get_integration
from homeassistant.util.hass_dict import HassKey

from custom_components.reengen.const import DOMAIN

_FILE: Final = Path(__file__).with_suffix(".js")
# The address has the version in it.
_HEADERS: Final = {"Cache-Control": "public, max-age=2678400"}


class DayCurveModule(HomeAssistantView):
    """Serves the module, and tells whether dashboards may count on the card.

    A page asks which modules there are when it is loaded, and never again. So one that was open before the integration
    was set up does not know the card: `is_known` is False until a page has loaded the module, or from Home Assistant's
    start on if the module was there by then.
    """

    requires_auth = False
    name = f"{DOMAIN}:day_curve"
    url = f"/{DOMAIN}_static/day_curve.js"

    def __init__(self, *, is_known: bool) -> None:
        """Begin to serve it."""
        self.is_known = is_known

    async def get(self, _request: web.Request) -> web.FileResponse:
        """Return the module."""
        self.is_known = True
        return web.FileResponse(_FILE, headers=_HEADERS)


_MODULE: HassKey[DayCurveModule] = HassKey(DayCurveModule.name)


async def async_serve_day_curve(hass: HomeAssistant) -> None:
    """Let every page that is loaded from now on load the module, until Home Assistant stops.

    It is not taken back when an account is unloaded: pages that are loaded during a reload need it as well.
    """
    if "frontend" not in hass.config.components:
        return
    module = hass.data[_MODULE] = DayCurveModule(is_known=hass.state is not CoreState.running)
    hass.http.register_view(module)
    add_extra_js_url(hass, f"{module.url}?{(await async_get_integration(hass, DOMAIN)).version}")


def day_curve_module(hass: HomeAssistant) -> DayCurveModule | None:
    """Return the module, None where Home Assistant has no pages."""
    return hass.data.get(_MODULE)
