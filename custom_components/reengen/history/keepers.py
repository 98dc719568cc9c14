"""Which account keeps a statistic that several have chosen: one at a time, so that they never write against each other.

Two users of one tenant see the same points, and what they set up may differ: the time zone moves every hour. The account
that was added first keeps the statistic; a paused one leaves it to the next.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from custom_components.reengen.const import DOMAIN

from .series import HistorySeries


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """The statistics that a loaded account has chosen, and what decides who keeps them: the least place does.

    `settled` are those whose whole depth the account has found to be the platform's, as of now.
    """

    place: tuple[bool, datetime, str]
    statistic_ids: frozenset[str]
    settled: Collection[str]


@dataclass(kw_only=True)
class _Claims:
    """The claims of the loaded accounts, and what those that are not loaded any more had chosen last; by entry id."""

    loaded: dict[str, Claim] = field(default_factory=dict)
    last: dict[str, frozenset[str]] = field(default_factory=dict)


_CLAIMS: HassKey[_Claims] = HassKey(f"{DOMAIN}_history_claims")


class Keepers:
    """What one account keeps, and what it leaves to others."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Nothing is claimed yet."""
        self._claims = hass.data.setdefault(_CLAIMS, _Claims())
        self._entry = entry
        self.elsewhere: dict[str, str] = {}

    @callback
    def claim(
        self, series: Iterable[HistorySeries], *, paused: bool, settled: Collection[str] = ()
    ) -> tuple[HistorySeries, ...]:
        """Claim all chosen series and return those that are the account's to keep; note who keeps the others."""
        chosen = tuple(series)
        place = (paused, self._entry.created_at, self._entry.entry_id)
        mine = frozenset(each.statistic_id for each in chosen)
        self._claims.loaded[self._entry.entry_id] = Claim(place=place, statistic_ids=mine, settled=settled)
        # The least place comes last, so it is the one that stays.
        before = sorted(
            ((other.place, key, other) for key, other in self._claims.loaded.items() if other.place < place),
            key=lambda each: each[0],
            reverse=True,
        )
        self.elsewhere = {each: key for _, key, other in before for each in other.statistic_ids & mine}
        return tuple(each for each in chosen if each.statistic_id not in self.elsewhere)

    @property
    def settled_elsewhere(self) -> set[str]:
        """Return the statistics that another account keeps and has settled."""
        claims = self._claims.loaded
        return {each for each, key in self.elsewhere.items() if key in claims and each in claims[key].settled}

    @callback
    def release(self) -> None:
        """Leave everything to others."""
        if (claim := self._claims.loaded.pop(self._entry.entry_id, None)) is not None:
            self._claims.last[self._entry.entry_id] = claim.statistic_ids


@callback
def async_claimed(hass: HomeAssistant, entry_id: str) -> frozenset[str] | None:
    """Return the statistics that an account has chosen; None where it is not loaded."""
    claim = hass.data.get(_CLAIMS, _Claims()).loaded.get(entry_id)
    return None if claim is None else claim.statistic_ids


@callback
def async_last_claimed(hass: HomeAssistant, entry_id: str) -> frozenset[str]:
    """Return what an account that is not loaded any more had chosen when it was, since Home Assistant's start."""
    return hass.data.get(_CLAIMS, _Claims()).last.get(entry_id, frozenset())
