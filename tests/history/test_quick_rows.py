"""What the tests of the history store quickly is what Home Assistant's own functions store."""

from collections.abc import Mapping
from datetime import UTC, datetime
import threading
from typing import Any
from unittest.mock import patch

from homeassistant.components.recorder import statistics as recorded
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.models import StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_add_external_statistics
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import session_scope
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import text

from tests.profiles import examples

from .conftest import HOME_ASSISTANTS_OWN, QUICK
from .outages import RunTask

HOUR = 3600
NUMBERS = st.none() | st.floats(-1e9, 1e9)
ROWS = st.dictionaries(
    st.integers(0, 5), st.fixed_dictionaries(dict.fromkeys(("mean", "min", "max", "state", "sum"), NUMBERS)), max_size=5
)


def rows_of(hass: HomeAssistant, statistic_id: str) -> list[Any]:
    with session_scope(hass=hass, read_only=True) as session:
        found = session.execute(
            text(
                "SELECT s.start_ts, s.mean, s.min, s.max, s.state, s.sum, s.last_reset_ts FROM statistics s"
                " JOIN statistics_meta m ON m.id = s.metadata_id WHERE m.statistic_id = :id ORDER BY s.start_ts"
            ),
            {"id": statistic_id},
        )
        return [tuple(row) for row in found]


async def written(hass: HomeAssistant, recorder: Recorder) -> None:
    """Return when the recorder has come to the end of what it was told."""
    reached = threading.Event()
    recorder.queue_task(RunTask(lambda _: reached.set()))
    await hass.async_add_executor_job(reached.wait)


@settings(max_examples=examples(20, 200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=st.lists(ROWS, min_size=1, max_size=4))
async def test_the_same_rows_are_stored(
    recorder_mock: Recorder, hass: HomeAssistant, writes: list[Mapping[int, Any]]
) -> None:
    stored = []
    for name, functions in (("own", HOME_ASSISTANTS_OWN), ("quick", QUICK)):
        statistic_id = f"reengen:{name}"
        recorder_mock.async_clear_statistics([statistic_id])
        await written(hass, recorder_mock)
        with patch.dict(vars(recorded), {each: functions[each] for each in HOME_ASSISTANTS_OWN}):
            for write in writes:
                data: list[Any] = [
                    {"start": datetime.fromtimestamp(hour * HOUR, UTC), **values} for hour, values in write.items()
                ]
                async_add_external_statistics(hass, metadata(statistic_id), data)
            await written(hass, recorder_mock)
        stored.append(await recorder_mock.async_add_executor_job(rows_of, hass, statistic_id))
    assert stored[0] == stored[1]
    assert len(stored[0]) == len({hour for write in writes for hour in write})


def metadata(statistic_id: str) -> StatisticMetaData:
    return {
        "source": "reengen",
        "statistic_id": statistic_id,
        "name": None,
        "has_sum": True,
        "mean_type": StatisticMeanType.ARITHMETIC,
        "unit_class": None,
        "unit_of_measurement": "kWh",
    }
