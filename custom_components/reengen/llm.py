"""Tools for Assist and language models: what points used, and whose data is late.

They read what Home Assistant has and ask the platform for nothing. A point is known to an assistant where any of its
entities is exposed to that assistant. Names, texts and results are English, as those of Home Assistant's own tools.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, override

from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.components.llm import LLMTools
from homeassistant.components.recorder.statistics import StatisticsRow, statistics_during_period
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, device_registry as dr, entity_registry as er
from homeassistant.helpers.llm import LLM_API_ASSIST, LLMContext, Tool, ToolAnnotations, ToolInput, ToolResult
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from .api import Point
from .const import DOMAIN
from .demand import MonthDemand
from .history import HistorySeries
from .points import point_identifier
from .reactive import ACTIVE_KEY, SIDES
from .runtime import ReengenConfigEntry

_DAY: Final = timedelta(days=1)

# How many decimals a figure has that is read aloud.
_DECIMALS: Final = 3


type ExposedPoint = tuple[ReengenConfigEntry, Point]
"""A chosen point of a loaded account, of which the assistant may know."""


def exposed_points(hass: HomeAssistant, assistant: str) -> dict[str, ExposedPoint]:
    """Return the exposed points by name; where several bear a name, each with its code behind it."""
    found = list(_exposed(hass, assistant))
    names = Counter(point.name for _, point in found)
    return {
        point.name if names[point.name] == 1 else f"{point.name} ({point.code})": (entry, point)
        for entry, point in found
    }


def _exposed(hass: HomeAssistant, assistant: str) -> Iterator[ExposedPoint]:
    devices, entities = dr.async_get(hass), er.async_get(hass)
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        for point in entry.runtime_data.points.data.chosen:
            device = devices.async_get_device_by_identifier(point_identifier(entry, point.id), entry.entry_id)
            own = er.async_entries_for_device(entities, device.id) if device is not None else []
            if any(async_should_expose(hass, assistant, entity.entity_id) for entity in own):
                yield entry, point


def _days(today: date) -> Mapping[str, tuple[date, date]]:
    """Return the first day of each named period, and the day after its last."""
    monday, first = today - today.weekday() * _DAY, today.replace(day=1)
    return {
        "today": (today, today + _DAY),
        "yesterday": (today - _DAY, today),
        "this_week": (monday, monday + 7 * _DAY),
        "last_week": (monday - 7 * _DAY, monday),
        "this_month": (first, (first + 31 * _DAY).replace(day=1)),
        "last_month": ((first - _DAY).replace(day=1), first),
    }


def _period(arguments: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime]:
    """Return the start and the end of the period that is asked for, in the time zone of `now`."""
    first, after = _days(now.date())[arguments["period"]]
    if "start_date" in arguments:
        first = arguments["start_date"]
        after = arguments.get("end_date", first) + _DAY
    start, end = (datetime.combine(day, datetime.min.time(), now.tzinfo) for day in (first, after))
    return start, end


_WHEN: Final = {
    vol.Optional("period", default="today"): vol.In(list(_days(date(2000, 1, 1)))),
    vol.Optional("start_date", description="First day, in place of period (YYYY-MM-DD)"): cv.date,
    vol.Optional("end_date", description="Last day, which counts; without it the first day alone"): cv.date,
}


class _PointTool(Tool):
    """A tool that knows the exposed points by name."""

    annotations = ToolAnnotations(read_only=True, destructive=False, idempotent=True, open_world=False)
    integration = DOMAIN

    def __init__(self, points: Mapping[str, ExposedPoint]) -> None:
        """Keep the points, in the order of the platform's tree."""
        self.points = points


class GetUsageTool(_PointTool):
    """Tell energy, costs, the highest demand and hour, and the reactive share of a point in a period."""

    name = "reengen__get_usage"
    title = "Get usage of a metering point"
    description = (
        "Get what a metering point used in a period: energy, costs, the hour with the highest mean power, "
        "and reactive energy in percent of active energy. Of this and last month also the highest demand where it is "
        "known: the highest mean power of a quarter hour, as a supplier bills it. "
        "Hours that the platform has not reported yet are not in it: see until and missing_hours."
    )

    @override
    def __init__(self, points: Mapping[str, ExposedPoint]) -> None:
        super().__init__(points)
        self.parameters = vol.Schema({vol.Required("point"): vol.In(list(points)), **_WHEN})

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult | JsonObjectType:
        arguments = self.parameters(tool_input.tool_args)
        entry, point = self.points[arguments["point"]]
        data = entry.runtime_data
        if data.history is None:
            return ToolResult(
                data={"error": "Home Assistant runs without the recorder, which keeps the hours"}, error=True
            )
        zone = await dt_util.async_get_time_zone(data.options.time_zone)
        start, end = _period(arguments, dt_util.now(zone))
        if end <= start:
            return ToolResult(data={"error": "The last day is before the first"}, error=True)
        series = [one for one in await data.history.async_series() if one.point_id == point.id and one.has_sum]
        ids = {one.statistic_id for one in series}
        rows = await get_instance(hass).async_add_executor_job(
            statistics_during_period, hass, start, end, ids, "hour", None, {"change"}
        )
        return {
            "point": arguments["point"],
            "start": start.isoformat(),
            "end": end.isoformat(),
            **_usage(series, rows, start, min(end, dt_util.now(zone))),
            **_demand(data.demand.of_month(point.id, start, end), start),
        }


