"""With every switch at its default a response is what the database gives, to the byte; each switch changes its own part."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
import json
from pathlib import Path
import re
from typing import Any, get_args

import pytest

from simulator import Profile

from . import printed
from .helpers import Client, Direct, cost, listing, question, series
from .said import DAY, FEBRUARY, HOUR, LEAF, PARENT, PHASED, ROOF, world
from .test_costs import by_hand
from .test_measurements import FUNCTIONS, bucketed, half_up, readings, shown

KILO = series(unit="kWh", decimalPoints=3)
# As many decimals as a price of four and a tax of one leave of watt hours.
EXACT_COST = cost(decimalPoints=8)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request by what it is about."""

    method: str = "GetData"
    properties: dict[str, Any] | None = None


QUESTIONS: dict[str, Asked] = {
    "hours": Asked(properties=question(*DAY, KILO, resolution="hour", point=[LEAF])),
    "rough hours": Asked(properties=question(*DAY, {**KILO, "decimalPoints": 1}, resolution="hour", point=[LEAF])),
    "watt hours": Asked(properties=question(*DAY, series(), point=[LEAF])),
    "two points": Asked(properties=question(*DAY, series(), resolution="hour", point=[LEAF, PHASED])),
    "parent": Asked(properties=question(*DAY, KILO, point=[PARENT])),
    "produced": Asked(properties=question(*DAY, {**KILO, "variant": "produced"}, point=[ROOF])),
    "today": Asked(
        properties=question("2026-03-10T00:00:00", "2026-03-10T23:59:59", KILO, resolution="hour", point=[LEAF])
    ),
    "week": Asked(
        properties=question("2026-03-02T00:00:00", "2026-03-08T23:59:59", KILO, resolution="week", point=[LEAF])
    ),
    "month": Asked(properties=question(*FEBRUARY, KILO, resolution="month", point=[LEAF])),
    "watts": Asked(
        properties=question(
            *HOUR,
            series("activePower", "phase", unit="W", xFunction="avg", decimalPoints=2),
            resolution="fifteenmin",
            point=[PHASED],
        )
    ),
    "kilowatts": Asked(
        properties=question(
            *HOUR,
            series("activePower", "phase", unit="kW", xFunction="avg", decimalPoints=5),
            resolution="fifteenmin",
            point=[PHASED],
        )
    ),
    "voltage": Asked(
        properties=question(
            *HOUR,
            series("voltage", "phase", unit="V", xFunction="avg", decimalPoints=2),
            resolution="hour",
            point=[PHASED],
        )
    ),
    "cost": Asked(properties=question(*FEBRUARY, EXACT_COST, resolution=None, point=[LEAF])),
    "taxed cost": Asked(
        properties=question(*FEBRUARY, {**EXACT_COST, "includeTax": "Internal"}, resolution=None, point=[LEAF])
    ),
    "parent's cost": Asked(properties=question(*FEBRUARY, EXACT_COST, resolution=None, point=[PARENT])),
    "day's cost": Asked(properties=question(*DAY, EXACT_COST, point=[LEAF])),
    "readings": Asked(method="ListDataEx", properties=listing(*DAY, point=LEAF)),
    "parent's readings": Asked(method="ListDataEx", properties=listing(*DAY, point=PARENT)),
    "produced readings": Asked(method="ListDataEx", properties=listing(*DAY, variant="produced", point=ROOF)),
    "phases": Asked(
        method="ListDataEx", properties=listing(*HOUR, "voltage", "activePower", variant="phase", point=PHASED)
    ),
    "points": Asked(method="GetPointHierarchy"),
    "commands": Asked(method="ListAvailableCommands", properties={"point": PHASED}),
}


# ----- the default, from the database


def enveloped(properties: str) -> bytes:
    return f'{{"properties":{{{properties}}},"succeeded":true,"message":null,"statistics":{{}}}}'.encode()


def measured(direct: Direct, asked: dict[str, Any]) -> bytes:
    """Return the response to a question of one series, each bucket added up from the view of readings."""
    one, start, end = asked["series"][0], asked["start"], asked["end"]
    per_unit = 1000 if one["unit"].startswith("k") else 1
    rows = [
        f'["{stamp}",{direct.store.point_id(code)},'
        f"{half_up(FUNCTIONS[one['xFunction']]([Decimal(value) for value in values]) / per_unit, one['decimalPoints']):f}]"
        # The order of the series in the database.
        for code in sorted(asked["point"], key=lambda code: direct.store.point_id(code) != 12768)
        for stamp, values in bucketed(
            readings(direct, code, one["definition"], one["variant"], start, end), asked["resolution"]
        )
    ]
    return enveloped(f'"data":{{"0":[{",".join(rows)}]}},"start":"{start}","end":"{end}"')


def priced(direct: Direct, asked: dict[str, Any]) -> bytes:
    """Return the response to a question of one cost, each reading with its tariff."""
    start, end, (code,) = asked["start"], asked["end"], asked["point"]
    taxed = asked["series"][0]["includeTax"] == "Internal"
    value = by_hand(direct, code, "activeEnergyCost", start, end, taxed=taxed, decimals=8)
    date = f'"{start}",' if asked["resolution"] else ""
    row = f"[{date}{direct.store.point_id(code)},{value:f}]"
    return enveloped(f'"data":{{"0":[{row}]}},"start":"{start}","end":"{end}"')


