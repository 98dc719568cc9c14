"""A row that is written, read back, updated and deleted says what ImportData does, and is never in doubt without a word."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import ReengenClient
from custom_components.reengen.platform_check.verdicts import Outcome
from custom_components.reengen.platform_check.writing import PROBE, Left, WriteTrial, async_try_writing
from custom_components.reengen.points import account_identifier
from simulator import Simulator
from tests import oracle
from tests.registries import point_device
from tests.test_translations import TEXTS, placeholders

from .conftest import ISTANBUL, LEAF
from .test_checker import REQUESTS, check_platform, entry, entry_options, last, press, watched_loads

__all__ = ["entry", "entry_options"]

FREE = "reengenPoint"
QUARTER_END = datetime(1999, 1, 1, 12, 14, 59, tzinfo=ISTANBUL)


class Sleeps:
    """Pauses that pass on the platform's clock at once; some queue a fault for the write that follows."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.calls = 0
        self.faults: dict[int, tuple[str, str, int]] = {}

    async def __call__(self, seconds: float) -> None:
        self.calls += 1
        self._simulator.clock.advance(timedelta(seconds=seconds))
        if (fault := self.faults.get(self.calls)) is not None:
            name, method, times = fault
            self._simulator.fail_next(name, method=method, times=times)


@pytest.fixture(autouse=True)
def sleeps(simulator: Simulator) -> Iterator[Sleeps]:
    """Return what takes the place of waiting."""
    found = Sleeps(simulator)
    with patch("custom_components.reengen.platform_check.writing.sleep", found):
        yield found


def rows(simulator: Simulator, code: str = FREE) -> list[tuple[int, float]]:
    """Return the readings of a point before the year 2000."""
    found = simulator.database.execute(
        "SELECT end_utc, value FROM reading WHERE point_id = ? AND end_utc < ?",
        (oracle.point_id(simulator, code), datetime(2000, 1, 1, tzinfo=UTC).timestamp()),
    )
    return [(end, value) for end, value in found]


async def tried(simulator: Simulator, client: ReengenClient, **switches: Any) -> WriteTrial:
    simulator.profile.change(switches)
    trial = await async_try_writing(client, FREE)
    # Four writes, a look before them, three after each, and one where something was left (docs/platform-check.md).
    assert trial.requests <= 18
    for language in TEXTS.values():
        texts = language["selector"]["platform_check"]["options"]
        assert placeholders(texts[trial.verdict.text_key]) <= trial.verdict.figures.keys()
    return trial


async def test_by_default_it_holds_and_leaves_nothing(simulator: Simulator, client: ReengenClient) -> None:
    trial = await tried(simulator, client)
    assert (trial.verdict.probe, trial.verdict.outcome, trial.left) == (PROBE, Outcome.HOLDS, Left.NOTHING)
    assert trial.verdict.figures == {"delay": 0, "existing": "refused"}
    assert trial.interval_end == QUARTER_END
    # One look before, three to read back; the second creation is refused.
    assert trial.requests == simulator.count("ImportData") + simulator.count("ListDataEx") == 8
    written = [(each.operation, each.value, each.date) for each in simulator.writes]
    date = "1999-01-01T12:14:59"
    assert written == [("C", 121, date), ("U", 363, date), ("D", 363, date)]
    assert rows(simulator) == []


@pytest.mark.parametrize(
    ("switches", "what", "figures"),
    [
        ({"import_value": "register"}, "register", {"delay": 0, "existing": "refused"}),
        ({"import_value": "kilo"}, "factor", {"factor": 1000, "delay": 0, "existing": "refused"}),
        ({"import_existing": "overwrite"}, "overwritten", {"delay": 0, "existing": "overwritten"}),
        ({"import_existing": "duplicate"}, "duplicated", {"delay": 0, "existing": "duplicated"}),
    ],
)
async def test_each_other_way_of_writing_differs(
    simulator: Simulator, client: ReengenClient, switches: dict[str, Any], what: str, figures: dict[str, Any]
) -> None:
    trial = await tried(simulator, client, **switches)
    assert (trial.verdict.outcome, trial.verdict.what) == (Outcome.DIFFERS, what)
    assert trial.verdict.figures == figures
    assert trial.left is Left.NOTHING
    assert rows(simulator) == []


