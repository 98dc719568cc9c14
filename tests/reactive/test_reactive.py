"""The reactive energy watch: a month's reactive energy against its limit, from the samples that a poll has anyway."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import re
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.reengen.const import READINGS_INTERVAL
from custom_components.reengen.reactive.balance import Balance, ReactiveSide, balance, month_costs, reactive_schema
from custom_components.reengen.readings import Sample, SampleKey, Window
from simulator import Simulator
from tests import oracle
from tests.conftest import NOW
from tests.history.statistics import Statistics
from tests.odd_platform import refuse
from tests.registries import entity_id, sensor_of, state_of
from tests.repository.paths import ROOT

ISTANBUL = ZoneInfo("Europe/Istanbul")
MONTH_START = datetime(2026, 7, 1, tzinfo=ISTANBUL)
TRAFO_6 = "xFabrikaTrafo6"
# It measures the general definitions and the capacitive energy, but no inductive energy by that name.
ARGE = "xFabrikaArge"
DEPOT = "xFabrikaDepo"
SILENT = "reengenPoint"
ALL_KEYS: Final = {
    "active_energy_import": ("activeEnergy", "import"),
    "inductive_reactive_energy_import": ("inductiveReactiveEnergy", "import"),
    "reactive_energy_import": ("reactiveEnergy", "import"),
    "capacitive_energy_export": ("capacitiveEnergy", "export"),
    "reactive_energy_export": ("reactiveEnergy", "export"),
}
# Side, the definition that says what it is, the general one.
SIDES = [
    pytest.param("inductive", "inductive_reactive_energy_import", "reactive_energy_import", id="inductive"),
    pytest.param("capacitive", "capacitive_energy_export", "reactive_energy_export", id="capacitive"),
]


# What is left is off in a new account, and so is the watch of what stands below another watched point.
pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose every energy that the watch can use, and points that measure all, some and one of them."""
    return entry_options | {"points": [TRAFO_6, ARGE, DEPOT, SILENT], "measurements": list(ALL_KEYS)}


def month(simulator: Simulator, code: str, key: str) -> Decimal:
    return oracle.summed_kilo(simulator, code, *ALL_KEYS[key], MONTH_START, simulator.clock.now())


def ratio(simulator: Simulator, code: str, key: str) -> Decimal:
    return 100 * month(simulator, code, key) / month(simulator, code, "active_energy_import")


def shown(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, code: str, key: str) -> str:
    platform = "binary_sensor" if key.endswith("over_limit") else "sensor"
    return state_of(hass, platform, entry, oracle.point_id(simulator, code), key).state


def differ(simulator: Simulator, key: str) -> None:
    """Make the energy of this definition another one than its sister's, which the simulator derives from one curve."""
    simulator.set_reading(TRAFO_6, *ALL_KEYS[key], datetime(2026, 7, 15, 9, 59, 59, tzinfo=ISTANBUL), 123_456)


@pytest.mark.parametrize(("side", "specific", "general"), SIDES)
async def test_the_definition_that_says_what_it_is_counts_first(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, side: str, specific: str, general: str
) -> None:
    differ(simulator, general)
    assert await hass.config_entries.async_setup(entry.entry_id)

    expected = ratio(simulator, TRAFO_6, specific)
    assert expected != ratio(simulator, TRAFO_6, general)
    state = sensor_of(hass, entry, simulator, TRAFO_6, f"{side}_ratio_this_month")
    assert float(state.state) == pytest.approx(float(expected), rel=1e-9)
    assert state.attributes["unit_of_measurement"] == "%"
    assert state.attributes["state_class"] == "measurement"


@pytest.mark.parametrize(("side", "specific", "general"), SIDES)
async def test_the_general_definition_counts_where_it_alone_was_chosen(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    entry_options: dict[str, Any],
    side: str,
    specific: str,
    general: str,
) -> None:
    differ(simulator, specific)
    options = entry_options | {"measurements": ["active_energy_import", general]}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    expected = ratio(simulator, TRAFO_6, general)
    assert float(shown(hass, entry, simulator, TRAFO_6, f"{side}_ratio_this_month")) == pytest.approx(float(expected))


