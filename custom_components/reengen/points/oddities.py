"""What an account's responses hold that cannot be used: counted, logged once, and told in one repair issue."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from custom_components.reengen.account import POINTS_SHOWN, async_create_issue, async_delete_issue, listed
from custom_components.reengen.api import Oddity, OddityKind, merged_oddities
from custom_components.reengen.const import LOGGER

DATA_LEFT_OUT: Final = "data_left_out"

# The platform's words are free text.
_REASON_LENGTH: Final = 100


@dataclass(slots=True)
class OddityLog:
    """The oddities of one account as each source saw them last.

    A source is whoever asks the platform for something by itself: a coordinator, the history. What a source no longer
    reports is gone. Actions answer with their oddities and report nothing here.
    """

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    _of_source: dict[str, tuple[Oddity, ...]] = field(default_factory=dict)
    _warned: set[tuple[Any, ...]] = field(default_factory=set)
    _names: Mapping[int, str] = field(default_factory=dict)

    @property
    def current(self) -> tuple[Oddity, ...]:
        """Return what is odd now, one row for each method, kind and point."""
        return merged_oddities(each for found in self._of_source.values() for each in found)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return what is odd now, for diagnostics."""
        return [asdict(each) for each in self.current]

    @callback
    def name_points(self, names: Mapping[int, str]) -> None:
        """Take note of what people call the points, by id; the issue names them so."""
        self._names = names

    @callback
    def report(self, source: str, oddities: Iterable[Oddity]) -> None:
        """Take the place of what the source reported before; what is new to the account is logged, once for good."""
        self._of_source[source] = merged_oddities(oddities)
        current = self.current
        lost = [oddity for oddity in current if oddity.kind.loses_data]
        new: dict[tuple[str, OddityKind], list[Oddity]] = {}
        for oddity in lost:
            if oddity.key not in self._warned:
                new.setdefault((oddity.method, oddity.kind), []).append(oddity)
        for alike in new.values():
            self._warn(alike)
        self._warned.update(oddity.key for oddity in current)
        self._tell(lost)

    def _warn(self, alike: list[Oddity]) -> None:
        """Log oddities of one method and kind: a line for each, or one line for many."""
        shown = alike if len(alike) <= POINTS_SHOWN else alike[:1]
        for oddity in shown:
            others = len(alike) - len(shown)
            LOGGER.warning(
                "%s: %s%s left out of what %s says, %s at %s: %s",
                self.entry.title,
                self._named(oddity),
                f" and {others} others are" if others else " is",
                oddity.method,
                oddity.kind,
                oddity.where,
                oddity.example,
            )

    def _named(self, oddity: Oddity) -> str:
        """Return the point, or the place in the response where there is none."""
        if oddity.point_id is not None:
            return self._names.get(oddity.point_id, f"point {oddity.point_id}")
        return oddity.point_code or oddity.where

    def _explained(self, oddity: Oddity) -> str:
        """Return the point; what the platform refuses is quoted with its reason."""
        if oddity.kind is not OddityKind.REFUSED:
            return self._named(oddity)
        return f'{self._named(oddity)} "{" ".join(oddity.example.split())[:_REASON_LENGTH]}"'

    def _tell(self, lost: list[Oddity]) -> None:
        """Keep the one issue of the account in line with what is left out."""
        if not lost:
            async_delete_issue(self.hass, self.entry.entry_id, DATA_LEFT_OUT)
            return
        names = sorted({self._explained(oddity) for oddity in lost})
        async_create_issue(self.hass, self.entry, DATA_LEFT_OUT, points=listed(names))
