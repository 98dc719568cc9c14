"""A response of ten thousand rows as the client decodes it, beside the JSON parser alone on the same bytes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
import gc
import time
from typing import Any, Final

import orjson

from custom_components.reengen.api import Resolution
from custom_components.reengen.api.data_series import QueryContext
from custom_components.reengen.api.envelope import parse_envelope
from custom_components.reengen.api.json_values import garbage_collection_waits
from custom_components.reengen.api.series_responses import measurements

from .table import Row

_START: Final = datetime(2024, 1, 1, tzinfo=UTC)
_POINTS: Final = 40
_HOURS: Final = 250

# As many responses as an import of 500 000 hours takes.
_RESPONSES: Final = 50


def decoding_rows() -> list[Row]:
    """Measure the fastest of many runs, both in turn, and the garbage collections of as many responses."""
    body = _body()
    query = QueryContext(
        series_count=1, start=_START, end=_START + timedelta(hours=_HOURS), zone=UTC, resolution=Resolution.HOUR
    )
    collections: list[int] = []

    @garbage_collection_waits()
    def decode(query: QueryContext = query) -> object:
        return measurements(parse_envelope(body, "GetData"), query)

    def noted(phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            collections.append(info["generation"])

    gc.collect()
    gc.callbacks.append(noted)
    try:
        decoded = [_seconds(decode) for _ in range(_RESPONSES)]
    finally:
        gc.callbacks.remove(noted)
    alone = [_seconds(partial(orjson.loads, body)) for _ in range(_RESPONSES)]
    # Of another range each time, so that no label is known from the response before.
    first = [
        _seconds(partial(decode, replace(query, start=_START - timedelta(hours=number))))
        for number in range(1, _RESPONSES)
    ]
    rows = _POINTS * _HOURS
    return [
        Row(
            what=f"{rows} rows decoded into columns, against the JSON parser alone",
            measured=min(decoded) / min(alone),
            unit="x",
            at_most=2,
            detail=f"{min(decoded) * 1000:.1f} ms against {min(alone) * 1000:.1f} ms, the fastest of {_RESPONSES} each; "
            f"{min(first) * 1000:.1f} ms for the first response of a range",
            is_timing=True,
        ),
        Row(
            what=f"full garbage collections while {rows * _RESPONSES} rows are decoded",
            measured=collections.count(2),
            unit="",
            at_most=1,
        ),
    ]


def _body() -> bytes:
    stamps = [(_START + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%S") for hour in range(_HOURS)]
    rows = [[stamp, point, hour + point / 8] for hour, stamp in enumerate(stamps) for point in range(1, _POINTS + 1)]
    return orjson.dumps({"succeeded": True, "message": None, "properties": {"data": {"0": rows}}})


def _seconds(work: Callable[[], object]) -> float:
    """Return what the processor works, whatever else the machine does."""
    began = time.thread_time()
    work()
    return time.thread_time() - began