async def test_the_general_definition_counts_where_the_meter_knows_no_other(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    assert month(simulator, ARGE, "inductive_reactive_energy_import") == 0
    expected = ratio(simulator, ARGE, "reactive_energy_import")
    found = shown(hass, loaded_entry, simulator, ARGE, "inductive_ratio_this_month")
    assert float(found) == pytest.approx(float(expected))


@pytest.mark.parametrize(("side", "specific", "general"), SIDES)
@pytest.mark.parametrize(("distance", "state"), [("0.5", STATE_OFF), ("-0.5", STATE_ON)], ids=["below", "above"])
async def test_the_limit_of_the_options_decides(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    entry_options: dict[str, Any],
    side: str,
    specific: str,
    general: str,
    distance: str,
    state: str,
) -> None:
    limit = float(ratio(simulator, TRAFO_6, specific) + Decimal(distance))
    hass.config_entries.async_update_entry(entry, options=entry_options | {f"{side}_limit": limit})
    assert await hass.config_entries.async_setup(entry.entry_id)

    assert shown(hass, entry, simulator, TRAFO_6, f"{side}_over_limit") == state
    left = Decimal(distance) * month(simulator, TRAFO_6, "active_energy_import") / 100
    found = sensor_of(hass, entry, simulator, TRAFO_6, f"{side}_left_this_month")
    assert float(found.state) == pytest.approx(float(left), abs=1e-6)
    assert found.attributes["unit_of_measurement"] == "kvarh"
    assert "state_class" not in found.attributes


@pytest.mark.parametrize(("side", "limit"), [("inductive", 20), ("capacitive", 15)])
async def test_without_options_the_limits_are_those_from_50_kva(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, side: str, limit: int
) -> None:
    specific = {"inductive": "inductive_reactive_energy_import", "capacitive": "capacitive_energy_export"}[side]
    reactive, active = month(simulator, TRAFO_6, specific), month(simulator, TRAFO_6, "active_energy_import")
    left = active * limit / 100 - reactive
    found = shown(hass, loaded_entry, simulator, TRAFO_6, f"{side}_left_this_month")
    assert float(found) == pytest.approx(float(left), abs=1e-6)


KEYS = [f"{side}_{end}" for side in ("inductive", "capacitive") for end in ("ratio_this_month", "over_limit")]


@pytest.mark.parametrize("key", [*KEYS, "inductive_left_this_month"])
async def test_a_meter_without_reactive_energy_has_no_watch(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, key: str
) -> None:
    platform = "binary_sensor" if key.endswith("over_limit") else "sensor"
    assert entity_id(hass, platform, loaded_entry, oracle.point_id(simulator, DEPOT), key) is None
    assert entity_id(hass, platform, loaded_entry, oracle.point_id(simulator, TRAFO_6), key) is not None


@pytest.mark.parametrize("key", ["inductive_ratio_this_month", "inductive_left_this_month", "inductive_over_limit"])
@pytest.mark.parametrize("active_wh", [0, 500], ids=["nothing drawn", "something drawn"])
async def test_without_active_energy_nothing_is_known(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, key: str, active_wh: int
) -> None:
    end = NOW - timedelta(hours=1)
    simulator.set_reading(SILENT, "activeEnergy", "import", end, active_wh)
    simulator.set_reading(SILENT, "reactiveEnergy", "import", end, 700)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert (shown(hass, entry, simulator, SILENT, key) == STATE_UNKNOWN) is (active_wh == 0)


@pytest.mark.parametrize("key", KEYS)
async def test_a_missing_series_is_unknown_and_a_refused_one_unavailable(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    entry_options: dict[str, Any],
    pass_time: Callable[[timedelta], Awaitable[None]],
    key: str,
) -> None:
    options = entry_options | {"measurements": [*ALL_KEYS, "voltage_phase"]}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    before = shown(hass, entry, simulator, TRAFO_6, key)

    simulator.fail_next("null_series", method="GetData", times=3)
    await pass_time(READINGS_INTERVAL)
    assert shown(hass, entry, simulator, TRAFO_6, key) == STATE_UNKNOWN

    # Today and this month are refused, the levels are not.
    recover = refuse(simulator, "GetData", lambda asked: asked["resolution"] in {"day", "month"})
    await pass_time(READINGS_INTERVAL)
    assert shown(hass, entry, simulator, TRAFO_6, key) == STATE_UNAVAILABLE

    recover()
    await pass_time(READINGS_INTERVAL)
    assert before not in {STATE_UNKNOWN, STATE_UNAVAILABLE}
    assert shown(hass, entry, simulator, TRAFO_6, key) not in {STATE_UNKNOWN, STATE_UNAVAILABLE}


@pytest.mark.parametrize(("limit", "is_over"), [(1, True), (99, False)])
async def test_what_the_month_is_about_to_cost(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    entry_options: dict[str, Any],
    limit: int,
    is_over: bool,
) -> None:
    options = entry_options | {"costs": ["reactive_energy_cost"], "currency": "TRY", "inductive_limit": limit}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)

    state = state_of(hass, "binary_sensor", entry, oracle.point_id(simulator, TRAFO_6), "inductive_over_limit")
    now = simulator.clock.now()
    cost = float(Statistics(hass, simulator).platform_cost(TRAFO_6, MONTH_START, now, "reactiveEnergyCost"))
    found = {key: state.attributes[key] for key in ("cost_so_far", "expected_cost")}
    if not is_over:
        assert (state.state, found) == (STATE_OFF, {"cost_so_far": None, "expected_cost": None})
        return
    assert state.state == STATE_ON
    assert found["cost_so_far"] == pytest.approx(cost, abs=1e-5)
    # July has 31 days.
    assert found["expected_cost"] == pytest.approx(cost * (timedelta(days=31) / (now - MONTH_START)), rel=1e-6)


