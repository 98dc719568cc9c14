"""The recorder and the imported account of the history's tests, for what is made of stored hours."""

from tests.history.conftest import (  # noqa: F401 - fixtures
    _rows_are_written_quickly,
    entry_options,
    imported,
    mock_recorder_before_hass,
    recorder_db_url,
    statistics,
)