@pytest.mark.parametrize("switches", [{"raw_stamp": "start"}, {"raw_value": "register"}, {"raw_stamp_zone": "UTC"}])
async def test_what_reads_otherwise_writes_the_same(
    simulator: Simulator, client: ReengenClient, switches: dict[str, Any]
) -> None:
    trial = await tried(simulator, client, **switches)
    assert (trial.verdict.outcome, trial.left) == (Outcome.HOLDS, Left.NOTHING)


@pytest.mark.parametrize(("seconds", "delay"), [(1, 10), (10, 10), (25, 30)])
async def test_a_row_that_is_visible_later(
    simulator: Simulator, client: ReengenClient, seconds: float, delay: int
) -> None:
    trial = await tried(simulator, client, import_seconds=seconds)
    assert trial.verdict.outcome is Outcome.HOLDS
    assert trial.verdict.figures["delay"] == delay


async def test_a_row_that_is_not_seen_is_deleted_and_in_doubt(simulator: Simulator, client: ReengenClient) -> None:
    trial = await tried(simulator, client, import_seconds=3600)
    assert (trial.verdict.outcome, trial.verdict.what) == (Outcome.UNKNOWN, "invisible")
    assert trial.left is Left.UNKNOWN
    assert [each.operation for each in simulator.writes] == ["C", "D"]


async def test_a_row_that_is_there_is_not_touched(simulator: Simulator, client: ReengenClient) -> None:
    simulator.set_reading(FREE, "activeEnergy", "import", QUARTER_END, 5.0)
    trial = await tried(simulator, client)
    assert (trial.verdict.outcome, trial.verdict.what, trial.left) == (Outcome.UNKNOWN, "occupied", Left.NOTHING)
    assert simulator.count("ImportData") == 0
    assert rows(simulator) == [(QUARTER_END.timestamp(), 5.0)]


async def test_a_platform_that_takes_no_writes(simulator: Simulator, client: ReengenClient) -> None:
    trial = await tried(simulator, client, read_only=True)
    assert (trial.verdict.outcome, trial.verdict.what, trial.left) == (Outcome.UNKNOWN, "refused", Left.NOTHING)
    assert simulator.count("ImportData") == 1


# After which pause the fault is queued; a platform that overwrites lets each write be followed by one.
@pytest.mark.parametrize("write", [1, 2, 3, 4])
@pytest.mark.parametrize("fault", ["reset_after_execution", "reset_mid_response"])
async def test_after_an_outcome_that_is_unknown_nothing_more_is_written(
    simulator: Simulator, client: ReengenClient, sleeps: Sleeps, write: int, fault: str
) -> None:
    if write == 1:
        simulator.fail_next(fault, method="ImportData")
    sleeps.faults[write - 1] = (fault, "ImportData", 1)
    trial = await tried(simulator, client, import_existing="overwrite")
    assert (trial.verdict.outcome, trial.verdict.what) == (Outcome.UNKNOWN, "outcome")
    assert simulator.count("ImportData") == write
    assert trial.left is (Left.ROW if rows(simulator) else Left.UNKNOWN)
    assert bool(rows(simulator)) is (write < 4)


# The creation of a row that is there is refused anyway, so the second refusal meets the update.
@pytest.mark.parametrize(
    ("pause", "times", "what", "left"), [(1, 2, "update", Left.NOTHING), (2, 1, "deletion", Left.ROW)]
)
async def test_a_refused_step_is_told(
    simulator: Simulator, client: ReengenClient, sleeps: Sleeps, pause: int, times: int, what: str, left: Left
) -> None:
    sleeps.faults[pause] = ("refused", "ImportData", times)
    trial = await tried(simulator, client)
    assert (trial.verdict.outcome, trial.verdict.what, trial.left) == (Outcome.DIFFERS, what, left)
    assert bool(rows(simulator)) is (left is Left.ROW)


