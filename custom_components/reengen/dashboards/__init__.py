"""The Energy dashboard, and the dashboard of the points."""

from .action import async_handle_create_dashboard
from .energy import EnergyDashboardOnce, async_count_once
from .energy_action import async_handle_add_to_energy_dashboard
