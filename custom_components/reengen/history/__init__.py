"""Exact long-term statistics: each hour's energy in its hour, healed whenever the platform changes its mind.

The public face, which is all that others use:

- `HistoryImporter(hass, entry, client, oddities, points)`: one for each account, kept as `ReengenRuntimeData.history`, which is
  None where Home Assistant runs without a recorder. `async_start()` begins in the background, `await async_stop()` ends
  it when the write that is under way is done. Nothing is stored beside the database: what is missing there is imported.
- `importer.progress`: percent of the hours of the chosen depth that equal the platform's, 100 only when all are there;
  None before the first run. `importer.last_error` is why the last run was broken off. `importer.paused` is the option. `importer.async_add_listener(callback)` tells of every change of either, of
  `newest_hours` and of `stubborn`, and returns what takes the listener off.
- `importer.series`: the `HistorySeries` of the chosen points, measurements and costs; each knows its `statistic_id`,
  `point_id`, `key` (of the catalogue), `kind`, `unit` and `name`.
- `await importer.async_series()`: the same, as of now, also where nothing has run yet.
- `importer.kept_elsewhere`: statistic id -> entry id of the account that keeps it, where several accounts chose the same
  point: the one that was added first and is not paused keeps the statistic, the others leave it alone.
- `importer.newest_hours`: statistic id -> start (UTC) of the newest hour that is stored; no key where none is.
- `importer.looked_at`: statistic id -> when the platform was last found to have no newer hours than those, or gave
  them; an instant at which it did not answer is none.
- `importer.stubborn`: the days that still differ from the platform after they were read again, for diagnostics.
- `await importer.async_import(start, end, statistic_ids=None, dry_run=False)` -> {statistic id: `SeriesResult`}: reads the
  hours of [start, end) again and makes the statistics equal to them (`start` None: from the first data on; `end` None:
  until now). It ends consistent, also after an error. Raises ReengenError, HistoryUnavailableError.
- `statistics_prefix(entry)`: what the ids of an account begin with. `prefix_of_new`, `async_keep_prefix` (at each set-up)
  and `async_keep_prefix_elsewhere` (when the address changes) see to it that it is no other account's, and never changes;
  `statistic_id(prefix, point_id, key)` and `cost_statistic_id(prefix, point_id, key, currency)`: the ids, which never
  change, and `key_of(prefix, statistic_id)` the key in one.
- `async_own_statistic_ids(hass, entry)` lists those that exist of an account, chosen or not, `async_own_statistics` tells
  their metadata too; `async_clear(hass, statistic_ids)` removes statistics. `async_remove_statistics(hass, entry)` does
  what the option says when an account is removed.

What the parts do: `series` says which statistics there are, `plan`, `reconcile`, `hours` and `costs` are pure, `store`
holds all input and output of the recorder, `platform` all requests, `apply` brings hours into the store, `descent`
compares months, days and hours, `cost_import` does so for costs, `turns` lets reading and writing overlap, `keepers`
says which account keeps what, `tail` how far back the newest hours are read again, `left_out` what could not be used,
and `importer` drives.

Rules that hold everywhere: `state` is the hour's energy and `sum` the running total, so `change` equals `state` on every
row; only complete past hours are written; a missing row, a null and a zero are three different things; a value is
removed only where the total of the day confirms that it is gone; later sums are shifted by one statement.
"""

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
from .series import (
    HistoryKind,
    HistorySeries,
    HistoryUnavailableError,
    SeriesResult,
    cost_statistic_id,
    key_of,
    statistic_id,
)
from .store import async_clear

__all__ = [
    "HistoryImporter",
    "HistoryKind",
    "HistorySeries",
    "HistoryUnavailableError",
    "SeriesResult",
    "async_clear",
    "async_keep_prefix",
    "async_keep_prefix_elsewhere",
    "async_own_statistic_ids",
    "async_own_statistics",
    "async_remove_statistics",
    "cost_statistic_id",
    "key_of",
    "prefix_of_new",
    "statistic_id",
    "statistics_prefix",
]
