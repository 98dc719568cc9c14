"""What a platform does otherwise than assumed, and how its requests and rows are read all the same; pure."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Final

from .models import Resolution
from .wire_time import WIRE_STEP, Stamp, floor_wall, wall_instants

# As many as readings and costs are asked for.
MOST_DECIMALS: Final = 6

_LAST_SECOND: Final = 59


class Label(StrEnum):
    """What a bucket is named by: its start; its end, or its last second; or any time in it."""

    START = "start"
    END = "end"
    WITHIN = "within"


class RangeEnd(StrEnum):
    """What the platform makes of the end of a range.

    Its last second is in the range; or is not; or GetData leaves out a bucket that has not ended at that second.
    """

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"
    WHOLE_BUCKETS = "whole_buckets"


@dataclass(frozen=True, kw_only=True, slots=True)
class Adaptations:
    """How a platform is read that differs from what is assumed; by default one that does not.

    `decimals` are those that values have at most, and `cuts_decimals` tells that they are cut off, not rounded. With
    `fills_with_zeros` a bucket that the platform has no readings of yet is zero.
    """

    quarter_label: Label = Label.START
    hour_label: Label = Label.START
    day_label: Label = Label.START
    month_label: Label = Label.START
    range_end: RangeEnd = RangeEnd.INCLUSIVE
    fills_with_zeros: bool = False
    decimals: int = MOST_DECIMALS
    cuts_decimals: bool = False

    @property
    def value_tolerance(self) -> float:
        """Return by how much a value may differ from what it was before its decimals were rounded or cut."""
        return 10.0**-self.decimals * (1 if self.cuts_decimals else 1 / 2)

    def ends_exclusively(self, resolution: Resolution | None) -> bool:
        """Return whether the end of a range is sent as it is, not as the last second before it; None is no resolution."""
        if self.range_end is RangeEnd.WHOLE_BUCKETS:
            return resolution is not None
        return self.range_end is RangeEnd.EXCLUSIVE

    def start_stamp(self, label: Stamp, resolution: Resolution, zone: tzinfo) -> Stamp | None:
        """Return the stamp of the start of the bucket that has this label, None beyond the calendar.

        A label off the boundaries stays as it is.
        """
        try:
            wall = self._start(label.wall, resolution)
            return label if wall == label.wall else Stamp(wall, wall_instants(wall, zone))
        except OverflowError:
            return None

    def _start(self, wall: datetime, resolution: Resolution) -> datetime:
        kind = self._label(resolution)
        if kind is Label.WITHIN:
            return floor_wall(wall, resolution)
        if kind is Label.START:
            return wall
        end = (wall + WIRE_STEP).replace(microsecond=0) if wall.second == _LAST_SECOND else wall
        return floor_wall(end - WIRE_STEP, resolution) if floor_wall(end, resolution) == end else wall

    def _label(self, resolution: Resolution) -> Label:
        return {
            Resolution.FIFTEEN_MINUTES: self.quarter_label,
            Resolution.HOUR: self.hour_label,
            Resolution.DAY: self.day_label,
            Resolution.MONTH: self.month_label,
        }.get(resolution, Label.START)


AS_ASSUMED: Final = Adaptations()