def listed(direct: Direct, asked: dict[str, Any]) -> bytes:
    """Return the response to a question of raw readings."""
    zone = direct.platform.options.zone
    marks = ", ".join("?" * len(asked["definition"]))
    first, last = (datetime.fromisoformat(asked[key]).replace(tzinfo=zone).timestamp() for key in ("start", "end"))
    rows = [
        f'{{"date":"{shown(end_utc, zone)}",'
        f'"original":{"null" if original is None else format(Decimal(original), ".2f")},'
        f'"index":{index},"value":{Decimal(value):.2f}}}'
        for end_utc, value, original, index in direct.store.database.execute(
            f"SELECT end_utc, value, original, idx FROM reading WHERE point_id = ? AND definition IN ({marks})"
            " AND variant = ? AND end_utc BETWEEN ? AND ? ORDER BY definition, idx, end_utc",
            (direct.store.point_id(asked["point"][0]), *asked["definition"], *asked["variant"], first, last),
        )
    ]
    return enveloped(f'"data":[{",".join(rows)}],"rowCount":{len(rows)}')


def tree(direct: Direct, _: Any) -> bytes:
    """Return the response that has all points."""
    rows = direct.store.database.execute(
        "SELECT name, parent, code, name, id, starting_date FROM point ORDER BY id_order"
    ).fetchall()
    keys = ("parent", "code", "name", "id", "startingDate")
    entries = [["All", dict.fromkeys(keys[:4])], *([row[0], dict(zip(keys, row[1:], strict=True))] for row in rows)]
    return enveloped(f'"data":{compact(entries)}')


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def printed_commands(_: Direct, __: Any) -> bytes:
    """Return the response that the document prints."""
    return compact(json.loads(printed.LISTED_COMMANDS)).encode()


type Oracle = Callable[[Direct, Any], bytes]

