"""What follows from verdicts by itself: how the platform is read from then on. Units do not, and nothing that writes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Self

from custom_components.reengen.api import MOST_DECIMALS, Adaptations, Label, RangeEnd

from .verdicts import Outcome, Verdict

type Value = str | bool | int

_AS_ASSUMED: Final = Adaptations()


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """One adaptation: a field of `Adaptations` and its value, since which check, and from what verdict ("months: next")."""

    name: str
    value: Value
    since: datetime
    verdict: str

    def stored(self) -> dict[str, Any]:
        """Return the adaptation as JSON."""
        return {"name": self.name, "value": self.value, "since": self.since.isoformat(), "verdict": self.verdict}

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> Self:
        """Return the adaptation that was stored."""
        return cls(**{**stored, "since": datetime.fromisoformat(stored["since"])})


def adaptations_of(followed: Iterable[Followed]) -> Adaptations:
    """Return how the client has to read the platform."""
    return Adaptations(**{each.name: type(getattr(_AS_ASSUMED, each.name))(each.value) for each in followed})


def followed_from(
    verdicts: Iterable[Verdict], before: Sequence[Followed], checked_at: datetime
) -> tuple[Followed, ...]:
    """Return what follows from a check; where a probe cannot tell, what followed `before` stays."""
    found = {verdict.probe: verdict for verdict in verdicts}
    known = {each.name: each for each in before}
    for name, (probe, value_of) in _RULES.items():
        verdict = found[probe]
        assumed = getattr(_AS_ASSUMED, name)
        value = assumed if verdict.outcome is Outcome.HOLDS else None
        if verdict.outcome is Outcome.DIFFERS:
            value = value_of(verdict)
        if value == assumed:
            known.pop(name, None)
        elif value is not None and (name not in known or known[name].value != value):
            known[name] = Followed(name=name, value=value, since=checked_at, verdict=f"{probe}: {verdict.what}")
    return tuple(known[name] for name in _RULES if name in known)


def _label(size: str, verdict: Verdict) -> Value | None:
    if verdict.what not in {"end", "last_second"}:
        return None
    return Label.END if verdict.figures[size] else Label.START


_FILLS_WITH_ZEROS: Final = {"zero": True, "zero_ahead": True, "null": False, "null_ahead": False}

# Field of the adaptations: the probe, and the value where it differs; None where that cannot be told from it.
_RULES: Final[Mapping[str, tuple[str, Callable[[Verdict], Value | None]]]] = MappingProxyType(
    {
        "quarter_label": ("labels", partial(_label, "quarters")),
        "hour_label": ("labels", partial(_label, "hours")),
        "day_label": ("labels", partial(_label, "days")),
        "month_label": ("months", lambda verdict: {"last": Label.WITHIN, "next": Label.END}.get(verdict.what)),
        # Without its last second an hour has less, and without a bucket that has not ended nothing.
        "range_end": (
            "range_end",
            lambda verdict: RangeEnd.EXCLUSIVE if verdict.figures["ratio"] else RangeEnd.WHOLE_BUCKETS,
        ),
        "fills_with_zeros": ("future", lambda verdict: _FILLS_WITH_ZEROS.get(verdict.what)),
        "decimals": (
            "decimals",
            lambda verdict: int(verdict.figures["decimals"]) if verdict.what == "fewer" else MOST_DECIMALS,
        ),
        "cuts_decimals": ("decimals", lambda verdict: verdict.what == "truncated"),
    }
)
