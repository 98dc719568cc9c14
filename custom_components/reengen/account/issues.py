"""The repair issues of an account: one for each key, and where several stand beside each other, for each subject of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from custom_components.reengen.const import DOMAIN

# More points than a person reads are counted.
_POINTS_SHOWN = 10


@callback
def async_create_issue(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    key: str,
    *,
    subject: object = "",
    repaired_by: Mapping[str, Any] | None = None,
    **quoted: str,
) -> None:
    """Create the issue, whose text quotes the account and what is given; `repaired_by` is what its flow needs to know."""
    data = None if repaired_by is None else {"entry_id": entry.entry_id, **repaired_by}
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{key}_{entry.entry_id}{subject}",
        data=data,
        is_fixable=data is not None,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={"account": entry.title, **quoted},
    )


@callback
def async_delete_issue(hass: HomeAssistant, entry_id: str, key: str) -> None:
    """Delete the issue of an account."""
    ir.async_delete_issue(hass, DOMAIN, f"{key}_{entry_id}")


def listed(points: Sequence[str]) -> str:
    """Return what points are called as one text."""
    more = f" + {len(points) - _POINTS_SHOWN}" if len(points) > _POINTS_SHOWN else ""
    return ", ".join(points[:_POINTS_SHOWN]) + more
