"""The table of probes: evidence in, verdicts out."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from . import probes_of_time as time, probes_of_values as values
from .evidence import Evidence
from .frame import Frame
from .verdicts import Verdict, unknown

PROBES: Final[Mapping[str, Callable[[Frame], Verdict]]] = MappingProxyType(
    {
        "registers": time.registers,
        "units": values.units,
        "labels": time.labels,
        "range_end": time.range_end,
        "sums": time.sums,
        "months": time.months,
        "phase_power": values.phase_power,
        "indices": values.indices,
        "future": time.future,
        "parents": values.parents,
        "costs": values.costs,
        "decimals": values.decimals,
        "connection_id": values.connection_id,
        "clock": time.clock,
        "generated": values.generated,
    }
)


def verdicts_of(evidence: Evidence | None) -> tuple[Verdict, ...]:
    """Return the verdict of each probe; without evidence no point is chosen."""
    if evidence is None:
        return tuple(unknown("no_points").named(name) for name in PROBES)
    frame = Frame(evidence)
    return tuple(probe(frame).named(name) for name, probe in PROBES.items())
