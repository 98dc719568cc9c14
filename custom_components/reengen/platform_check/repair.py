"""The repair issue of a time zone in which the sun is not where it should be; `repairs` has the flow that sets another."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TIME_ZONE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.measurements import written

from .verdicts import Verdict

_ZONE_DIFFERS: Final = "time_zone_differs"


def zone_of(utc_offset: int) -> str:
    """Return the zone whose clock is always so many hours ahead of UTC; POSIX counts them the other way round."""
    return "UTC" if utc_offset == 0 else f"Etc/GMT{-utc_offset:+d}"


@callback
def async_report_zone(hass: HomeAssistant, entry: ConfigEntry[Any], time_zone: str, clock: Verdict) -> None:
    """Create the issue where the verdict of the clock in a zone says so, delete it where the clock is right."""
    if clock.what != "clock":
        async_delete_zone_issue(hass, entry.entry_id)
        return
    zone, hours = zone_of(int(clock.figures["utc_offset"])), float(clock.figures["hours"])
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{_ZONE_DIFFERS}_{entry.entry_id}",
        data={"entry_id": entry.entry_id, CONF_TIME_ZONE: zone},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=_ZONE_DIFFERS,
        translation_placeholders={
            "account": entry.title,
            "hours": written(f"{abs(hours):g}", hass.config.language),
            "time_zone": time_zone,
            "new_time_zone": zone,
        },
    )


@callback
def async_delete_zone_issue(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the issue of an account."""
    ir.async_delete_issue(hass, DOMAIN, f"{_ZONE_DIFFERS}_{entry_id}")
