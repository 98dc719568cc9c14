"""Switches for everything on which the API document is silent."""

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args


@dataclass(kw_only=True)
class Profile:
    """How this platform behaves where the document leaves it open; may be changed at any time.

    The meaning of each switch stands in `docs/simulator.md`.
    """

    session_refusal: Literal["200-false", "401-json", "403-html"] = "200-false"
    wrong_credentials: Literal["200-false", "401-json"] = "200-false"
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
    empty_buckets: Literal["omit", "null", "zero"] = "omit"
    week_label: Literal["monday", "sunday", "start"] = "monday"
    cost_resolution: Literal["dated", "ignored"] = "dated"
    unordered: bool = False
    longest_range_days: float | None = None
    row_cap: int | None = None
    row_count: Literal["returned", "total"] = "returned"
    import_existing: Literal["error", "overwrite", "duplicate"] = "error"
    import_atomic: bool = True

    def change(self, wanted: dict[str, Any]) -> None:
        """Set switches by name; raises ValueError for an unknown name or a value outside a closed set."""
        annotations = {field.name: field.type for field in fields(self)}
        for name, value in wanted.items():
            if name not in annotations:
                raise ValueError(f"unknown switch {name!r}")
            allowed = _closed_set(annotations[name])
            if allowed and value not in allowed:
                raise ValueError(f"{name} takes one of {', '.join(map(str, allowed))}")
        for name, value in wanted.items():
            setattr(self, name, value)


def _closed_set(annotation: Any) -> tuple[Any, ...]:
    if annotation is bool:
        return (True, False)
    choices = get_args(annotation)
    return choices if choices and all(isinstance(choice, str) for choice in choices) else ()
