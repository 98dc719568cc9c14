"""ReengenClient: one short method for each method of the API.

CONTRACT, to be implemented. All instants are aware; ranges are half-open [start, end).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any

import aiohttp

from .models import (
    Command, CostAnswer, CostSeries, DataValue, DataValueChange, ImportRow, MeasurementAnswer, MeasurementSeries,
    RawReading, RequestType, Resolution,
)
from .point_tree import PointTree


class ReengenClient:
    def __init__(
        self, session: aiohttp.ClientSession, *, url: str, tenant: str, username: str, password: str,
        time_zone: tzinfo, retry: "RetryPolicy | None" = None,   # api/retry.py; deadline, attempts, clock, sleep, random injected
    ) -> None: ...
        # raises ReengenRequestError for a url that is no http(s) url, or tenant with CR/LF or non-ASCII (header values, A7)

    counters: "RequestCounters"   # api/session.py or transport.py: frozen-ish plain values: requests by method, logins, rows answered, last_error text

    async def authenticate(self) -> None: ...
    async def get_point_hierarchy(self) -> PointTree: ...
    async def get_data(
        self, series: Sequence[MeasurementSeries], *, points: Sequence[str] | None, start: datetime, end: datetime,
        resolution: Resolution, by_point: bool = True,
    ) -> MeasurementAnswer: ...
        # splits by ROW_BUDGET (10 000 expected rows) over points, then over time on bucket edges; merges; one request where it fits
    async def get_cost(
        self, series: Sequence[CostSeries], *, points: Sequence[str] | None, start: datetime, end: datetime, by_point: bool = True,
    ) -> CostAnswer: ...
    async def list_data(
        self, *, points: Sequence[str] | Sequence[int], definitions: Sequence[str], variants: Sequence[str],
        start: datetime, end: datetime, request_type: RequestType = RequestType.CODE, types: Sequence[str] = ("actual",),
    ) -> tuple[RawReading, ...]: ...
        # rowCount != len(data): halve the window and ask again, down to a bound, else ReengenAnswerError (A39)
    async def import_data(self, rows: Sequence[ImportRow]) -> None: ...
    async def get_dc_data(self, *, points: Sequence[str], type: str, tenant: str | None = None) -> tuple[DataValue, ...]: ...
    async def manage_dc_data(self, changes: Sequence[DataValueChange], *, tenant: str | None = None) -> tuple[DataValue, ...]: ...
    async def list_available_commands(self, point: str | int) -> tuple[Command, ...]: ...
    async def execute_command(self, point: str | int, command: Command, parameter: Any = None) -> None: ...
        # checks the parameter against the command (A51), raises ReengenRequestError; sends; never repeated after it may have left