def _demand(month: MonthDemand | None, start: datetime) -> JsonObjectType:
    """Return the highest demand of a month where it is known."""
    if month is None:
        return {}
    return {
        "highest_demand": {
            "demand_kw": round(month.kilowatts, _DECIMALS),
            "start": month.at.astimezone(start.tzinfo).isoformat(),
            "minutes": month.length // timedelta(minutes=1),
            "unknown_quarter_hours": month.unknown_quarter_hours,
        }
    }


def _usage(
    series: Sequence[HistorySeries], rows: Mapping[str, Sequence[StatisticsRow]], start: datetime, now: datetime
) -> JsonObjectType:
    """Return the figures of a period whose hours of each series are given; `now` is its end, or the present in it."""
    hours = {
        one: {
            row["start"]: change for row in rows.get(one.statistic_id, ()) if (change := row.get("change")) is not None
        }
        for one in series
    }
    of_key = {one.key: found for one, found in hours.items() if found}
    return {
        "usage": [_amount(one, found, start, now) for one, found in hours.items() if one.cost_group is None],
        "costs": [_amount(one, found, start, now) for one, found in hours.items() if one.cost_group is not None],
        "highest_hour": _highest(of_key.get(ACTIVE_KEY, {}), start),
        "reactive_percent_of_active": {
            side.key: ratio for side in SIDES if (ratio := _ratio(of_key, side.source_keys)) is not None
        },
    }


def _amount(one: HistorySeries, hours: Mapping[float, float], start: datetime, now: datetime) -> JsonObjectType:
    until = datetime.fromtimestamp(max(hours), start.tzinfo) + timedelta(hours=1) if hours else start
    # As many hours have passed, whatever the clock showed.
    passed = int(now.timestamp() - start.timestamp()) // 3600
    return {
        "what": one.name,
        "amount": round(sum(hours.values()), _DECIMALS) if hours else None,
        "unit": one.unit,
        "until": until.isoformat() if hours else None,
        "missing_hours": max(0, passed - len(hours)),
    }


def _highest(hours: Mapping[float, float], start: datetime) -> JsonObjectType | None:
    if not hours:
        return None
    begin = max(hours, key=hours.__getitem__)
    return {
        "mean_power_kw": round(hours[begin], _DECIMALS),
        "start": datetime.fromtimestamp(begin, start.tzinfo).isoformat(),
    }


def _ratio(of_key: Mapping[str, Mapping[float, float]], source_keys: Iterable[str]) -> float | None:
    """Return reactive energy in percent of active energy, over the hours that have both."""
    active = of_key.get(ACTIVE_KEY, {})
    reactive: Mapping[float, float] = next((of_key[key] for key in source_keys if key in of_key), {})
    both = active.keys() & reactive.keys()
    drawn = sum(active[hour] for hour in both)
    return round(100 * sum(reactive[hour] for hour in both) / drawn, _DECIMALS) if drawn > 0 else None


class GetLateTool(_PointTool):
    """Tell which exposed points have less data than usual."""

    name = "reengen__get_late_points"
    title = "Get metering points with late data"
    description = "Get the metering points whose data is later than usual, and when their newest data ends."

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult | JsonObjectType:
        late: list[Any] = []
        for name, (entry, point) in self.points.items():
            found = entry.runtime_data.freshness.data.get(point.id)
            if found is not None and found.is_late:
                newest = None if found.last_data is None else dt_util.as_local(found.last_data).isoformat()
                late.append({"point": name, "newest_data": newest})
        return {"late": late, "points": len(self.points)}


@callback
def async_get_tools(hass: HomeAssistant, llm_context: LLMContext, api_id: str) -> LLMTools | None:
    """Return the tools where a point is exposed to the assistant; None for another API than Assist's."""
    if api_id != LLM_API_ASSIST:
        return None
    points = exposed_points(hass, llm_context.assistant)
    return LLMTools(tools=[GetUsageTool(points), GetLateTool(points)]) if points else None
