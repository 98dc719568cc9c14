"""Each assumption that the simulator can break, broken alone: its probe differs by the right figure, all others are as before."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.reengen.platform_check.probes import PROBES, verdicts_of
from custom_components.reengen.platform_check.verdicts import Outcome
from custom_components.reengen.platform_check.writing import PROBE
from simulator import Simulator
from tests.test_translations import ENGLISH, TEXTS, placeholders

from .conftest import DAY, MONTH, MONTH_END, PHASED, SITE, Ask

type Figures = dict[str, float | str]

SIMULATOR_PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"
HOUR = timedelta(hours=1)
WORDS = "Kimlik kabul edilmedi"


def total(simulator: Simulator, code: str, definition: str, start: datetime, end: datetime) -> float:
    """Return the sum of a point's readings in a range, whatever their index; of energy those of import."""
    variant = "import" if definition == "activeEnergy" else "phase"
    found = simulator.database.execute(
        "SELECT TOTAL(value) FROM reading r JOIN point p ON p.id = r.point_id WHERE p.tenant = 'xyz' AND p.code = ?"
        " AND definition = ? AND variant = ? AND end_utc >= ? AND end_utc < ?",
        (code, definition, variant, start.timestamp(), end.timestamp()),
    ).fetchone()
    return float(found[0])


def power_to_energy(simulator: Simulator) -> Figures:
    """Return the power of all phases, an average for each quarter hour, to the energy of half a day."""
    power = total(simulator, PHASED, "activePower", DAY, DAY + 12 * HOUR) / 4
    return {"ratio": round(power / total(simulator, PHASED, "activeEnergy", DAY, DAY + 12 * HOUR), 4)}


def without_last_second(simulator: Simulator) -> Figures:
    """Return what the hour from eleven has without the reading of its last second."""
    start, end = DAY + 11 * HOUR, DAY + 12 * HOUR
    cut = total(simulator, PHASED, "activeEnergy", start, end - timedelta(seconds=1))
    return {"ratio": round(cut / total(simulator, PHASED, "activeEnergy", start, end), 4)}


def with_all_below(simulator: Simulator) -> Figures:
    """Return what the site has with all that is below it, to what its own meter counted."""
    query = (
        "WITH RECURSIVE below(code) AS (SELECT ? UNION"
        " SELECT p.code FROM point p JOIN below b ON lower(p.parent) = lower(b.code) WHERE p.tenant = 'xyz')"
        " SELECT code FROM below"
    )
    codes = [code for (code,) in simulator.database.execute(query, (SITE,))]
    window = DAY, DAY + 25 * HOUR
    everything = sum(total(simulator, code, "activeEnergy", *window) for code in codes)
    return {"ratio": round(everything / total(simulator, SITE, "activeEnergy", *window), 4)}


def with_charge(simulator: Simulator) -> Figures:
    """Return the month's cost with a charge of 250 to the cost without, of the point that pays least."""
    costs = simulator.database.execute(
        "SELECT TOTAL(r.value / t.stored_per_unit * t.price) FROM reading r JOIN point p ON p.id = r.point_id"
        " JOIN tariff t ON t.definition = r.definition AND t.variant = r.variant"
        " AND r.end_utc >= t.valid_from_utc AND r.end_utc < t.valid_to_utc AND t.cost_group = 'activeEnergyCost'"
        " WHERE p.code IN (?, ?) AND r.end_utc >= ? AND r.end_utc < ? GROUP BY p.code",
        (PHASED, SITE, MONTH.timestamp(), MONTH_END.timestamp()),
    )
    least = min(float(cost) for (cost,) in costs)
    return {"ratio": round((least + 250) / least, 4)}


def fixed(**figures: float | str) -> Callable[[Simulator], Figures]:
    return lambda _: figures


IN_MINUTES = fixed(quarters=15, hours=60, days=1440)
# Three voltages of phases and three between them, 1.75 times as high.
BESIDE = fixed(ratio=(3 + 3 * 1.75) / 6, indices=6)

# (switch, value): the probe that differs, what, and figures of it.
TABLE: dict[tuple[str, Any], tuple[str, str, Callable[[Simulator], Figures]]] = {
    ("stamp_zone", "UTC"): ("clock", "clock", fixed(hours=-3, utc_offset=0)),
    ("raw_stamp_zone", "UTC"): ("labels", "apart", fixed(hours=3)),
    ("raw_stamp_zone", "Asia/Kathmandu"): ("labels", "apart", fixed(hours=-2.75)),
    ("phase_power", "total"): ("phase_power", "total", power_to_energy),
    ("units", "ignored"): ("units", "energy", fixed(ratio=1)),
    ("units", "unlisted_ignored"): ("units", "power", fixed(ratio=1)),
    ("units", "unlisted_refused"): ("units", "refused", fixed()),
    ("range_end", "exclusive"): ("range_end", "missing", without_last_second),
    ("range_end", "whole_buckets"): ("range_end", "missing", fixed(ratio=0)),
    ("parents", "children"): ("parents", "children", fixed(to_children=1)),
    ("parents", "own_and_children"): ("parents", "both", with_all_below),
    ("bucket_label", "end"): ("labels", "end", IN_MINUTES),
    ("bucket_label", "last_second"): ("labels", "last_second", IN_MINUTES),
    ("indices", "total_beside"): ("indices", "beside", BESIDE),
    ("indices", "first"): ("indices", "first", fixed(indices=3)),
    ("indices", "rows"): ("indices", "rows", fixed(indices=3)),
    ("standing_charge", 250.0): ("costs", "fixed", with_charge),
    ("cost_tax", "never"): ("costs", "tax", fixed(tax=1)),
    ("cost_tax", "always"): ("costs", "tax", fixed(tax=1)),
    ("empty_buckets", "null"): ("future", "null", fixed()),
    ("empty_buckets", "zero"): ("future", "zero", fixed()),
    ("empty_buckets", "null_ahead"): ("future", "null_ahead", fixed()),
    ("empty_buckets", "zero_ahead"): ("future", "zero_ahead", fixed()),
    ("future_end", "refused"): ("future", "refused", fixed()),
    ("future_end", "clamped"): ("future", "clamped", fixed()),
    ("session_message", WORDS): ("connection_id", "unrecognised", fixed(status=200, words=WORDS)),
    ("session_refusal", "page"): ("connection_id", "unrecognised", fixed(status=200)),
    ("month_label", "last"): ("months", "last", fixed()),
    ("month_label", "next"): ("months", "next", fixed()),
    ("decimals", "truncated"): ("decimals", "truncated", fixed(decimals=2)),
    ("most_decimals", 1): ("decimals", "fewer", fixed(decimals=1)),
    ("generated", "negative"): ("generated", "negative", fixed(share=1)),
    ("raw_value", "register"): ("registers", "register", fixed(share=1)),
    ("raw_stamp", "start"): ("registers", "start", fixed(share=1)),
}


