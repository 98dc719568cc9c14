"""The world: its tree, its registers, and that the same options always give the same readings."""

import ast
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
import time
from typing import Any

import pytest

import simulator
from simulator import WorldOptions
from simulator.store import Store, open_store
from simulator.world import METERS, planned_points

NOW = datetime(2026, 3, 10, 12, 7, 30, tzinfo=UTC)
THREE_DAYS = WorldOptions(start=NOW - timedelta(days=3))
ALL_READINGS = (
    "SELECT p.code, r.definition, r.variant, r.idx, r.end_utc, r.value, r.original FROM reading r"
    " JOIN point p ON p.id = r.point_id ORDER BY 1, 2, 3, 4, 5"
)


def rows(store: Store, sql: str, *values: Any) -> list[Any]:
    """Return rows and leave the database open."""
    return store.database.execute(sql, values).fetchall()


@pytest.fixture(scope="module")
def three_days() -> Store:
    return open_store(THREE_DAYS, ":memory:", NOW)


def test_same_options_same_readings(three_days: Store) -> None:
    again = open_store(THREE_DAYS, ":memory:", NOW)
    assert rows(again, ALL_READINGS) == rows(three_days, ALL_READINGS)
    other = open_store(WorldOptions(seed=2, start=THREE_DAYS.start), ":memory:", NOW)
    assert rows(other, ALL_READINGS) != rows(three_days, ALL_READINGS)


@pytest.mark.parametrize("steps", [(1,), (3, 900, 901, 40_000, 100_000)], ids=["seconds", "uneven"])
def test_a_world_that_grew_is_the_world_built_at_once(three_days: Store, steps: tuple[int, ...]) -> None:
    then = NOW - timedelta(days=2)
    store = open_store(THREE_DAYS, ":memory:", then)
    for step in steps:
        then += timedelta(seconds=step)
        store.grow_to(then)
    store.grow_to(NOW)
    assert rows(store, ALL_READINGS) == rows(three_days, ALL_READINGS)


def test_registers_count_what_flowed(three_days: Store) -> None:
    meters = rows(
        three_days,
        "SELECT p.code, r.definition, r.variant, r.value, r.original FROM reading r JOIN point p ON p.id = r.point_id"
        " WHERE r.original IS NOT NULL ORDER BY r.point_id, r.definition, r.variant, r.idx, r.end_utc",
    )
    assert len(meters) > 50 * 3 * 96
    for before, after in pairwise(meters):
        if before[:3] == after[:3]:
            assert after[4] - before[4] == after[3] >= 0


@pytest.mark.parametrize(
    ("definition", "variant"),
    [("activeEnergy", "import"), ("reactiveEnergy", "import"), ("capacitiveEnergy", "export")],
)
def test_a_feeder_counts_at_least_what_it_feeds(three_days: Store, definition: str, variant: str) -> None:
    compared = rows(
        three_days,
        "SELECT up.value, SUM(down.value) FROM point feeder JOIN point fed ON fed.feeder = feeder.id"
        " JOIN reading up ON up.point_id = feeder.id JOIN reading down ON down.point_id = fed.id"
        " AND down.end_utc = up.end_utc AND down.definition = up.definition AND down.variant = up.variant"
        " WHERE up.definition = ? AND up.variant = ? GROUP BY feeder.id, up.end_utc",
        definition,
        variant,
    )
    assert compared
    assert all(above >= below > 0 for above, below in compared)


def test_the_hierarchy_has_what_is_hard_to_read() -> None:
    points = {point.code: point for point in planned_points(40)}
    assert len(points) == 40
    assert (points["xFabrikaTrafo6"].id, points["xFabrikaDepo"].id, points["xFabrikademoAtolye"].id) == (
        12768,
        12747,
        12755,
    )
    parents = {point.parent for point in points.values() if point.parent}
    folded = {code.casefold() for code in points}
    assert {parent for parent in parents if parent not in points and parent.casefold() in folded}, "another case"
    assert {parent for parent in parents if parent.casefold() not in folded}, "an orphan"
    names = [point.name for point in points.values()]
    assert len(set(names)) < len(names), "two equal names"
    assert any(code.isdigit() for code in points)
    assert any("İ" in name or "ş" in name for name in names)
    assert len({point.id for point in points.values()}) == 40


