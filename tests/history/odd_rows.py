"""Rows of the simulated platform that cannot be used, for as long as a test wants."""

from collections.abc import Callable, Iterable
import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from simulator import Simulator
from tests import oracle

type Row = list[Any]


type Way = Callable[[Row], list[Row]]

# What is named, as it cannot be used.
ODD_WAYS: Final[tuple[Way, ...]] = (
    lambda row: [[*row[:-1], "-"]],
    lambda row: [[*row[:-1], orjson.Fragment("1e400")]],
    lambda row: [[*row[:-1], 1e308]],
    lambda row: [row, [*row[:-1], row[-1] + 1]],
    lambda row: [["noon", *row[1:]]],
)


def lacking(_row: Row) -> list[Row]:
    """Leave a row out."""
    return []


WAYS: Final[tuple[Way, ...]] = (*ODD_WAYS, lacking)

# What a row tells of, and how its label begins; a cost has no label.
BUCKETS: Final = (("hour", "%Y-%m-%dT%H"), ("day", "%Y-%m-%dT00"), ("month", "%Y-%m-01T00"), (None, ""))

_ISTANBUL: Final = ZoneInfo("Europe/Istanbul")


@dataclass(frozen=True, kw_only=True)
class Odd:
    """A row of one point that is odd in one way."""

    point: str
    point_id: int
    hour: datetime
    bucket: int
    way: int

    @property
    def hides_energy(self) -> bool:
        """Return whether nothing tells of the energy of its bucket any more."""
        of_bucket, _ = BUCKETS[self.bucket]
        return of_bucket == "hour" or (of_bucket is not None and WAYS[self.way] is lacking)

    @property
    def label(self) -> str:
        """Return how the label of the row begins."""
        return self.label_of(self.hour.timestamp())

    def label_of(self, instant: float) -> str:
        """Return how the label of such a row begins that tells of an instant."""
        return datetime.fromtimestamp(instant, _ISTANBUL).strftime(BUCKETS[self.bucket][1])


class OddRows:
    """Changes the responses of the platform."""

    def __init__(self, simulator: Simulator) -> None:
        self.odd: list[Odd] = []
        self._simulator = simulator
        self._answer = simulator.platform.answer

    def add(self, point: str, hour: datetime, number: int) -> None:
        """Let the row that tells of an hour of a point be odd; the number says how, and in which buckets."""
        bucket, way = divmod(number, len(WAYS))
        # Looked up here: responses are made in other threads, which must not share the database.
        point_id = oracle.point_id(self._simulator, point)
        self.odd.append(Odd(point=point, point_id=point_id, hour=hour, bucket=bucket, way=way))

    def touches(self, point: str) -> bool:
        """Return whether any row of a point is odd."""
        return any(each.point == point for each in self.odd)

    def unknown(self, point: str, hours: Iterable[int]) -> set[int]:
        """Return those of the hours of a point that nothing tells of: their rows cannot be read, or their total is absent.

        A total that cannot be read is known to be there, so that its hours are read instead.
        """
        told_by = [each for each in self.odd if each.point == point and each.hides_energy]
        return {hour for hour in hours for each in told_by if each.label == each.label_of(hour)}

    def answer(self, body: Any, *args: Any) -> Any:
        """Answer as the platform does, but for the odd rows."""
        reply = self._answer(body, *args)
        if not self.odd or body["$"] != "GetData" or reply.payload is None or not reply.payload.get("succeeded"):
            return reply
        payload = copy.deepcopy(reply.payload)
        data = payload["properties"].get("data") or {}
        for key in data:
            for odd in self.odd:
                data[key] = self._changed(data[key], odd, body["properties"].get("resolution"))
        return replace(reply, payload=payload)

    def _changed(self, rows: Any, odd: Odd, resolution: str | None) -> list[Row]:
        if BUCKETS[odd.bucket][0] != resolution:
            return [list(row) for row in rows or ()]
        return [
            changed
            for row in map(list, rows or ())
            for changed in (
                WAYS[odd.way](row)
                if row[-2] == odd.point_id and str(row[0]).startswith(odd.label) and not isinstance(row[-1], str)
                else [row]
            )
        ]
