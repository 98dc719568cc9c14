"""The repair issues of an account: one for each key, and where several stand beside each other, for each subject of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from custom_components.reengen.const import DOMAIN

# More points than a person reads are counted.
POINTS_SHOWN: Final = 10


@callback
def async_create_issue(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    key: str,
    *,
    subject: str = "",
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


def issues_of(hass: HomeAssistant, entry_id: str) -> list[str]:
    """Return the ids of the issues of an account."""
    return [
        issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN and f"_{entry_id}" in issue_id
    ]


@dataclass(slots=True)
class PointsIssue:
    """The issue of points that come and go; `shown` is what it was last about. Ignored for some, it is told anew of others."""

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    key: str
    repaired_by: Mapping[str, Any] | None = None
    shown: frozenset[int | str] = frozenset()

    @callback
    def show(self, points: Mapping[int, str] | Mapping[str, str]) -> None:
        """Keep the issue in line with the points that it is about: ids or codes, and what people call them."""
        if not points or (self.shown and not points.keys() <= self.shown):
            async_delete_issue(self.hass, self.entry.entry_id, self.key)
        self.shown = frozenset(points)
        if points:
            quoted = listed([*points.values()])
            async_create_issue(self.hass, self.entry, self.key, repaired_by=self.repaired_by, points=quoted)


def listed(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" + {len(names) - POINTS_SHOWN}" if len(names) > POINTS_SHOWN else ""
    return ", ".join(names[:POINTS_SHOWN]) + more
