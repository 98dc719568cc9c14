"""A Reengen platform for development, demo and tests: the nine methods over a made-up world in SQLite."""

from simulator.clock import Clock
from simulator.faults import FAULTS
from simulator.options import WorldOptions
from simulator.profile import Profile
from simulator.records import ExecutionRecord, RequestRecord, WriteRecord
from simulator.server import Simulator

__all__ = [
    "FAULTS",
    "Clock",
    "ExecutionRecord",
    "Profile",
    "RequestRecord",
    "Simulator",
    "WorldOptions",
    "WriteRecord",
]
