"""Wrong responses: changes of a right one, of its bytes or of its payload."""

from collections.abc import Callable
import copy
from typing import Any, Final

import orjson

type Payload = dict[str, Any]

UNKNOWN_ID: Final = 999_999_999


def _rows(payload: Payload) -> list[Any]:
    """Return the first rows of a response, empty where it has none."""
    properties = payload.get("properties")
    data = properties.get("data") if isinstance(properties, dict) else None
    if isinstance(data, dict):
        data = next((rows for rows in data.values() if rows), None)
    return data if isinstance(data, list) else []


def _series(payload: Payload) -> Payload:
    """Return the response's object of series, a lone one where it has none."""
    data = payload.get("properties", {}).get("data")
    return data if isinstance(data, dict) else {}


def _with_value(payload: Payload, value: Any) -> Payload:
    rows = _rows(payload)
    if rows and isinstance(rows[0], dict):
        rows[0]["value"] = value
    elif rows:
        rows[0][-1] = value
    return payload


def _without_data(payload: Payload) -> Payload:
    payload.get("properties", {}).pop("data", None)
    return payload


def _null_series(payload: Payload) -> Payload:
    series = _series(payload)
    for key in list(series)[:1]:
        series[key] = None
    return payload


def _missing_series_key(payload: Payload) -> Payload:
    series = _series(payload)
    if series:
        series.popitem()
    return payload


def _extra_series_key(payload: Payload) -> Payload:
    series = _series(payload)
    series[str(len(series))] = []
    return payload


def _row_count_mismatch(payload: Payload) -> Payload:
    payload.get("properties", {})["rowCount"] = len(_rows(payload)) + 1
    return payload


def _duplicate_row(payload: Payload) -> Payload:
    rows = _rows(payload)
    rows[1:1] = copy.deepcopy(rows[:1])
    return payload


def _unknown_point_id(payload: Payload) -> Payload:
    rows = _rows(payload)
    if rows and isinstance(rows[0], dict):
        rows[0].update({key: UNKNOWN_ID for key in ("point.id",) if key in rows[0]})
        rows[0].update({key: f"unknown{UNKNOWN_ID}" for key in ("point.code", "point") if key in rows[0]})
    elif rows:
        rows[0] = [UNKNOWN_ID if isinstance(cell, int) else cell for cell in rows[0]]
    return payload


def _wrong_row_shape(payload: Payload) -> Payload:
    rows = _rows(payload)
    if rows and isinstance(rows[0], dict):
        rows[0] = list(rows[0].values())
    elif rows:
        rows[0] = [*rows[0], "unexpected"]
    return payload


def _echo_clamped(payload: Payload) -> Payload:
    """Answer only the first day of the range, and say so in the echo."""
    properties = payload.get("properties", {})
    first_day = str(properties.get("start", ""))[:10]
    properties["end"] = f"{first_day}T23:59:59"
    for key, rows in _series(payload).items():
        kept = [row for row in rows or [] if not isinstance(row[0], str) or row[0] <= properties["end"]]
        properties["data"][key] = kept
    return payload


def _changed(change: Callable[[Payload], Any]) -> Callable[[Payload], Any]:
    """Return the change of a copy, so that the response as remembered stays right."""
    return lambda payload: change(copy.deepcopy(payload))


def _without(key: str) -> Callable[[Payload], Payload]:
    return lambda payload: {name: value for name, value in payload.items() if name != key}


_PAYLOAD_CHANGES: Final[dict[str, tuple[Callable[[Payload], Any], str]]] = {
    "top_level_array": (lambda payload: [payload], "The response stands inside an array."),
    "properties_missing": (_without("properties"), "The response has no `properties`."),
    "properties_null": (lambda payload: {**payload, "properties": None}, "`properties` is null."),
    "data_missing": (_without_data, "`properties` has no `data`."),
    "succeeded_string": (
        lambda payload: {**payload, "succeeded": str(payload["succeeded"]).lower()},
        "`succeeded` is a text.",
    ),
    "succeeded_missing": (_without("succeeded"), "The response has no `succeeded`."),
    "message_on_success": (
        lambda payload: {**payload, "message": "Some points have no recent data"},
        "`message` has a text although all went well.",
    ),
    "extra_keys": (
        lambda payload: {**payload, "warnings": [], "version": 2, "statistics": {"elapsed": 12}},
        "Keys that no document names, and filled statistics.",
    ),
    "null_series": (_null_series, "The first series of GetData is null."),
    "missing_series_key": (_missing_series_key, "The last series of GetData is missing."),
    "extra_series_key": (_extra_series_key, "GetData answers one series more than was asked."),
    "row_count_mismatch": (_row_count_mismatch, "`rowCount` is one more than the rows of ListDataEx."),
    "nan_value": (
        lambda payload: _with_value(payload, orjson.Fragment(b"NaN")),
        "The first value is the bare word NaN, which is not JSON.",
    ),
    "text_value": (lambda payload: _with_value(payload, "n/a"), "The first value is a text that is no number."),
    "duplicate_row": (_duplicate_row, "The first row comes twice."),
    "unknown_point_id": (_unknown_point_id, "The first row belongs to a point that the hierarchy does not have."),
    "wrong_row_shape": (_wrong_row_shape, "The first row has another shape than the others."),
    "echo_clamped": (_echo_clamped, "GetData answers the first day only, and its `end` says so."),
}
PAYLOAD_CHANGES: Final = {name: (_changed(change), text) for name, (change, text) in _PAYLOAD_CHANGES.items()}

# name: change of the bytes, description, content type
BODY_CHANGES: Final[dict[str, tuple[Callable[[bytes], bytes], str, str]]] = {
    "truncated_json": (
        lambda body: body[: len(body) * 2 // 3],
        "The response ends in the middle, with a length that agrees.",
        "application/json",
    ),
    "bom": (lambda body: b"\xef\xbb\xbf" + body, "A byte order mark before valid JSON.", "application/json"),
    "html_content_type": (lambda body: body, "Valid JSON that calls itself text/html.", "text/html"),
}
