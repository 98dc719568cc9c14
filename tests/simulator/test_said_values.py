"""Switches of values: phases, indices, units, decimals, parents and signs."""

from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

import pytest

from .helpers import cost, listing, question, series
from .said import (
    DAY,
    FEBRUARY,
    HOUR,
    ISTANBUL,
    LEAF,
    NOW,
    PARENT,
    PHASED,
    ROOF,
    built,
    mean,
    phases,
    raw,
    refusal,
    rows,
    total,
    world,
)
from .test_costs import by_hand
from .test_measurements import half_up, readings

POWER = series("activePower", "phase", unit="W", xFunction="avg", decimalPoints=6)


# ----- 2, 7 and 18: phases and indices


def test_power_of_all_phases() -> None:
    by_end = phases("activePower", *HOUR)
    quarters = question(*HOUR, POWER, resolution="fifteenmin", point=[PHASED])
    each = [half_up(mean(values), 6) for values in by_end.values()]
    assert [row[2] for row in rows(quarters)] == each
    together = [sum(values) for values in by_end.values()]
    assert [row[2] for row in rows(quarters, phase_power="total")] == together
    listed = raw(listing(*HOUR, "activePower", variant="phase"), phase_power="total")
    assert [(row["index"], row["value"], row["original"]) for row in listed] == [(1, one, None) for one in together]


def test_the_greatest_power_of_all_phases_is_of_one_moment() -> None:
    asked = question(*HOUR, {**POWER, "xFunction": "max"}, resolution="hour", point=[PHASED])
    by_end = phases("activePower", *HOUR)
    assert rows(asked, phase_power="total")[0][2] == max(sum(values) for values in by_end.values())


def test_current_of_all_phases_and_voltage_of_each() -> None:
    current = series("current", "phase", unit="A", xFunction="avg", decimalPoints=6)
    voltage = series("voltage", "phase", unit="V", xFunction="avg", decimalPoints=6)
    quarters = {
        definition: [
            row[2] for row in rows(question(*HOUR, one, resolution="fifteenmin", point=[PHASED]), phase_power="total")
        ]
        for definition, one in (("current", current), ("voltage", voltage))
    }
    assert quarters["current"] == [sum(values) for values in phases("current", *HOUR).values()]
    assert quarters["voltage"] == [half_up(mean(values), 6) for values in phases("voltage", *HOUR).values()]


def test_a_total_beside_energy_is_counted_twice() -> None:
    hours = question(*DAY, series(), resolution="hour", point=[LEAF])
    assert [row[2] for row in rows(hours, indices="total_beside")] == [2 * row[2] for row in rows(hours)]
    plain = raw(listing(*HOUR, point=LEAF))
    both = raw(listing(*HOUR, point=LEAF), indices="total_beside")
    assert both == [*plain, *({**row, "index": 2} for row in plain)]