ORACLES: dict[str, Oracle] = {
    "GetPointHierarchy": tree,
    "ListDataEx": listed,
    "ListAvailableCommands": printed_commands,
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_by_default_a_response_is_what_the_database_gives(name: str) -> None:
    direct, asked = world(), QUESTIONS[name]
    of_data: Oracle = priced if "cost" in name else measured
    oracle = ORACLES.get(asked.method, of_data)
    assert direct.raw(asked.method, asked.properties) == (200, oracle(direct, asked.properties))


# ----- each switch alone

ENERGIES = {"hours", "rough hours", "watt hours", "two points", "parent", "produced", "today", "week", "month"}
POWERS = {"watts", "kilowatts"}
LEVELS = {*POWERS, "voltage"}
COSTS = {"cost", "taxed cost", "parent's cost", "day's cost"}
REGISTERS = {"readings", "parent's readings", "produced readings"}
RAW = {*REGISTERS, "phases"}
IN_KILOS = ENERGIES - {"watt hours", "two points"}
# Of quarter hours, hours or days.
SHORT = {*ENERGIES, *LEVELS, "day's cost"} - {"week", "month"}
LONG = {"hours", "rough hours", "two points", "today", *POWERS}
WITH_MANY_DECIMALS = {*IN_KILOS, *LEVELS, *COSTS} - {"rough hours"}
NOTHING: set[str] = set()

# (switch, value): the questions that are answered in another way.
CHANGED: dict[tuple[str, Any], set[str]] = {
    # A roof gives the same from 03:00 to 03:00 as from midnight to midnight.
    ("stamp_zone", "UTC"): {*ENERGIES, *LEVELS, *COSTS, *RAW} - {"produced"},
    ("raw_stamp_zone", "UTC"): RAW,
    ("phase_power", "total"): {*POWERS, "phases"},
    ("units", "ignored"): {*IN_KILOS, "kilowatts"},
    ("units", "unlisted_ignored"): {"kilowatts"},
    ("units", "unlisted_refused"): POWERS,
    # A roof gives nothing before midnight, and today has no reading at its end yet.
    ("range_end", "exclusive"): {*ENERGIES, *LEVELS, *COSTS, *RAW} - {"today", "produced"},
    ("range_end", "whole_buckets"): {*ENERGIES, *LEVELS, "day's cost"} - {"today"},
    ("parents", "children"): {"parent", "parent's cost", "parent's readings"},
    ("parents", "own_and_children"): {"parent", "parent's cost"},
    ("bucket_label", "end"): SHORT,
    ("bucket_label", "last_second"): SHORT,
    ("week_label", "sunday"): {"week"},
    # The week of the question begins on a Monday.
    ("week_label", "start"): NOTHING,
    ("week_label", "next"): {"week"},
    ("indices", "total_beside"): {*ENERGIES, *LEVELS, *RAW},
    ("indices", "first"): LEVELS,
    ("indices", "rows"): LEVELS,
    ("standing_charge", 10.5): {"cost", "taxed cost", "parent's cost"},
    ("cost_tax", "never"): {"taxed cost"},
    ("cost_tax", "always"): COSTS - {"taxed cost"},
    ("import_value", "register"): NOTHING,
    ("import_value", "kilo"): NOTHING,
    ("empty_buckets", "null"): {"today"},
    ("empty_buckets", "zero"): {"today"},
    ("empty_buckets", "null_ahead"): {"today"},
    ("empty_buckets", "zero_ahead"): {"today"},
    ("session_refusal", "401-json"): NOTHING,
    ("session_refusal", "403-html"): NOTHING,
    ("session_refusal", "page"): NOTHING,
    ("session_message", "Oturum bulunamadı"): NOTHING,
    ("session_status", 500): NOTHING,
    ("month_label", "last"): {"month"},
    ("month_label", "next"): {"month"},
    ("future_end", "refused"): {"today"},
    ("future_end", "clamped"): {"today"},
    ("data_row_cap", 3): LONG,
    ("row_cap", 3): RAW,
    ("most_rows", 3): {*LONG, *RAW},
    ("longest_range_days", 7.5): {"month", *COSTS} - {"day's cost"},
    ("seconds_per_row", 0.001): NOTHING,
    ("gateway_seconds", 0.0): NOTHING,
    # The rest of the voltage, beyond its two decimals, is less than a half.
    ("decimals", "truncated"): {"rough hours", *POWERS},
    ("most_decimals", 1): WITH_MANY_DECIMALS,
    ("generated", "negative"): {"produced", "produced readings"},
    ("row_ids", "text"): {*ENERGIES, *LEVELS, *COSTS},
    ("raw_value", "register"): REGISTERS,
    ("raw_stamp", "start"): RAW,
}


def spoken(direct: Direct) -> dict[str, tuple[int, bytes]]:
    """Return status and body of the response to each question."""
    return {name: direct.raw(asked.method, asked.properties) for name, asked in QUESTIONS.items()}


def stored(direct: Direct) -> dict[str, list[Any]]:
    """Return what the world's tables hold; of readings, which are many, figures that a change of one would change."""
    tables = ("unit", "point", "series", "command", "tariff", "dc_data", "meta", "revision", "hold", "effect")
    held = {table: direct.store.database.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    sums = "COUNT(*), SUM(end_utc), SUM(value), SUM(value * (end_utc % 9973)), SUM(original), SUM(revealed_utc)"
    return {**held, "reading": direct.store.database.execute(f"SELECT {sums} FROM reading").fetchall()}


@lru_cache
def default() -> dict[str, tuple[int, bytes]]:
    return spoken(world())


@pytest.mark.parametrize(("switch", "value"), CHANGED)
def test_a_switch_changes_its_own_part_and_nothing_of_the_world(switch: str, value: Any) -> None:
    direct, before = world(), default()
    held = stored(direct)
    with direct.switched(**{switch: value}):
        after = spoken(direct)
    assert {name for name in QUESTIONS if after[name] != before[name]} == CHANGED[switch, value]
    assert stored(direct) == held
    assert spoken(direct) == before


PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text().partition("\n## Assumptions\n")[2]
ASSUMPTIONS = dict(re.findall(r"^\| (\d+) \| [^|]+ \| (.+) \|$", PAGE, re.MULTILINE))
DOCUMENTED = {
    match[1]: (match[2], match[3].split(", "))
    for match in re.finditer(r"^\| `(\w+)` \| (.+?) \| ([\d, ]+) \| .+ \|$", PAGE, re.MULTILINE)
}


def test_every_assumption_has_a_switch_and_every_switch_its_assumption() -> None:
    assert list(ASSUMPTIONS) == [str(number) for number in range(1, 20)]
    named = {(number, name) for number, cell in ASSUMPTIONS.items() for name in re.findall(r"`(\w+)`", cell)}
    assert {(number, name) for name, (_, numbers) in DOCUMENTED.items() for number in numbers} == {
        (number, name) for number, name in named if hasattr(Profile(), name)
    }
    assert {switch for switch, _ in CHANGED} == set(DOCUMENTED)


def test_every_value_of_a_switch_is_documented_and_tried() -> None:
    for field in fields(Profile):
        if field.name not in DOCUMENTED:
            continue
        values = [value for value in get_args(field.type) if isinstance(value, str)]
        assert re.findall(r'`"([^"`]+)"`', DOCUMENTED[field.name][0]) == values or not values
        assert {value for switch, value in CHANGED if switch == field.name} >= {*values} - {field.default}


async def test_every_switch_is_set_over_http(client: Client) -> None:
    url = client.simulator.control_url + "profile"
    for switch, value in CHANGED:
        async with client.session.post(url, data=json.dumps({switch: value})) as response:
            assert response.status == 200
        async with client.session.get(url) as response:
            assert (await response.json())[switch] == value
    async with client.session.post(url, data=json.dumps({"stamp_zone": "Europe/Nowhere"})) as response:
        assert response.status == 400
        assert "stamp_zone" in (await response.json())["error"]
