"""How much of the history is there: known at once, never less in a run, 100 % only when nothing is missing."""

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.history.progress import Progress
from tests.profiles import examples

from .statistics import HOUR

MONTH = 30 * 24 * HOUR
SERIES = ["a", "b", "c"]


@settings(max_examples=examples(50, 1000))
@given(
    months=st.integers(1, 5),
    newest_days=st.integers(0, 40),
    order=st.permutations(range(5)),
    fresh=st.sets(st.sampled_from(SERIES)),
    complete=st.sets(st.sampled_from(SERIES)),
)
def test_hours_count_once_and_percent_never_falls(
    months: int, newest_days: int, order: list[int], fresh: set[str], complete: set[str]
) -> None:
    due = set(SERIES) - complete
    start, end = 0, months * MONTH
    newest_from = max(start, end - newest_days * 24 * HOUR)
    progress = Progress()
    assert progress.percent is None
    progress.begin(SERIES, complete, goes_on=False)
    progress.expect(range(start, end, HOUR))
    seen = [progress.percent or 0.0]
    progress.newest(fresh & due, range(newest_from, end, HOUR))
    seen.append(progress.percent or 0.0)
    done = {each: end - newest_from if each in fresh & due else 0 for each in due}
    for month in (each for each in order if each < months):
        for each in due:
            progress.settled([each], range(month * MONTH, (month + 1) * MONTH, HOUR))
            seen.append(progress.percent or 0.0)
            until = newest_from if each in fresh else end
            done[each] += max(0, min((month + 1) * MONTH, until) - month * MONTH)
        wanted = 100 * (len(complete) + sum(done.values()) / end) / len(SERIES)
        assert seen[-1] == pytest.approx(min(99.9, wanted) if due else 100)
    assert seen == sorted(seen)
    assert all(each < 100 for each in seen) or not due
    progress.complete(due)
    assert progress.percent == 100


def test_what_was_broken_off_goes_on_where_it_was() -> None:
    progress = Progress()
    progress.begin(SERIES, (), goes_on=False)
    progress.expect(range(0, MONTH, HOUR))
    progress.settled(["a"], range(0, MONTH, HOUR))
    before = progress.percent
    assert before == pytest.approx(100 / 3)
    progress.begin(SERIES, (), goes_on=True)
    assert progress.percent == before
    progress.complete(SERIES)
    assert progress.percent == 100
    # What was complete before the database failed is looked at again.
    progress.begin(SERIES, (), goes_on=True)
    assert progress.percent is not None
    assert 99 < progress.percent < 100


def test_without_any_series_nothing_is_missing() -> None:
    progress = Progress()
    progress.begin((), (), goes_on=False)
    assert progress.percent == 100
