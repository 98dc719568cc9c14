"""Rules by which a series shows that a command had effect; when is looked, and at which quarter hours."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.account.options import AccountOptions
from custom_components.reengen.api import Command, CommandOption
from custom_components.reengen.commands.confirmation import (
    Comparison,
    case_key,
    cases,
    first_quarter,
    has_rule,
    next_look,
    rule_of,
)

QUARTER = timedelta(minutes=15)
SETTLE = timedelta(minutes=5)

# As the API document prints them (ListAvailableCommands).
SWITCH = Command(code="lights-on-off", name="Lights", command_type="SingleParameter", parameter_type="boolean")
SELECT = Command(
    code="generator-mode-set",
    name="Mode",
    command_type="MultiOption",
    options=(CommandOption(code="on", name="On"), CommandOption(code="auto", name="Auto")),
)
BUTTON = Command(code="generator-test", name="Test", command_type="NoParameter")
NUMBER = Command(code="set-point", name="Set", command_type="SingleParameter", parameter_type="double")
UNKNOWN = Command(code="schedule", name="Schedule", command_type="Schedule")
STORED = {"measurement": "active_power_phase", "comparison": "below", "threshold": 5000.0, "minutes": 60}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (SWITCH, ["7/lights-on-off/on", "7/lights-on-off/off"]),
        (SELECT, ["7/generator-mode-set/on", "7/generator-mode-set/auto"]),
        (BUTTON, ["7/generator-test/"]),
        (NUMBER, ["7/set-point/"]),
        (UNKNOWN, []),
    ],
    ids=lambda value: value.code if isinstance(value, Command) else "",
)
def test_what_is_confirmed_apart(command: Command, expected: list[str]) -> None:
    assert [case_key(7, command, parameter) for parameter, _ in cases(command)] == expected


def test_any_number_is_one_case() -> None:
    assert case_key(7, NUMBER, 21.5) == case_key(7, NUMBER, 22) == case_key(7, NUMBER, None)


def test_a_rule_of_one_case_is_none_of_the_others() -> None:
    options = AccountOptions.read({"confirmations": {"7/lights-on-off/off": STORED}})
    rule = rule_of(options, 7, SWITCH, parameter=False)
    assert rule is not None
    assert (rule.measurement.series.definition, rule.comparison) == ("activePower", Comparison.BELOW)
    assert (rule.threshold, rule.wait) == (5000.0, timedelta(hours=1))
    assert rule_of(options, 7, SWITCH, parameter=True) is None
    assert rule_of(options, 8, SWITCH, parameter=False) is None
    assert rule_of(AccountOptions.read({}), 7, SWITCH, parameter=False) is None
    assert has_rule(options, 7, SWITCH)
    assert not has_rule(options, 7, SELECT)


def test_a_measurement_that_is_gone_confirms_nothing() -> None:
    options = AccountOptions.read({"confirmations": {"7/generator-test/": {**STORED, "measurement": "gone"}}})
    assert rule_of(options, 7, BUTTON, None) is None


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_value_on_the_threshold_shows_nothing(value: float, threshold: float) -> None:
    fits = {}
    for comparison in Comparison:
        stored = {**STORED, "comparison": comparison, "threshold": threshold}
        rule = rule_of(AccountOptions.read({"confirmations": {"7/generator-test/": stored}}), 7, BUTTON, None)
        assert rule is not None
        fits[comparison] = rule.fits(value)
    assert fits[Comparison.BELOW] + fits[Comparison.ABOVE] == (value != threshold)


@given(
    st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)),
    st.integers(0, 100_000),
    st.sampled_from(["Europe/Istanbul", "Europe/Berlin", "UTC"]),
)
def test_each_quarter_hour_behind_the_command_is_looked_at_once_it_is_over(
    naive: datetime, seconds_later: int, zone_name: str
) -> None:
    accepted_at = naive.replace(tzinfo=UTC)
    zone = ZoneInfo(zone_name)
    first = first_quarter(accepted_at, zone)
    # The clocks of these zones stand on whole quarter hours of UTC.
    assert first.timestamp() % 900 == 0
    assert timedelta(0) <= first - accepted_at < QUARTER

    now = accepted_at + timedelta(seconds=seconds_later)
    when = next_look(accepted_at, now, zone)
    assert when > now
    assert (when - SETTLE).timestamp() % 900 == 0
    assert when >= first + QUARTER + SETTLE
    # Nothing is skipped: one step earlier is past, or before anything can be there.
    assert when - QUARTER <= now or when == first + QUARTER + SETTLE