def test_weekdays_and_seasons() -> None:
    start = datetime(2025, 1, 5, 21, tzinfo=UTC)
    store = open_store(WorldOptions(points=14, start=start), ":memory:", start + timedelta(days=365))
    by_day = dict(
        rows(
            store,
            "SELECT date(end_utc, 'unixepoch', '+3 hours'), SUM(value) FROM reading r JOIN point p ON p.id = r.point_id"
            " WHERE p.code = 'xFabrikaKompresor1' AND definition = 'activeEnergy' GROUP BY 1",
        )
    )
    monday, sunday = by_day["2025-05-12"], by_day["2025-05-11"]
    assert monday > 2 * sunday
    solar = dict(
        rows(
            store,
            "SELECT strftime('%m', end_utc, 'unixepoch', '+3 hours'), SUM(value) FROM reading r"
            " JOIN point p ON p.id = r.point_id WHERE p.code = 'xFabrikaCatiGes' GROUP BY 1",
        )
    )
    assert solar["06"] > 1.7 * solar["12"]
    night = rows(
        store,
        "SELECT MAX(value) FROM reading r JOIN point p ON p.id = r.point_id WHERE p.code = 'xFabrikaCatiGes'"
        " AND strftime('%H', end_utc, 'unixepoch', '+3 hours') IN ('00', '01', '02', '03')",
    )
    assert night == [(0.0,)]
    exported = rows(store, "SELECT SUM(value) FROM reading WHERE definition = 'activeEnergy' AND variant = 'export'")
    assert exported[0][0] > 0


def test_the_default_world_has_thirteen_months_and_forty_days_of_levels() -> None:
    first = WorldOptions().first_instant(NOW)
    assert first <= datetime(2025, 2, 9, tzinfo=UTC)
    assert first.astimezone(WorldOptions().zone).hour == 0
    store = open_store(WorldOptions(points=2, start=NOW - timedelta(days=60)), ":memory:", NOW)
    spans = dict(
        rows(store, "SELECT definition, (MAX(end_utc) - MIN(end_utc)) / 86400 FROM reading GROUP BY definition")
    )
    assert (spans["activeEnergy"], spans["voltage"]) == (59, 39)


@pytest.mark.parametrize(("points", "hours"), [pytest.param(1_000, 48, id="1000"), pytest.param(10_000, 6, id="10000")])
def test_large_tenants(points: int, hours: int) -> None:
    store = open_store(WorldOptions(points=points, start=NOW - timedelta(days=5)), ":memory:", NOW)
    assert rows(store, "SELECT COUNT(*), COUNT(DISTINCT code), COUNT(DISTINCT id) FROM point") == [(points,) * 3]
    (generated,) = rows(
        store,
        "SELECT COUNT(*), COUNT(DISTINCT r.point_id) FROM reading r JOIN point p ON p.id = r.point_id WHERE p.extra"
        " AND definition = 'activeEnergy'",
    )
    assert generated == ((points - 40) * hours * 4, points - 40)
    parents = rows(store, "SELECT COUNT(*) FROM point c JOIN point p ON p.code = c.parent WHERE c.extra")
    assert parents[0][0] > 0.9 * (points - 40)


def test_irregular_stamps_lose_nothing(three_days: Store) -> None:
    ends = [
        end
        for (end,) in rows(
            three_days,
            "SELECT end_utc FROM reading r JOIN point p ON p.id = r.point_id WHERE p.code = 'xyzBesiktas'"
            " AND variant = 'import' ORDER BY end_utc",
        )
    ]
    assert {after - before for before, after in pairwise(ends)} == {600, 900, 1200}
    assert {(end + 1) % 900 for end in ends} == {300, 600}


def test_a_database_is_used_again_and_extended(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    options = WorldOptions(points=3, history_days=2)
    first = open_store(options, path, NOW)
    first.database.execute("UPDATE point SET name = 'kept' WHERE code = 'xFabrikaTrafo6'")
    before = rows(first, ALL_READINGS)
    first.database.close()
    later = open_store(options, path, NOW + timedelta(days=1))
    assert rows(later, "SELECT name FROM point WHERE code = 'xFabrikaTrafo6'") == [("kept",)]
    after = rows(later, ALL_READINGS)
    assert set(before) < set(after)
    later.database.close()
    other = open_store(WorldOptions(points=3, history_days=2, seed=9), path, NOW)
    assert rows(other, "SELECT name FROM point WHERE code = 'xFabrikaTrafo6'") == [("Transformer 6",)]
    other.database.close()


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, this is not a database, and it is longer than a header. " * 20)
    with pytest.raises(ValueError, match="not a database of this simulator"):
        open_store(WorldOptions(points=2, history_days=1), path, NOW)
    assert path.read_text().startswith("Dear reader")


def test_a_small_world_starts_at_once() -> None:
    began = time.thread_time()
    open_store(THREE_DAYS, ":memory:", NOW)
    assert time.thread_time() - began < 1.0


def test_every_meter_is_used() -> None:
    used = {name for point in planned_points(60) for name in point.meters}
    assert used == set(METERS)


def test_it_stands_alone() -> None:
    for file in Path(simulator.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in {"custom_components", "homeassistant"}], file
