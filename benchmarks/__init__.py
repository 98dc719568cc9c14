"""Measurements of the integration against its stated bars: `script/bench` prints the table."""

from script.lib import pytest_home  # noqa: F401 - the test plugin on newer versions of Home Assistant, before all others
