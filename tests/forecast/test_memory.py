"""What is remembered of stored hours is what is stored, and only what is new of it is read."""

from collections.abc import Collection, Mapping

from hypothesis import given, settings, strategies as st

from custom_components.reengen.forecast.memory import HoursMemory
from tests.profiles import examples

HOUR = 3600
IDS = ("a", "b", "c")


class Database:
    """Hours by statistic, whose reading is counted; `fails_in` so many reads one fails."""

    def __init__(self) -> None:
        self.hours: dict[str, dict[int, float]] = {each: {} for each in IDS}
        self.rows = 0
        self.fails_in = 0

    async def read(self, statistic_ids: Collection[str], hours: range) -> Mapping[str, dict[int, float]]:
        self.fails_in -= 1
        if self.fails_in == 0:
            raise OSError
        found = {each: self.window(each, hours) for each in statistic_ids}
        self.rows += sum(map(len, found.values()))
        return {each: of_one for each, of_one in found.items() if of_one}

    def window(self, statistic_id: str, hours: range) -> dict[int, float]:
        return {start: value for start, value in self.hours[statistic_id].items() if start in hours}


# Statistic, hour of the window (the last are still to come), value or None for an hour that is removed.
WRITES = st.lists(st.tuples(st.sampled_from(IDS), st.integers(0, 60), st.none() | st.floats(-9, 9)), max_size=5)
# Hours that pass, hours of the window, what is written then, whether a read fails.
STEPS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from([24, 30, 48]), WRITES, st.integers(0, 4)), max_size=8)


@settings(max_examples=examples(300, 5000))
@given(steps=STEPS)
async def test_what_is_remembered_is_what_is_stored(
    steps: list[tuple[int, int, list[tuple[str, int, float | None]], int]],
) -> None:
    database = Database()
    memory, now = HoursMemory(database.read), 60
    for passed, length, writes, fails_in in steps:
        now += passed
        for statistic_id, back, value in writes:
            start = (now + 5 - back) * HOUR
            memory.change({statistic_id: start})
            if value is None:
                database.hours[statistic_id].pop(start, None)
            else:
                database.hours[statistic_id][start] = value
        window = range((now - length) * HOUR, now * HOUR, HOUR)
        database.fails_in = fails_in
        try:
            await memory.look(dict.fromkeys(IDS, window))
        except OSError:
            continue
        assert {each: memory.hours(each, window) for each in IDS} == {
            each: database.window(each, window) for each in IDS
        }


async def test_of_what_is_known_nothing_is_read_again() -> None:
    database = Database()
    database.hours = {each: dict.fromkeys(range(0, 1000 * HOUR, HOUR), 1.0) for each in IDS}
    memory, windows = HoursMemory(database.read), dict.fromkeys(IDS, range(0, 672 * HOUR, HOUR))
    await memory.look(windows)
    assert database.rows == 3 * 672
    for hour in range(672, 696):
        memory.change({"a": (hour - 1) * HOUR, "b": hour * HOUR})
        windows = dict.fromkeys(IDS, range((hour - 671) * HOUR, (hour + 1) * HOUR, HOUR))
        await memory.look(windows)
    assert database.rows - 3 * 672 == 24 * (2 + 1 + 1)
    memory.keep_only(["a", "b"])
    memory.forget(["b"])
    before = database.rows
    await memory.look(windows)
    assert database.rows - before == 2 * 672
