"""Warn before the reactive limit: in time, with what is left, and not at every turn."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import READINGS_INTERVAL
from simulator import Simulator
from tests import oracle
from tests.commands.samples import POINT, POINT_ID, PassTime
from tests.registries import entity_id, state_of

from .conftest import Automate, Notifications

ISTANBUL = ZoneInfo("Europe/Istanbul")
LIMIT = 20
HOUR = timedelta(hours=1)
AT_ONCE = {"minutes": 0}

type Watch = Callable[..., Awaitable[None]]


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Watch the transformer, inductive and capacitive."""
    measurements = ["active_energy_import", "inductive_reactive_energy_import", "capacitive_energy_export"]
    return entry_options | {
        "points": [POINT], "measurements": measurements, "inductive_limit": LIMIT, "capacitive_limit": 100,
    }  # fmt: skip


@pytest.fixture(autouse=True)
async def _zone_of_the_platform(hass: HomeAssistant) -> None:
    """Let a day begin in Home Assistant when it begins on the platform."""
    await hass.config.async_set_time_zone("Europe/Istanbul")


def month(simulator: Simulator, definition: str) -> Decimal:
    start = simulator.clock.now().astimezone(ISTANBUL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return oracle.summed_kilo(simulator, POINT, definition, "import", start, simulator.clock.now())


def bring_to(simulator: Simulator, percent: float) -> None:
    """Make the month's inductive energy this share of its active energy, by one correction."""
    moment = simulator.clock.now().replace(minute=0, second=0) - HOUR - timedelta(seconds=1)
    simulator.set_reading(POINT, "inductiveReactiveEnergy", "import", moment, 0)
    wanted = month(simulator, "activeEnergy") * Decimal(percent) / 100 - month(simulator, "inductiveReactiveEnergy")
    simulator.set_reading(POINT, "inductiveReactiveEnergy", "import", moment, float(wanted * 1000))


def limits(hass: HomeAssistant, entry: MockConfigEntry) -> list[str]:
    found = [
        entity_id(hass, "binary_sensor", entry, POINT_ID, f"{side}_over_limit") for side in ("inductive", "capacitive")
    ]
    return [each for each in found if each]


def left(simulator: Simulator) -> Decimal:
    return month(simulator, "activeEnergy") * LIMIT / 100 - month(simulator, "inductiveReactiveEnergy")


@pytest.fixture
def watch(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, automate: Automate) -> Watch:
    """Return what sets the account up at a percentage, and then the automation with these inputs."""

    async def watch(percent: float, blueprint: str = "warn_before_reactive_limit", **inputs: Any) -> None:
        bring_to(simulator, percent)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await automate(blueprint, limits=limits(hass, entry), **inputs)

    return watch


async def test_the_attributes_say_how_far_it_is(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    bring_to(simulator, 18.5)
    assert await hass.config_entries.async_setup(entry.entry_id)
    shown = state_of(hass, "binary_sensor", entry, POINT_ID, "inductive_over_limit").attributes
    assert shown["limit_percent"] == LIMIT
    assert shown["ratio_percent"] == pytest.approx(18.5, abs=1e-3)
    assert shown["left_kvarh"] == pytest.approx(float(left(simulator)), abs=1e-6)


async def test_a_rise_warns_once_with_what_is_left(
    hass: HomeAssistant, simulator: Simulator, watch: Watch, pass_time: PassTime, notifications: Notifications
) -> None:
    await watch(17, stays_for=AT_ONCE)
    await pass_time(READINGS_INTERVAL)
    assert notifications() == {}

    bring_to(simulator, 18.5)
    await pass_time(READINGS_INTERVAL)
    (told,) = notifications().values()
    # Active energy went on for a quarter hour, so the ratio that is read is the one of now.
    expected = round(float(left(simulator)), 1)
    assert f"{expected} kvarh left" in told["message"]
    assert "Transformer 6 Inductive limit exceeded: not yet." in told["message"]
    assert f"of at most {float(LIMIT)} %" in told["message"]
    assert "Capacitive" not in told["message"]

    triggered = hass.states.get("automation.peak")
    await pass_time(READINGS_INTERVAL)
    again = hass.states.get("automation.peak")
    assert triggered is not None
    assert again is not None
    assert triggered.attributes["last_triggered"] == again.attributes["last_triggered"]


async def test_in_turkish_it_warns_in_turkish(
    simulator: Simulator, watch: Watch, pass_time: PassTime, notifications: Notifications
) -> None:
    """Its figures have a comma."""
    await watch(17, "warn_before_reactive_limit_tr", stays_for=AT_ONCE)
    bring_to(simulator, 18.5)
    await pass_time(READINGS_INTERVAL)
    (told,) = notifications().values()
    expected = f"{left(simulator):.1f}".replace(".", ",")
    assert told["title"] == "Reaktif enerji sınırına yaklaştı"
    assert "henüz değil. Oran %18," in told["message"]
    assert f"sınıra kalan {expected} kvarh." in told["message"]


async def test_a_short_rise_warns_nobody(
    simulator: Simulator, watch: Watch, pass_time: PassTime, notifications: Notifications
) -> None:
    await watch(17)
    bring_to(simulator, 19)
    await pass_time(READINGS_INTERVAL)
    bring_to(simulator, 17)
    await pass_time(READINGS_INTERVAL)
    await pass_time(HOUR)
    assert notifications() == {}
    bring_to(simulator, 19)
    await pass_time(READINGS_INTERVAL)
    assert notifications() == {}
    await pass_time(HOUR)
    assert len(notifications()) == 1


async def test_an_outage_is_no_rise(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    watch: Watch,
    pass_time: PassTime,
    notifications: Notifications,
) -> None:
    await watch(19, stays_for=AT_ONCE)
    # As many as a poll and the history can ask for.
    simulator.fail_next("refused", method="GetData", times=50)
    await pass_time(READINGS_INTERVAL)
    simulator.clear_faults()
    assert state_of(hass, "binary_sensor", entry, POINT_ID, "inductive_over_limit").state == "unavailable"
    await pass_time(READINGS_INTERVAL)
    assert state_of(hass, "binary_sensor", entry, POINT_ID, "inductive_over_limit").state == "off"
    assert notifications() == {}


@pytest.fixture
def warnings(hass: HomeAssistant) -> Iterator[list[Mapping[str, Any]]]:
    """Collect what the chosen action is given."""
    given: list[Mapping[str, Any]] = []
    stop = hass.bus.async_listen("warned", lambda event: given.append(event.data))
    yield given
    stop()


class TestBeginningOfTheMonth:
    """Half an hour before eight on the first of a month."""

    @pytest.fixture
    def now(self) -> datetime:
        return datetime(2026, 8, 1, 7, 30, tzinfo=ISTANBUL).astimezone(UTC)

    async def test_the_first_day_is_left_out_and_then_it_reminds(
        self, watch: Watch, pass_time: PassTime, warnings: list[Mapping[str, Any]]
    ) -> None:
        action = [{"event": "warned", "event_data": {"message": "{{ message }}"}}]
        await watch(25, warning=action)
        await pass_time(HOUR)
        assert warnings == []
        await pass_time(timedelta(days=1))
        assert len(warnings) == 1
        assert "exceeded: yes." in warnings[0]["message"]
        assert "kvarh too much" in warnings[0]["message"]
