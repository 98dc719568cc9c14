"""Measurements of the user's own."""

from .options_steps import CustomMeasurementFlow
from .proposals import async_stored_utilities
