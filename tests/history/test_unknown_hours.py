"""An hour whose row cannot be used is not known: all else goes on, what is stored stays, and it is named until it heals."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import ReadingSeries, Resolution
from custom_components.reengen.const import DOMAIN
from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from custom_components.reengen.history.hours import instant, unknown_hours
from custom_components.reengen.points.oddities import DATA_LEFT_OUT
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime

from .conftest import Imported
from .odd_rows import BUCKETS, ODD_WAYS, WAYS, OddRows
from .statistics import HOUR, IMPORT, TRAFO_6, Statistics

DAYS = 10
# 07:00 in Istanbul.
HOUR_OF_DAY = datetime(2026, 7, 11, 4, tzinfo=UTC)
QUARTER = 900


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin some days ago."""
    return WorldOptions(start=now - timedelta(days=DAYS))


@pytest.fixture
def odd_rows(simulator: Simulator) -> Iterator[OddRows]:
    """Return what makes rows odd, in the way of the simulated platform's responses."""
    rows = OddRows(simulator)
    with patch.object(simulator.platform, "answer", rows.answer):
        yield rows


def number(bucket: int, way: int) -> int:
    return bucket * len(WAYS) + way


def asked(simulator: Simulator, since: int, *resolutions: Resolution) -> int:
    """Return how many requests of these resolutions the history made; a poll asks up to the end of a day."""
    return sum(
        request.method == "GetData"
        and request.body["properties"].get("resolution") in resolutions
        and "T23:59:59" not in request.body["properties"]["end"]
        for request in simulator.requests[since:]
    )


@given(
    hours=st.sets(st.integers(0, 5)),
    missing=st.sets(st.integers(0, 23)),
    unknown=st.sets(st.tuples(st.one_of(st.none(), st.integers(0, 23)), st.one_of(st.none(), st.integers(1, 2)))),
)
def test_an_hour_is_unknown_by_any_of_its_quarters(
    hours: set[int], missing: set[int], unknown: set[tuple[int | None, int | None]]
) -> None:
    """An absent quarter may be one that was left out; one that is there was not."""
    present = [quarter for quarter in range(24) if quarter not in missing and quarter // 4 not in hours]
    column = ReadingSeries(
        bucket_starts=[instant(quarter * QUARTER) for quarter in present],
        point_ids=[1] * len(present),
        values=[1.0] * len(present),
        unknown=frozenset((None if start is None else instant(start * QUARTER), point) for start, point in unknown),
    )
    expected = {
        quarter // 4 * HOUR
        for quarter in range(24)
        if quarter not in present and column.is_unknown(instant(quarter * QUARTER), 1)
    }
    assert unknown_hours([ReadingSeries(), column], 1, range(0, 6 * HOUR, HOUR), QUARTER) == expected


@pytest.mark.parametrize("way", range(len(ODD_WAYS)))
async def test_one_hour_is_left_out_until_it_can_be_read(
    hass: HomeAssistant,
    imported: Imported,
    odd_rows: OddRows,
    simulator: Simulator,
    statistics: Statistics,
    pass_time: PassTime,
    way: int,
) -> None:
    odd_rows.add(TRAFO_6, HOUR_OF_DAY, number(0, way))
    entry = await imported()
    hour = int(HOUR_OF_DAY.timestamp())
    assert await statistics.hours(IMPORT) == {
        key: value for key, value in statistics.complete_hours().items() if key != hour
    }
    issues = ir.async_get(hass)
    issue = issues.async_get_issue(DOMAIN, f"{DATA_LEFT_OUT}_{entry.entry_id}")
    assert issue is not None
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert [each["point_id"] for each in diagnostics["oddities"] if each["method"] == "GetData"] == [12768]

    # The comparison of the month comes every six hours, and it does not read the day in each.
    for _ in range(2):
        before = simulator.count()
        await pass_time(timedelta(hours=7))
        assert asked(simulator, before, Resolution.HOUR) == 1
    assert issues.async_get_issue(DOMAIN, issue.issue_id) is not None

    odd_rows.odd.clear()
    for _ in range(2):
        await pass_time(timedelta(hours=7))
    assert await statistics.hours(IMPORT) == statistics.complete_hours()
    assert issues.async_get_issue(DOMAIN, issue.issue_id) is None
    assert entry.runtime_data.history.unresolved == []


@pytest.mark.parametrize("bucket", [1, 2], ids=["day", "month"])
async def test_a_total_that_cannot_be_read_hides_no_hour(
    imported: Imported,
    odd_rows: OddRows,
    simulator: Simulator,
    statistics: Statistics,
    pass_time: PassTime,
    bucket: int,
) -> None:
    assert BUCKETS[bucket][0] in {Resolution.DAY, Resolution.MONTH}
    odd_rows.add(TRAFO_6, HOUR_OF_DAY, number(bucket, 0))
    await imported()
    assert await statistics.hours(IMPORT) == statistics.complete_hours()
    # A correction in it is found all the same.
    simulator.set_reading(TRAFO_6, "activeEnergy", "import", HOUR_OF_DAY + timedelta(minutes=15, seconds=-1), 123_456.0)
    await pass_time(timedelta(hours=7))
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


async def test_an_hour_that_is_stored_stays_when_its_row_cannot_be_read(
    hass: HomeAssistant,
    imported: Imported,
    odd_rows: OddRows,
    statistics: Statistics,
) -> None:
    entry = await imported()
    odd_rows.add(TRAFO_6, HOUR_OF_DAY, number(0, 0))
    fields = {"config_entry_id": entry.entry_id, "start": (HOUR_OF_DAY - timedelta(hours=9)).isoformat()}
    await hass.services.async_call(DOMAIN, "import_history", fields, blocking=True)
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


class TestMostPoints:
    """What is odd for most points is a wrong assumption."""

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any]) -> dict[str, Any]:
        """Choose all points of the site."""
        return entry_options | {"points": ["xFabrikaFabrika"], "include_descendants": True}

    async def test_nothing_is_written_and_the_history_says_so(
        self,
        hass: HomeAssistant,
        entry: MockConfigEntry,
        odd_rows: OddRows,
        simulator: Simulator,
        statistics: Statistics,
        pass_time: PassTime,
    ) -> None:
        codes = [code for (code,) in simulator.database.execute("SELECT code FROM point")]
        for code in codes:
            odd_rows.add(code, HOUR_OF_DAY, number(0, 0))
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        history = entry.runtime_data.history
        assert "nothing was written to the history" in history.last_error
        assert history.newest_hours == {}
        assert await statistics.hours(IMPORT) == {}
        odd_rows.odd.clear()
        await pass_time(timedelta(hours=1))
        assert history.last_error is None
        assert await statistics.hours(IMPORT) == statistics.complete_hours()
