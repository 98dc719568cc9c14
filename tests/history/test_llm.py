"""What Assist and language models are told of exposed points, and that they are told of no others."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er, llm
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.llm import async_get_tools
from simulator import Simulator, WorldOptions
from tests import oracle
from tests.clocks import PassTime
from tests.oracle import point_id
from tests.registries import entity_id

from .conftest import Imported
from .statistics import HOUR, Statistics

ASSISTANT: Final = "conversation"
SITE, TRAFO_6 = "xFabrikaFabrika", "xFabrikaTrafo6"
ISTANBUL: Final = ZoneInfo("Europe/Istanbul")
DAYS: Final = 40
# Three decimals are told; an hour is stored with six.
TOLERANCE: Final = 0.0006


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin in the month before the last."""
    return WorldOptions(start=now - timedelta(days=DAYS))


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose what is told of: energy, reactive energy on one side, and a cost."""
    return {
        **entry_options,
        "points": [SITE, TRAFO_6],
        "measurements": ["active_energy_import", "reactive_energy_import"],
        "costs": ["active_energy_cost"],
    }


async def account(hass: HomeAssistant, imported: Imported, simulator: Simulator, *codes: str) -> MockConfigEntry:
    """Import the history, and expose the energy of today of some points alone."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "llm", {})
    entry = await imported()
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        async_expose_entity(hass, ASSISTANT, entity.entity_id, should_expose=False)
    for code in codes:
        async_expose_entity(hass, ASSISTANT, energy_today(hass, entry, simulator, code), should_expose=True)
    return entry


def energy_today(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, code: str) -> str:
    found = entity_id(hass, "sensor", entry, point_id(simulator, code), "active_energy_import_today")
    assert found is not None
    return found


async def assist(hass: HomeAssistant) -> llm.APIInstance:
    context = llm.LLMContext(platform="test", context=Context(), language="en", assistant=ASSISTANT, device_id=None)
    return await llm.async_get_api(hass, llm.LLM_API_ASSIST, context)


async def told(hass: HomeAssistant, tool: str, **arguments: Any) -> dict[str, Any]:
    result: Any = await (await assist(hass)).async_call_tool(llm.ToolInput(f"reengen__{tool}", arguments))
    data: dict[str, Any] = getattr(result, "data", result)
    return data


def hours_of(statistics: Statistics, definition: str, first: date, after: date) -> dict[int, float]:
    """Return the platform's hours of Trafo 6 between two midnights in Istanbul, but for those that are not over."""
    start, end = (datetime.combine(day, datetime.min.time(), ISTANBUL) for day in (first, after))
    complete = max(statistics.complete_hours()) + HOUR
    found = statistics.platform_hours(TRAFO_6, definition, "import", start, end)
    return {hour: float(value) for hour, value in found.items() if hour < complete}


async def test_tools_are_there_for_exposed_points_alone(
    hass: HomeAssistant, imported: Imported, simulator: Simulator
) -> None:
    entry = await account(hass, imported, simulator)
    assert [tool.name for tool in (await assist(hass)).tools if tool.integration == "reengen"] == []
    async_expose_entity(hass, ASSISTANT, energy_today(hass, entry, simulator, TRAFO_6), should_expose=True)
    tools = [tool for tool in (await assist(hass)).tools if tool.integration == "reengen"]
    assert [tool.name for tool in tools] == ["reengen__get_usage", "reengen__get_late_points"]
    assert all(tool.annotations.read_only and not tool.annotations.destructive for tool in tools)
    (name,) = tools[0].points  # type: ignore[attr-defined]
    assert name == "Transformer 6"
    another = llm.LLMContext(platform="test", context=None, language="en", assistant=ASSISTANT, device_id=None)
    assert async_get_tools(hass, another, "another API") is None