def test_a_total_beside_phases_is_in_their_mean() -> None:
    quarters = question(*HOUR, POWER, resolution="fifteenmin", point=[PHASED])
    by_end = phases("activePower", *HOUR)
    assert [row[2] for row in rows(quarters, indices="total_beside")] == [
        half_up(mean([*values, sum(values, Decimal(0))]), 6) for values in by_end.values()
    ]
    listed = raw(listing(*HOUR, "activePower", variant="phase"), indices="total_beside")
    assert [row["index"] for row in listed] == [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4
    assert [row["value"] for row in listed[12:]] == [sum(values) for values in by_end.values()]


def test_voltages_from_line_to_line_are_in_the_mean() -> None:
    voltage = series("voltage", "phase", unit="V", xFunction="avg", decimalPoints=6)
    quarters = question(*HOUR, voltage, resolution="fifteenmin", point=[PHASED])
    assert [row[2] for row in rows(quarters, indices="total_beside")] == [
        half_up(mean(values) * (1 + Decimal("1.75")) / 2, 6) for values in phases("voltage", *HOUR).values()
    ]
    listed = raw(listing(*HOUR, "voltage", variant="phase"), indices="total_beside")
    assert [row["index"] for row in listed[::4]] == [1, 2, 3, 4, 5, 6]
    assert [row["value"] for row in listed[12:]] == [row["value"] * Decimal("1.75") for row in listed[:12]]


def test_one_index_or_a_row_for_each() -> None:
    quarters = question(*HOUR, POWER, resolution="fifteenmin", point=[PHASED])
    by_index = [
        [
            Decimal(value)
            for (value,) in world().store.database.execute(
                "SELECT value FROM reading WHERE point_id = 12768 AND definition = 'activePower' AND idx = ?"
                " AND end_utc BETWEEN ? AND ? ORDER BY end_utc",
                (index, *(int(datetime.fromisoformat(text).replace(tzinfo=ISTANBUL).timestamp()) for text in HOUR)),
            )
        ]
        for index in (1, 2, 3)
    ]
    assert [row[2] for row in rows(quarters, indices="first")] == by_index[0]
    labels = [row[0] for row in rows(quarters)]
    assert sorted(rows(quarters, indices="rows")) == sorted(
        [label, 12768, value] for values in by_index for label, value in zip(labels, values, strict=True)
    )


def test_ids_as_text() -> None:
    plain = question(*DAY, series(), point=[LEAF, PHASED])
    assert rows(plain, row_ids="text") == [[label, str(number), value] for label, number, value in rows(plain)]
    priced = question(*FEBRUARY, cost(), point=[LEAF], resolution=None)
    assert rows(priced, row_ids="text")[0][0] == "12747"


# ----- 3 and 16: units and decimals


@pytest.mark.parametrize("unit", ["kWh", "MWh", "Wh", "V"])
def test_units_ignored(unit: str) -> None:
    asked = question(*DAY, series(unit=unit, decimalPoints=3), point=[LEAF])
    assert rows(asked, units="ignored")[0][2] == total(LEAF, *DAY)


def test_units_that_the_document_does_not_list() -> None:
    power = question(*HOUR, {**POWER, "unit": "kW"}, resolution="hour", point=[PHASED])
    energy = question(*DAY, series(unit="kWh", decimalPoints=3), point=[LEAF])
    watts = mean([value for values in phases("activePower", *HOUR).values() for value in values])
    assert rows(power)[0][2] == half_up(watts / 1000, 6)
    assert rows(power, units="unlisted_ignored")[0][2] == half_up(watts, 6)
    assert refusal(power, units="unlisted_refused") == "Unknown unit 'kW'"
    for form in ("unlisted_ignored", "unlisted_refused"):
        assert rows(energy, units=form)[0][2] == total(LEAF, *DAY) / 1000


def test_decimals() -> None:
    asked = question(*HOUR, {**POWER, "decimalPoints": 3}, resolution="fifteenmin", point=[PHASED])
    exact = [mean(values) for values in phases("activePower", *HOUR).values()]
    assert [row[2] for row in rows(asked, decimals="truncated")] == [
        value.quantize(Decimal("0.001"), rounding=ROUND_DOWN) for value in exact
    ]
    assert [row[2] for row in rows(asked, most_decimals=1)] == [half_up(value, 1) for value in exact]
    assert rows(asked, most_decimals=3) == rows(asked)


# ----- 5: parents


def children(code: str) -> list[str]:
    found = world().store.database.execute("SELECT code, parent FROM point").fetchall()
    return [child for child, parent in found if (parent or "").casefold() == code.casefold()]


def leaves(code: str) -> list[str]:
    """Return the points at and below one that have nothing below them."""
    below = children(code)
    return [leaf for child in below for leaf in leaves(child)] if below else [code]


def with_children(code: str) -> Decimal:
    return total(code, *DAY) + sum(with_children(child) for child in children(code))


CODES = ("xFabrikaFabrika", PARENT, "xFabrikaTrafo2", LEAF, PHASED, "xyzBesiktas")


@pytest.mark.parametrize("code", CODES)
def test_parents_are_the_sum_of_their_children(code: str) -> None:
    asked = question(*DAY, series(), point=[code])
    assert rows(asked, parents="children")[0][2] == sum(total(leaf, *DAY) for leaf in leaves(code))
    assert rows(asked, parents="own_and_children")[0][2] == with_children(code)
    listed = listing(*DAY, point=code)
    assert raw(listed, parents="own_and_children") == raw(listed) != []
    assert raw(listed, parents="children") == ([] if children(code) else raw(listed))


@pytest.mark.parametrize("form", ["children", "own_and_children"])
def test_levels_of_parents_are_their_own(form: str) -> None:
    site = "xFabrikaFabrika"
    assert PHASED in children(site)
    asked = question(*HOUR, POWER, resolution="hour", point=[site])
    own = [Decimal(value) for _, value in readings(world(), site, "activePower", "phase", *HOUR)]
    assert rows(asked, parents=form)[0][2] == half_up(mean(own), 6)


def test_costs_follow_the_parents() -> None:
    asked = question(*FEBRUARY, cost(decimalPoints=8), resolution=None, point=[PARENT])

    def spent(code: str) -> Decimal:
        return by_hand(world(), code, "activeEnergyCost", *FEBRUARY, taxed=False, decimals=8)

    assert rows(asked, parents="children")[0][1] == sum(spent(leaf) for leaf in leaves(PARENT))


def test_a_point_without_a_meter_is_the_sum_of_its_children_too() -> None:
    asked = question(*DAY, series(variant="produced"), point=["xFabrikaFabrika"])
    assert rows(asked) == []
    for form in ("children", "own_and_children"):
        assert rows(asked, parents=form)[0][2] == total(ROOF, *DAY, variant="produced")


def test_parents_in_a_circle_end() -> None:
    direct = built(NOW - timedelta(hours=2))
    with direct.store.lock:
        direct.store.database.execute("UPDATE point SET parent = ? WHERE code = ?", (LEAF, PARENT))
    asked = question("2026-03-10T00:00:00", "2026-03-10T23:59:59", series(), point=None)
    for form in ("children", "own_and_children"):
        with direct.switched(parents=form):
            assert direct.ask("GetData", asked)["succeeded"]


# ----- 17: signs


def test_generated_energy_is_negative() -> None:
    asked = question(*DAY, series(variant="produced"), resolution="hour", point=[ROOF])
    assert [row[2] for row in rows(asked, generated="negative")] == [-row[2] for row in rows(asked)]
    highest = question(*DAY, series(variant="produced", xFunction="min"), point=[ROOF])
    values = [value for _, value in readings(world(), ROOF, "activeEnergy", "produced", *DAY)]
    assert rows(highest, generated="negative")[0][2] == -max(values)
    listed = listing(*DAY, variant="produced", point=ROOF)
    assert raw(listed, generated="negative") == [
        {**row, "value": -row["value"], "original": -row["original"]} for row in raw(listed)
    ]
