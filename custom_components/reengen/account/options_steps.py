"""The steps of the options that are of the account as a whole: dashboards, meters, what the platform does not tell."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final
from zoneinfo import available_timezones

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_TIME_ZONE
from homeassistant.generated.currencies import ACTIVE_CURRENCIES
from homeassistant.helpers.selector import BooleanSelector
import voluptuous as vol

from custom_components.reengen.const import (
    CONF_CURRENCY,
    CONF_DASHBOARD,
    CONF_ENERGY_DASHBOARD,
    CONF_INCLUDE_TAX,
    CONF_METER_READINGS,
    CONF_PHASES,
)

from .flows import FormError, OptionsForms
from .forms import dashboards_from, dashboards_schema
from .options import AccountOptions
from .selectors import drop_down

# What to read of the meters themselves.
METERS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_METER_READINGS, default=False): BooleanSelector(),
        vol.Required(CONF_PHASES, default=False): BooleanSelector(),
    }
)


def advanced_schema(time_zones: Sequence[str]) -> vol.Schema:
    """Return the choice of what the platform does not tell about itself; `advanced_from` refuses what is unknown."""
    return vol.Schema(
        {
            vol.Required(CONF_TIME_ZONE): drop_down(options=list(time_zones), custom_value=True),
            vol.Required(CONF_CURRENCY): drop_down(options=sorted(ACTIVE_CURRENCIES), custom_value=True),
            vol.Required(CONF_INCLUDE_TAX, default=False): BooleanSelector(),
        }
    )


def advanced_from(user_input: Mapping[str, Any], time_zones: Collection[str]) -> dict[str, Any]:
    """Return the options of time zone, currency and tax. Raises: FormError."""
    if user_input[CONF_TIME_ZONE] not in time_zones:
        raise FormError("time_zone_unknown", field=CONF_TIME_ZONE)
    if user_input[CONF_CURRENCY] not in ACTIVE_CURRENCIES:
        raise FormError("currency_unknown", field=CONF_CURRENCY)
    return dict(user_input)


class AccountSteps(OptionsForms):
    """Change the options of the account as a whole."""

    async def async_step_dashboards(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the dashboards; an account of an earlier version has neither until it wants one."""
        stored = {CONF_DASHBOARD: False, CONF_ENERGY_DASHBOARD: False, **self.config_entry.options}
        schema = dashboards_schema(AccountOptions.of(self.config_entry).rolled_up_points)
        return await self.change("dashboards", schema, user_input, dashboards_from, stored=stored)

    async def async_step_meters(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether to read registers and phases."""
        return await self.change("meters", METERS_SCHEMA, user_input)

    async def async_step_advanced(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the platform's time zone and currency, and whether costs are with tax."""
        time_zones = sorted(await self.hass.async_add_executor_job(available_timezones))
        read = partial(advanced_from, time_zones=time_zones)
        return await self.change("advanced", advanced_schema(time_zones), user_input, read)
