"""Switches for everything on which the API document is silent."""

from dataclasses import dataclass, fields
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SESSION_MESSAGE: Final = "Session expired, please authenticate again"


@dataclass(kw_only=True)
class Profile:
    """How this platform behaves where the document leaves it open; may be changed at any time.

    The meaning of each switch stands in `docs/simulator.md`.
    """

    session_refusal: Literal["200-false", "401-json", "403-html", "page"] = "200-false"
    session_message: str | None = SESSION_MESSAGE
    session_status: int | None = None
    wrong_credentials: Literal["200-false", "401-json", "500-json"] = "200-false"
    xlang: Literal["strict", "lenient", "dangerous"] = "strict"
    always_expired: bool = False
    session_max_requests: int | None = None
    session_idle_seconds: float | None = None
    session_max_seconds: float | None = None
    lock_out_after: int | None = None
    concurrency_cap: int | None = None
    concurrency_refusal: Literal["429", "503", "200-false"] = "429"
    latency: float = 0.0
    gzip: bool = False
    visible_subtree: str | None = None
    read_only: bool = False
    refused_points: tuple[str, ...] = ()
    unknown_point: Literal["error", "drop", "null"] = "error"
    invalid_series: Literal["error", "null"] = "error"
    empty_series: Literal["null", "list"] = "null"
    empty_buckets: Literal["omit", "null", "zero", "null_ahead", "zero_ahead"] = "omit"
    bucket_label: Literal["start", "end", "last_second"] = "start"
    week_label: Literal["monday", "sunday", "start", "next"] = "monday"
    month_label: Literal["first", "last", "next"] = "first"
    cost_resolution: Literal["dated", "ignored"] = "dated"
    unordered: bool = False
    longest_range_days: float | None = None
    row_cap: int | None = None
    row_count: Literal["returned", "total"] = "returned"
    import_existing: Literal["error", "overwrite", "duplicate"] = "error"
    import_atomic: bool = True
    import_seconds: float = 0.0
    import_value: Literal["difference", "register", "kilo"] = "difference"
    stamp_zone: str | None = None
    raw_stamp_zone: str | None = None
    raw_stamp: Literal["end", "start"] = "end"
    raw_value: Literal["difference", "register"] = "difference"
    range_end: Literal["inclusive", "exclusive", "whole_buckets"] = "inclusive"
    future_end: Literal["allowed", "refused", "clamped"] = "allowed"
    units: Literal["converted", "ignored", "unlisted_ignored", "unlisted_refused"] = "converted"
    decimals: Literal["rounded", "truncated"] = "rounded"
    most_decimals: int | None = None
    phase_power: Literal["each", "total"] = "each"
    indices: Literal["merged", "total_beside", "first", "rows"] = "merged"
    parents: Literal["own", "children", "own_and_children"] = "own"
    generated: Literal["positive", "negative"] = "positive"
    row_ids: Literal["integer", "text"] = "integer"
    cost_tax: Literal["asked", "never", "always"] = "asked"
    standing_charge: float = 0.0
    data_row_cap: int | None = None
    most_rows: int | None = None
    seconds_per_row: float = 0.0
    gateway_seconds: float | None = None

    def zone(self, tenants: ZoneInfo) -> ZoneInfo:
        """Return the zone in which ranges of GetData are read and its labels are written."""
        return tenants if self.stamp_zone is None else ZoneInfo(self.stamp_zone)

    def raw_zone(self, tenants: ZoneInfo) -> ZoneInfo:
        """Return the zone in which ListDataEx and ImportData read and write stamps."""
        return self.zone(tenants) if self.raw_stamp_zone is None else ZoneInfo(self.raw_stamp_zone)

    def change(self, wanted: dict[str, Any]) -> None:
        """Set switches by name; raises ValueError for an unknown name or a value outside a closed set."""
        annotations = {field.name: field.type for field in fields(self)}
        for name, value in wanted.items():
            if name not in annotations:
                raise ValueError(f"unknown switch {name!r}")
            allowed = _closed_set(annotations[name])
            if allowed and value not in allowed:
                raise ValueError(f"{name} takes one of {', '.join(map(str, allowed))}")
            if name in _ZONES and value is not None:
                _check_zone(name, value)
        for name, value in wanted.items():
            setattr(self, name, value)


_ZONES: Final = ("stamp_zone", "raw_stamp_zone")


def _check_zone(name: str, value: str) -> None:
    try:
        ZoneInfo(value)
    except ZoneInfoNotFoundError:
        raise ValueError(f"{name} takes the name of a time zone, not {value!r}") from None


def _closed_set(annotation: Any) -> tuple[Any, ...]:
    if annotation is bool:
        return (True, False)
    choices = get_args(annotation)
    return choices if choices and all(isinstance(choice, str) for choice in choices) else ()
