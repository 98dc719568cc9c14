"""What the API document leaves open, checked against the user's own platform: evidence, probes, verdicts."""

from .action import async_handle_check_platform
from .button import ReengenCheckButton
from .checker import Check, PlatformChecker, async_last_check
from .texts import async_summary
