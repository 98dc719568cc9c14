"""Remote commands: which there are, their entities, and whether they had effect."""

from .action import async_check_control, async_run_command
from .confirmation_step import ConfirmationSteps
from .coordinator import CommandsCoordinator
from .entity import ReengenButton, ReengenNumber, ReengenSelect, ReengenSwitch, ReengenText, async_add_command_entities
from .event import async_add_command_events
from .kinds import platform_of
from .limits_step import NumberLimitSteps
from .reread import ReengenRereadButton