async def test_a_row_that_may_not_be_read_back_is_named(
    simulator: Simulator, client: ReengenClient, sleeps: Sleeps
) -> None:
    # A read that is refused in new words is tried once with a new login.
    sleeps.faults = {1: ("refused", "ListDataEx", 2)}
    trial = await tried(simulator, client)
    assert (trial.verdict.outcome, trial.verdict.what, trial.left) == (Outcome.UNKNOWN, "refused", Left.ROW)


class TestAction:
    """The field of the action."""

    async def test_it_names_the_row_and_goes_with_the_check(
        self, hass: HomeAssistant, loaded_entry: MockConfigEntry, hass_admin_user: User
    ) -> None:
        found = await check_platform(hass, loaded_entry, hass_admin_user, test_point=FREE)
        assert found["requests"] == REQUESTS
        assert found["data"][-1] == {
            "probe": PROBE,
            "outcome": "holds",
            "what": "",
            "text": found["data"][-1]["text"],
            "figures": {"delay": 0, "existing": "refused"},
        }
        assert found["test_row"] == {
            "point": FREE,
            "definition": "activeEnergy",
            "variant": "import",
            "index": 1,
            "date": QUARTER_END.isoformat(),
            "left": "nothing",
            "requests": 8,
        }
        assert last(loaded_entry).verdict(PROBE).outcome is Outcome.HOLDS
        assert FREE not in str(last(loaded_entry).stored())

    async def test_beside_other_checks_the_account_is_loaded_anew_once(
        self, hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
    ) -> None:
        simulator.profile.change({"month_label": "last"})
        loads = watched_loads(hass, loaded_entry)
        calls = (check_platform(hass, loaded_entry), check_platform(hass, loaded_entry, test_point=FREE), press(hass))
        _, found, _ = await asyncio.gather(*calls)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert found["data"][-1]["probe"] == PROBE
        assert len(loads) == 1

    async def test_a_device_stands_for_its_point(
        self, hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
    ) -> None:
        device = point_device(hass, loaded_entry, oracle.point_id(simulator, LEAF))
        assert device is not None
        found = await check_platform(hass, loaded_entry, test_point=device.id)
        assert found["test_row"]["point"] == LEAF
        assert {each.point for each in simulator.writes} == {LEAF}

    async def test_what_is_left_is_named_and_logged(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded_entry: MockConfigEntry,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        simulator.fail_next("reset_after_execution", method="ImportData")
        found = await check_platform(hass, loaded_entry, test_point=FREE)
        assert found["data"][-1]["outcome"] == "unknown"
        assert found["test_row"]["left"] == "row"
        assert FREE in caplog.text

    async def test_without_the_field_nothing_is_written(
        self, hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
    ) -> None:
        assert "test_row" not in await check_platform(hass, loaded_entry)
        assert simulator.count("ImportData") == 0

    async def test_it_is_for_administrators(
        self, hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, hass_read_only_user: User
    ) -> None:
        with pytest.raises(Unauthorized):
            await check_platform(hass, loaded_entry, hass_read_only_user, test_point=FREE)
        assert simulator.count("ImportData") == 0
        assert (await check_platform(hass, loaded_entry, hass_read_only_user))["requests"] == REQUESTS

    @pytest.mark.parametrize("is_device", [True, False])
    async def test_a_point_that_is_not_there(
        self, hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, is_device: bool
    ) -> None:
        registry = dr.async_get(hass)
        account = registry.async_get_device_by_identifier(account_identifier(loaded_entry), loaded_entry.entry_id)
        assert account is not None
        with pytest.raises(ServiceValidationError):
            await check_platform(hass, loaded_entry, test_point=account.id if is_device else "nowhere")
        assert simulator.count("ImportData") == 0
