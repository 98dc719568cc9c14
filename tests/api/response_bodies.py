"""What the tests of responses share: bodies as the platform sends them, and what was asked."""

from collections.abc import Iterable
from datetime import datetime
import json
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.reengen.api import series_responses
from custom_components.reengen.api.data_series import QueryContext
from custom_components.reengen.api.envelope import Envelope, parse_envelope
from custom_components.reengen.api.models import MeasurementResponse, Resolution
from custom_components.reengen.api.oddities import Oddity, OddityKind
from custom_components.reengen.api.reading_series import ReadingSeries

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2024, 5, 1, tzinfo=BERLIN)
END = datetime(2024, 5, 3, tzinfo=BERLIN)
FIRST, SECOND = "2024-05-01T00:00:00", "2024-05-02T00:00:00"


def body(properties: object = None, **members: object) -> bytes:
    return json.dumps({"properties": properties, "succeeded": True, "message": None} | members).encode()


def envelope(properties: object, method: str = "GetData") -> Envelope:
    return parse_envelope(body(properties), method)


def context(**changes: Any) -> QueryContext:
    asked: dict[str, Any] = {"series_count": 1, "start": START, "end": END, "zone": BERLIN}
    return QueryContext(**asked | {"resolution": Resolution.DAY} | changes)


def named(oddities: Iterable[Oddity]) -> list[tuple[OddityKind, str]]:
    return [(oddity.kind, oddity.where) for oddity in oddities]


def measured(rows: object, **changes: Any) -> MeasurementResponse:
    return series_responses.measurements(envelope({"data": {"0": rows}}), context(**changes))


def readings(response: MeasurementResponse) -> ReadingSeries:
    (series,) = response.series
    assert series is not None
    return series
