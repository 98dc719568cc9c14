"""Exact long-term statistics: each hour's energy in its hour, healed whenever the platform changes its mind.

`HistoryImporter(points)` is made for each account and kept as `ReengenRuntimeData.history`, which is None where Home
Assistant runs without a recorder. Nothing is stored beside the database: what is missing there is imported.

Rules that hold everywhere: `state` is the hour's energy and `sum` the running total, so `change` equals `state` on every
row; only complete past hours are written; a missing row, a null and a zero are three different things; a value is
removed only where the total of the day confirms that it is gone; later sums are shifted by one statement.
"""

from .action import async_handle_import_history
from .importer import HistoryImporter
from .ownership import (
    async_keep_prefix,
    async_keep_prefix_elsewhere,
    async_own_statistic_ids,
    async_own_statistics,
    async_remove_statistics,
    prefix_of_new,
    statistics_prefix,
)
from .sensor import ReengenHistoryProgress
from .series import HistorySeries, HistoryUnavailableError, SeriesResult, cost_statistic_id, key_of, statistic_id
from .store import async_clear
