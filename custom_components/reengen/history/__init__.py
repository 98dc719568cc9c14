"""Exact long-term statistics: each hour's energy in its hour, healed whenever the platform changes its mind.

What others use is imported below, and described where it is defined. `HistoryImporter(points)` is made for each account
and kept as `ReengenRuntimeData.history`, which is None where Home Assistant runs without a recorder. Nothing is stored beside the database: what is missing there is imported. Its attributes:

- `progress`: percent of the hours of the chosen depth that equal the platform's, 100 only when all are there; None before
  the first run. `last_error` is why the last run was broken off, `paused` the option, `unresolved` the days that still
  differ from the platform after they were read again. `async_add_listener(callback)` tells of every change of these.
- `series`: the `HistorySeries` of the chosen points, measurements and costs; `await async_series()` the same as of now.
- `awaited`: the statistics that have no hour yet and may get one, as the older months or another account bring them; None
  before the newest days are there.
- `kept_elsewhere`: statistic id -> entry id of the account that owns it, where several accounts chose the same point.
- `newest_hours`: statistic id -> start (UTC) of the newest hour that is stored; no key where none is.
- `looked_at`: statistic id -> when the platform was last found to have no newer hours than those, or gave them; an
  instant at which it did not respond is none.
- `completed_at`: when the last run ended that was not broken off, None before; `await async_hours(statistic_ids, start,
  end)` returns what is stored, and is complete from then on. `await async_totals(statistic_ids, start, end)` returns what
  the hours of each statistic add up to where all of them have been imported. `take_changed()` returns from which hour on
  each statistic was written since it was asked last, for the one reader that remembers hours; what another account writes
  is not in it.

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