@pytest.mark.parametrize(("switch", "value"), TABLE)
async def test_a_switch_alone_makes_its_probe_differ(simulator: Simulator, ask: Ask, switch: str, value: Any) -> None:
    probe, what, figures = TABLE[switch, value]
    evidence = await ask(**{switch: value})
    found = {verdict.probe: verdict for verdict in verdicts_of(evidence)}
    assert evidence.requests == simulator.count() - 2 <= 16
    assert {name for name, verdict in found.items() if verdict.outcome is not Outcome.HOLDS} == {probe}
    assert (found[probe].outcome, found[probe].what) == (Outcome.DIFFERS, what)
    wanted = figures(simulator)
    assert {key: found[probe].figures[key] for key in wanted} == pytest.approx(wanted)
    assert_has_sentences(found.values())


def assert_has_sentences(verdicts: Any) -> None:
    texts = ENGLISH["selector"]["platform_check"]["options"]
    for verdict in verdicts:
        assert placeholders(texts[verdict.text_key]) <= verdict.figures.keys(), verdict


# What no probe takes for anything else: refusals that are recognised, what a check does not ask for, and bounds that its
# responses and ranges keep to.
HARMLESS: list[tuple[str, Any]] = [
    ("session_refusal", "401-json"),
    ("session_refusal", "403-html"),
    ("session_status", 500),
    ("row_ids", "text"),
    ("week_label", "sunday"),
    ("week_label", "start"),
    ("week_label", "next"),
    ("data_row_cap", 2_000),
    ("row_cap", 2_000),
    ("most_rows", 2_000),
    ("longest_range_days", 62),
    ("seconds_per_row", 1e-9),
    ("gateway_seconds", 30),
]
# Only what is written tells.
OF_WRITES = {"import_value"}


def test_every_assumption_of_the_simulator_is_here() -> None:
    _, _, text = SIMULATOR_PAGE.read_text(encoding="utf-8").partition("## Assumptions")
    assumptions, _, _ = text.partition("\n## ")
    rows = re.findall(r"^\| `(\w+)` \|(.*?)\|", assumptions, re.MULTILINE)
    assert {switch for switch, _ in rows} == {switch for switch, _ in (*TABLE, *HARMLESS)} | OF_WRITES
    # Of a closed set each value but the default one.
    values = {(switch, value) for switch, cell in rows for value in re.findall(r'`"([^"]+)"`', cell)[1:]}
    covered = {*TABLE, *HARMLESS}
    closed = {(switch, value) for switch, value in values if switch not in {"session_message", *OF_WRITES}}
    assert closed <= covered


@pytest.mark.parametrize(("switch", "value"), HARMLESS)
async def test_by_default_and_where_the_refusal_is_recognised_everything_holds(
    ask: Ask, switch: str, value: Any
) -> None:
    verdicts = verdicts_of(await ask(**{switch: value}))
    assert [verdict.probe for verdict in verdicts] == list(PROBES)
    assert {verdict.outcome for verdict in verdicts} == {Outcome.HOLDS}
    # A third of the power on each of three phases, whose readings flicker by some percent.
    (power,) = [verdict for verdict in verdicts if verdict.probe == "phase_power"]
    assert power.figures["ratio"] == pytest.approx(1 / 3, abs=0.01)
    assert_has_sentences(verdicts)


async def test_a_clock_that_is_ahead_shows_in_the_sun_and_in_the_future(ask: Ask) -> None:
    verdicts = verdicts_of(await ask(stamp_zone="Asia/Tokyo"))
    differing = {verdict.probe: verdict for verdict in verdicts if verdict.outcome is Outcome.DIFFERS}
    assert {name: verdict.what for name, verdict in differing.items()} == {"clock": "clock", "future": "values"}
    assert differing["clock"].figures == {"hours": 6, "utc_offset": 9}
    assert_has_sentences(verdicts)


@pytest.mark.parametrize("language", TEXTS)
def test_every_sentence_is_of_a_probe_and_every_probe_has_one(language: str) -> None:
    keys = TEXTS[language]["selector"]["platform_check"]["options"].keys()
    of_probes = {key for key in keys if not key.startswith(("unknown_", "summary"))}
    assert {f"{probe}_holds" for probe in PROBES} <= of_probes
    assert all(key.startswith(tuple(f"{probe}_" for probe in (*PROBES, PROBE))) for key in of_probes)