@pytest.mark.parametrize("period", ["today", "yesterday", "this_week", "last_week", "this_month", "last_month"])
async def test_usage_equals_the_platform(
    hass: HomeAssistant,
    imported: Imported,
    simulator: Simulator,
    statistics: Statistics,
    now: datetime,
    period: str,
) -> None:
    await account(hass, imported, simulator, TRAFO_6)
    today = now.astimezone(ISTANBUL).date()
    monday, month = today - timedelta(days=today.isoweekday() - 1), today.replace(day=1)
    day, week = timedelta(days=1), timedelta(days=7)
    first, after = {
        "today": (today, today + day),
        "yesterday": (today - day, today),
        "this_week": (monday, monday + week),
        "last_week": (monday - week, monday),
        "this_month": (month, date(today.year + today.month // 12, today.month % 12 + 1, 1)),
        "last_month": ((month - day).replace(day=1), month),
    }[period]
    found = await told(hass, "get_usage", point="Transformer 6", period=period)
    active = hours_of(statistics, "activeEnergy", first, after)
    reactive = hours_of(statistics, "reactiveEnergy", first, after)
    amounts = [each["amount"] for each in found["usage"]]
    assert amounts == pytest.approx([sum(active.values()), sum(reactive.values())], abs=TOLERANCE)
    newest = datetime.fromtimestamp(max(active) + HOUR, ISTANBUL)
    assert found["usage"][0]["until"] == newest.isoformat()
    start, end = (datetime.combine(each, datetime.min.time(), ISTANBUL) for each in (first, after))
    passed = (min(end, now) - start) // timedelta(hours=1)
    assert found["usage"][0]["missing_hours"] == passed - len(active)
    highest = max(active, key=active.__getitem__)
    assert found["highest_hour"] == {
        "mean_power_kw": pytest.approx(active[highest], abs=TOLERANCE),
        "start": datetime.fromtimestamp(highest, ISTANBUL).isoformat(),
    }
    percent = 100 * sum(reactive.values()) / sum(active.values())
    assert found["reactive_percent_of_active"] == {"inductive": pytest.approx(percent, abs=TOLERANCE)}
    cost = float(statistics.platform_cost(TRAFO_6, start, newest))
    assert [(each["amount"], each["unit"]) for each in found["costs"]] == [(pytest.approx(cost, abs=0.01), "TRY")]


@pytest.mark.parametrize("period", ["this_month", "last_month"])
async def test_the_highest_demand_of_a_month_is_that_of_a_quarter_hour(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, now: datetime, period: str
) -> None:
    """As it is billed; of a period that is no month, and of a point whose demand is not kept, the hour is told alone."""
    await account(hass, imported, simulator, SITE, TRAFO_6)
    month = datetime.combine(now.astimezone(ISTANBUL).date().replace(day=1), datetime.min.time(), ISTANBUL)
    month_before = (month - timedelta(days=1)).replace(day=1)
    start, end = (month, now) if period == "this_month" else (month_before, month)
    energies = oracle.quarter_energies(simulator, SITE, "activeEnergy", "import", start, end)
    highest, quarter = max(energies.values()), timedelta(minutes=15)
    site = simulator.database.execute("SELECT name FROM point WHERE code = ?", (SITE,)).fetchone()[0]
    found = await told(hass, "get_usage", point=site, period=period)
    began = min(ended for ended, energy in energies.items() if energy == highest) - quarter
    assert found["highest_demand"] == {
        "demand_kw": pytest.approx(float(4 * highest), abs=TOLERANCE),
        "start": began.astimezone(ISTANBUL).isoformat(),
        "minutes": 15,
        "unknown_quarter_hours": (end - start) // quarter - len(energies),
    }
    assert found["highest_demand"]["demand_kw"] > found["highest_hour"]["mean_power_kw"]
    days = {"start_date": start.date().isoformat(), "end_date": (start.date() + timedelta(days=9)).isoformat()}
    assert "highest_demand" not in await told(hass, "get_usage", point=site, **days)
    assert "highest_demand" not in await told(hass, "get_usage", point="Transformer 6", period=period)


async def test_days_are_told_by_their_dates(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, statistics: Statistics, now: datetime
) -> None:
    await account(hass, imported, simulator, TRAFO_6)
    first = now.astimezone(ISTANBUL).date() - timedelta(days=9)
    last = first + timedelta(days=2)
    found = await told(
        hass, "get_usage", point="Transformer 6", start_date=first.isoformat(), end_date=last.isoformat()
    )
    expected = sum(hours_of(statistics, "activeEnergy", first, last + timedelta(days=1)).values())
    assert found["usage"][0]["amount"] == pytest.approx(expected, abs=TOLERANCE)
    one = await told(hass, "get_usage", point="Transformer 6", start_date=first.isoformat())
    expected = sum(hours_of(statistics, "activeEnergy", first, first + timedelta(days=1)).values())
    assert one["usage"][0]["amount"] == pytest.approx(expected, abs=TOLERANCE)
    wrong = await told(
        hass, "get_usage", point="Transformer 6", start_date=last.isoformat(), end_date=first.isoformat()
    )
    assert wrong == {"error": "The last day is before the first"}


async def test_a_time_without_data_has_no_amount(hass: HomeAssistant, imported: Imported, simulator: Simulator) -> None:
    """Nothing is not zero."""
    await account(hass, imported, simulator, TRAFO_6)
    found = await told(hass, "get_usage", point="Transformer 6", start_date="2020-01-01")
    assert [(each["amount"], each["until"], each["missing_hours"]) for each in found["usage"]] == [(None, None, 24)] * 2
    assert (found["highest_hour"], found["reactive_percent_of_active"]) == (None, {})


async def test_without_a_recorder_the_reason_is_told(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await account(hass, imported, simulator, TRAFO_6)
    object.__setattr__(entry.runtime_data, "history", None)
    found = await told(hass, "get_usage", point="Transformer 6")
    assert "without the recorder" in found["error"]


async def test_points_of_one_name_are_told_apart(hass: HomeAssistant, imported: Imported, simulator: Simulator) -> None:
    simulator.rename_point(SITE, "Transformer 6")
    await account(hass, imported, simulator, SITE, TRAFO_6)
    tool = next(tool for tool in (await assist(hass)).tools if tool.name == "reengen__get_usage")
    assert {*tool.points} == {f"Transformer 6 ({SITE})", f"Transformer 6 ({TRAFO_6})"}  # type: ignore[attr-defined]


async def test_late_points_are_named(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, pass_time: PassTime
) -> None:
    """A meter of which nothing is usual yet is late after a day and a half."""
    entry = await account(hass, imported, simulator, SITE, TRAFO_6)
    await pass_time(timedelta(hours=1))
    assert await told(hass, "get_late_points") == {"late": [], "points": 2}
    silent_from = simulator.clock.now()
    simulator.hold_back(TRAFO_6, silent_from, silent_from + timedelta(days=9), silent_from + timedelta(days=9))
    for _ in range(3):
        await pass_time(timedelta(hours=13))
    found = await told(hass, "get_late_points")
    assert [each["point"] for each in found["late"]] == ["Transformer 6"]
    newest = datetime.fromisoformat(found["late"][0]["newest_data"])
    # The hour in which the meter fell silent has its first quarter.
    assert timedelta(0) <= newest - silent_from < timedelta(hours=1)
    assert entry.runtime_data.freshness.data[point_id(simulator, SITE)].is_late is False
