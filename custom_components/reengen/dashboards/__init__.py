"""The Energy dashboard, and the dashboard of the points."""

from .action import async_handle_add_to_energy_dashboard, async_handle_create_dashboard
from .day_curve import async_serve_day_curve
from .energy import async_count_once
from .energy_filler import EnergyDashboardFiller
from .side_bar import async_show_dashboard
