"""GetData and ListDataEx: what is asked for, of which points, and how the response is arranged."""

from dataclasses import dataclass, replace
import random
from typing import Any, Final
from zoneinfo import ZoneInfo

from simulator.checks import Range, Refused, TooMuch, array, choice, objects, time_range
from simulator.costs import cost_rows
from simulator.measurements import Selection, measurement_rows
from simulator.profile import Profile
from simulator.raw_data import Listing, list_data
from simulator.sessions import Account
from simulator.store import Store
from simulator.wall import LABEL_SWITCHES, RESOLUTIONS, Bucket, buckets, stamp

type Payload = dict[str, Any]
type Rows = list[list[Any]]

# A request for more than a century of quarter hours is a mistake, not a question.
MOST_BUCKETS: Final = 4_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who asks, in which world, and the points they see: code to id, in the order of the hierarchy."""

    account: Account
    store: Store
    visible: dict[str, int]
    may_write: bool


def get_data(caller: Caller, properties: Payload, profile: Profile, now: int) -> Payload:
    """Return `properties` of a response (API document: GetData), of measurements and costs alike."""
    zone = profile.zone(caller.store.zone)
    asked = _asked_range(properties, profile, zone, now)
    series = objects(properties, "series")
    selection = _selection(caller, properties, profile, now)
    spans = _spans(properties, profile, asked, zone)
    data: Payload = {}
    for number, one in enumerate(series):
        rows: Rows | None = None
        try:
            if selection is not None:
                rows = _series_rows(caller, selection, one, asked, spans)
        except Refused:
            if profile.invalid_series == "error":
                raise
        data[str(number)] = _arranged(rows, profile)
    _check_rows(sum(len(rows or ()) for rows in data.values()), profile)
    if profile.data_row_cap is not None:
        data = _capped(data, profile.data_row_cap, profile)
    return {"data": data, "start": asked.start, "end": asked.end}


def list_data_ex(caller: Caller, properties: Payload, profile: Profile, now: int) -> Payload:
    """Return `properties` of a response (API document: ListDataEx)."""
    zone = profile.raw_zone(caller.store.zone)
    asked = _asked_range(properties, profile, zone, now)
    by_code = choice(properties, "requestType", ("code", "id")) == "code"
    wanted = array(properties, "point")
    if by_code:
        known = _known_points(caller.visible, wanted, str, profile) or {}
        points = {point_id: code for code, point_id in known.items()}
    else:
        codes = {point_id: code for code, point_id in caller.visible.items()}
        points = _known_points(codes, wanted, int, profile) or {}
    listing = Listing(asked=asked, now=now, zone=zone, profile=profile)
    rows = list_data(caller.store, points, properties, listing)
    total = len(rows)
    _check_rows(total, profile)
    if profile.unordered:
        random.Random(total).shuffle(rows)
    if profile.row_cap is not None:
        rows = rows[: profile.row_cap]
    return {"data": rows, "rowCount": total if profile.row_count == "total" else len(rows)}


def _asked_range(properties: Payload, profile: Profile, zone: ZoneInfo, now: int) -> Range:
    asked = time_range(properties, zone)
    if profile.range_end == "exclusive":
        asked = replace(asked, last_second=asked.last_second - 1)
    if asked.last_second > now and profile.future_end == "refused":
        raise Refused(f"'end' {asked.end} lies in the future")
    if asked.last_second > now and profile.future_end == "clamped":
        asked = replace(asked, end=stamp(now, zone), last_second=now)
    limit = profile.longest_range_days
    if limit is not None and asked.last_second - asked.first_second >= limit * 86_400:
        raise TooMuch
    return asked


def _spans(properties: Payload, profile: Profile, asked: Range, zone: ZoneInfo) -> list[Bucket] | None:
    """Return the buckets of the asked resolution, None when none is asked for."""
    if properties.get("resolution") is None:
        return None
    resolution = choice(properties, "resolution", RESOLUTIONS)
    if (asked.last_second - asked.first_second) // 900 > MOST_BUCKETS:
        raise Refused("The range is too long")
    label = getattr(profile, LABEL_SWITCHES[resolution])
    spans = buckets(asked.first_second, asked.last_second, resolution, zone, label=label)
    if profile.range_end == "whole_buckets":
        spans = [bucket for bucket in spans if bucket.following <= asked.end]
    return spans


def _series_rows(
    caller: Caller, selection: Selection, series: Payload, asked: Range, spans: list[Bucket] | None
) -> Rows:
    if "calculator" in series:
        return cost_rows(
            caller.store, selection, series, asked, spans if selection.profile.cost_resolution == "dated" else None
        )
    if spans is None:
        raise Refused("'resolution' must be a text")
    return measurement_rows(caller.store, selection, series, spans)


def _selection(caller: Caller, properties: Payload, profile: Profile, now: int) -> Selection | None:
    """Return what is selected; None when an unknown point makes every series null."""
    if properties.get("break") != {"type": "point"}:
        raise Refused('\'break\' must be {"type": "point"}')
    ids = frozenset(caller.visible.values())
    if "point" not in properties:
        raise Refused("'point' must be null or an array of point codes")
    if properties["point"] is not None:
        known = _known_points(caller.visible, array(properties, "point"), str, profile)
        if known is None:
            return None
        ids = frozenset(known.values())
    return Selection(
        point_ids=ids,
        now=now,
        profile=profile,
    )


def _known_points[Key, Value](
    visible: dict[Key, Value], wanted: list[Any], kind: type[Key], profile: Profile
) -> dict[Key, Value] | None:
    """Return the wanted entries of a mapping; the profile says what an unknown one does (None: all is null)."""
    if not all(isinstance(point, kind) and not isinstance(point, bool) for point in wanted):
        raise Refused(f"'point' must be an array of {'codes' if kind is str else 'ids'}")
    refused = [point for point in wanted if point in profile.refused_points]
    if refused:
        raise Refused(f"The data of '{refused[0]}' cannot be read")
    unknown = [point for point in wanted if point not in visible]
    if unknown and profile.unknown_point == "error":
        raise Refused(f"Unknown point '{unknown[0]}'")
    if unknown and profile.unknown_point == "null":
        return None
    return {point: visible[point] for point in wanted if point in visible}


def _arranged(rows: Rows | None, profile: Profile) -> Rows | None:
    if not rows:
        return None if rows is None or profile.empty_series == "null" else []
    if profile.unordered:
        random.Random(len(rows)).shuffle(rows)
    return rows


def _check_rows(count: int, profile: Profile) -> None:
    if profile.most_rows is not None and count > profile.most_rows:
        raise TooMuch


def _capped(data: Payload, cap: int, profile: Profile) -> Payload:
    """Return the first rows of all series together."""
    kept: Payload = {}
    for key, rows in data.items():
        kept[key] = rows and (rows[:cap] or _arranged([], profile))
        cap -= len(kept[key] or ())
    return kept