@given(hours=st.integers(1, 742), cost=st.floats(0, 10**6))
def test_a_pace_that_stays_is_that_of_the_whole_month(hours: int, cost: float) -> None:
    """March has 743 hours in Berlin."""
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 1, tzinfo=berlin).astimezone(UTC)
    samples = {(1, "reactive_energy_cost", Window.THIS_MONTH): Sample(cost, start)}
    found = month_costs(samples, 1, berlin, start + timedelta(hours=hours))
    assert found is not None
    assert [*found] == pytest.approx([cost, cost * 743 / hours])
    assert month_costs(samples, 1, berlin, start) is None
    assert month_costs(samples, 2, berlin, start + timedelta(hours=hours)) is None


async def test_without_its_cost_nothing_is_said_of_it(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    state = state_of(hass, "binary_sensor", loaded_entry, oracle.point_id(simulator, TRAFO_6), "inductive_over_limit")
    assert state.attributes.keys().isdisjoint({"cost_so_far", "expected_cost"})


async def test_a_state_takes_one_balance(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ratio, what is left, the warning, their attributes and refusals share it; the platforms have one each."""
    asked: list[tuple[int, str]] = []

    def counted(samples: Mapping[SampleKey, Sample], point_id: int, side: ReactiveSide, limit: float) -> Balance | None:
        asked.append((point_id, side.key))
        return balance(samples, point_id, side, limit)

    monkeypatch.setattr("custom_components.reengen.reactive.entity.balance", counted)
    readings = loaded_entry.runtime_data.readings
    readings.async_set_updated_data(replace(readings.data))
    await hass.async_block_till_done()
    assert max(Counter(asked).values()) == 2


async def test_the_watch_costs_no_request(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    before = simulator.count()
    await pass_time(READINGS_INTERVAL)
    # The sums of today, those of this month and the latest quarter hours, as without the watch.
    assert [request.method for request in simulator.requests[before:]] == ["GetData"] * 3


class TestEndOfTheMonth:
    """Ten minutes before a month ends."""

    @pytest.fixture
    def now(self) -> datetime:
        return datetime(2026, 7, 31, 23, 50, tzinfo=ISTANBUL).astimezone(UTC)

    async def test_a_new_month_begins_unknown(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded_entry: MockConfigEntry,
        pass_time: Callable[[timedelta], Awaitable[None]],
    ) -> None:
        assert float(shown(hass, loaded_entry, simulator, TRAFO_6, "inductive_ratio_this_month")) > 0
        await pass_time(READINGS_INTERVAL)
        assert shown(hass, loaded_entry, simulator, TRAFO_6, "inductive_ratio_this_month") == STATE_UNKNOWN
        assert shown(hass, loaded_entry, simulator, TRAFO_6, "inductive_over_limit") == STATE_UNKNOWN


# Energies as the platform prints them, with six decimals.
energies = st.decimals(min_value=0, max_value=10**9, places=6)


@given(active=energies.filter(bool), reactive=energies, limit=st.decimals(min_value=0, max_value=100, places=1))
def test_over_the_limit_means_nothing_left(active: Decimal, reactive: Decimal, limit: Decimal) -> None:
    found = Balance(active_kwh=float(active), reactive_kvarh=float(reactive), limit_percent=float(limit))
    left = active * limit / 100 - reactive
    assert found.left_kvarh == pytest.approx(float(left), rel=1e-9, abs=1e-5)
    assert found.ratio_percent == pytest.approx(float(100 * reactive / active))
    if abs(left) > Decimal("0.00001"):
        assert found.is_over_limit is (100 * reactive / active > limit)


@given(active=st.decimals(min_value=1, max_value=10**7, places=3), limit=st.sampled_from([15, 20, 33]).map(Decimal))
def test_to_reach_the_limit_is_allowed(active: Decimal, limit: Decimal) -> None:
    reactive = active * limit / 100
    found = Balance(active_kwh=float(active), reactive_kvarh=float(reactive), limit_percent=float(limit))
    assert not found.is_over_limit
    assert found.left_kvarh == 0


# Energies of a site's month, in kWh or kvarh.
of_a_site = st.decimals(min_value=1, max_value=10**6, places=6)


@given(active=of_a_site, reactive=of_a_site, limit=st.decimals(min_value=0, max_value=100, places=1))
def test_what_is_left_has_as_many_decimals_as_the_platform_gives(
    active: Decimal, reactive: Decimal, limit: Decimal
) -> None:
    left = Balance(active_kwh=float(active), reactive_kvarh=float(reactive), limit_percent=float(limit)).left_kvarh
    assert left == round(left, 6)
    # Half of the last decimal, and what binary fractions add at this size.
    assert abs(Decimal(left) - (active * limit / 100 - reactive)) < Decimal("0.00000051")


EXAMPLES = re.findall(
    r"^\| (\w+), ([\d.]+) % \| ([\d.]+) kWh \| ([\d.]+) kvarh \| ([\d.]+) % \| (-?[\d.]+) kvarh \| (yes|no) \|$",
    (ROOT / "docs" / "reactive-energy.md").read_text(),
    re.MULTILINE,
)


def test_the_document_has_examples_of_both_sides_and_limits() -> None:
    assert {(side, float(limit)) for side, limit, *_ in EXAMPLES} == {
        ("inductive", 20), ("capacitive", 15), ("inductive", 33), ("capacitive", 20),
    }  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example[0]} {example[1]}")
def test_the_examples_of_the_document_are_right(example: tuple[str, ...]) -> None:
    limit, active, reactive, printed_ratio, printed_left = map(Decimal, example[1:6])
    assert printed_ratio == reactive / active * 100
    assert printed_left == active * limit / 100 - reactive
    assert (example[6] == "yes") is (printed_ratio > limit)

    found = Balance(active_kwh=float(active), reactive_kvarh=float(reactive), limit_percent=float(limit))
    assert found.ratio_percent == pytest.approx(float(printed_ratio))
    assert found.left_kvarh == float(printed_left)
    assert found.is_over_limit is (example[6] == "yes")


def test_a_limit_is_a_share_to_a_tenth_of_a_percent() -> None:
    schema = reactive_schema()
    assert {box.config["step"] for box in schema.schema.values()} == {0.1}
    for percent in (0, 33.3, 100):
        limits = {"inductive_limit": percent, "capacitive_limit": percent}
        assert schema(limits) == limits
    for percent in (-0.1, 100.1):
        with pytest.raises(vol.Invalid):
            schema({"inductive_limit": percent})
