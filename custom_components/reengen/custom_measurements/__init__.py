"""Measurements of the user's own."""

from .options_steps import CustomMeasurementFlow
