"""Readings with their costs: one poll, its coordinator, its sensors, and whether its stamps lie in the future."""

from .clock import ClockCoordinator
from .coordinator import ReadingsCoordinator
from .power import POWER_FACTOR, POWERS, interval_length, mean_power, measured_key, powers_of
from .quarter_hours import energies_by_point
from .samples import PollPlan, Readings, Sample, SampleKey, Window
from .sensor import ReengenReadingSensor, reading_keys, reading_rows
