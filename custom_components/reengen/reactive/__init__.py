"""Reactive energy against its limits."""

from .balance import ACTIVE_KEY, SIDES, balance, reactive_schema
from .entity import ReengenOverLimit, over_limit_rows, reactive_keys, reactive_sensor_rows
