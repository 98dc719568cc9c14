"""Readings with their costs: one poll, its coordinator, its sensors, and whether its stamps lie in the future."""

from .clock import ClockCoordinator
from .coordinator import ReadingsCoordinator
from .poll import PollPlan, Readings, Sample, SampleKey, Window
from .power import POWER_FACTOR, POWERS, powers_of
from .sensor import reading_keys, reading_rows
