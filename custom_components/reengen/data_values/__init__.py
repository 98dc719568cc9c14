"""Values of the Data Science table."""

from .coordinator import DataValuesCoordinator
from .entity import (
    ReengenDataValueNumber,
    ReengenDataValueSensor,
    ReengenDataValueText,
    async_add_data_values,
    async_remove_changed,
)
from .subentry_flow import DataValueFlow
