"""The highest demand of a month, and how it stands to the contracted power."""

from .contract import Contract
from .contract_step import ContractSteps
from .coordinator import DemandCoordinator
from .entity import ReengenContractWarning, ReengenHighestDemand, contract_rows, demand_sensor_rows
from .keys import demand_keys
from .months import MonthDemand
