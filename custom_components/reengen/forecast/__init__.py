"""What the month will come to and what a site draws at least, worked out from the stored hours."""

from .coordinator import COST_KEY, ENERGY_KEY, ForecastCoordinator
from .entity import ReengenForecast, forecast_keys, forecast_rows
