"""What a remote command becomes, and how options are shown and sent."""

from homeassistant.const import MAX_LENGTH_STATE_STATE, Platform
from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api import Command, CommandOption
from custom_components.reengen.commands.kinds import option_code, option_labels, platform_of

ON_OFF_AUTO = (("on", "On"), ("off", "Off"), ("auto", "Auto"))


def make_command(
    command_type: str, parameter_type: str | None = None, options: tuple[tuple[str, str], ...] = ()
) -> Command:
    return Command(
        code="some-code",
        name="Some name",
        command_type=command_type,
        parameter_type=parameter_type,
        options=tuple(CommandOption(code=code, name=name) for code, name in options),
    )


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        pytest.param(make_command("SingleParameter", "boolean"), Platform.SWITCH, id="printed: lights-on-off"),
        pytest.param(make_command("MultiOption", None, ON_OFF_AUTO), Platform.SELECT, id="printed: generator-mode"),
        pytest.param(make_command("NoParameter"), Platform.BUTTON, id="NoParameter"),
        pytest.param(make_command("MultiParameter", None, ON_OFF_AUTO), Platform.SELECT, id="MultiParameter"),
        pytest.param(make_command("MultiOption", "string", ON_OFF_AUTO), Platform.SELECT, id="options with a type"),
        pytest.param(make_command("SingleParameter", "Boolean"), Platform.SWITCH, id="Boolean"),
        pytest.param(make_command("SingleParameter", "BOOLEAN"), Platform.SWITCH, id="BOOLEAN"),
        pytest.param(make_command("SingleParameter", "bool"), Platform.SWITCH, id="bool"),
        pytest.param(make_command("NoParameter", "boolean"), Platform.BUTTON, id="NoParameter with a type"),
        pytest.param(make_command("SingleParameter", "boolean", ON_OFF_AUTO), Platform.SWITCH, id="boolean, options"),
        pytest.param(make_command("SingleParameter", "integer"), Platform.NUMBER, id="integer"),
        pytest.param(make_command("SingleParameter", "double"), Platform.NUMBER, id="double"),
        pytest.param(make_command("SingleParameter", "string"), Platform.TEXT, id="string"),
        pytest.param(make_command("SingleParameter", "date"), None, id="a type nobody described"),
        pytest.param(make_command("SingleParameter", "boolean[]"), None, id="array of boolean"),
        pytest.param(make_command("SingleParameter"), None, id="SingleParameter without type"),
        pytest.param(make_command("SingleParameter", ""), None, id="SingleParameter with empty type"),
        pytest.param(make_command("SingleParameter", None, ON_OFF_AUTO), None, id="SingleParameter with options alone"),
        pytest.param(make_command("MultiOption"), None, id="MultiOption without options"),
        pytest.param(make_command("MultiParameter", "boolean"), None, id="MultiParameter without options"),
        pytest.param(make_command("Schedule", "boolean", ON_OFF_AUTO), None, id="unknown command type"),
        pytest.param(make_command("noparameter"), None, id="unknown spelling of a command type"),
    ],
)
def test_kind_of_entity(command: Command, kind: Platform | None) -> None:
    assert platform_of(command) is kind


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        pytest.param(ON_OFF_AUTO, ["On", "Off", "Auto"], id="printed: names"),
        pytest.param((("a", "Pump"), ("b", "Pump"), ("c", "Fan")), ["Pump (a)", "Pump (b)", "Fan"], id="equal names"),
        pytest.param(
            (("a", "Pump"), ("b", "Pump"), ("c", "Pump (a)")),
            ["1. Pump", "2. Pump", "3. Pump (a)"],
            id="equal names that the code does not tell apart",
        ),
        pytest.param(
            (("a", "x" * 256), ("b", "Off")), ["1. " + "x" * 245, "2. Off"], id="a name that is too long for a state"
        ),
        pytest.param((("a", "x" * 255),), ["x" * 255], id="a name that is just short enough"),
        pytest.param((("a", "unknown"), ("b", "Off"), ("c", " ")), ["unknown (a)", "Off", "  (c)"], id="no news"),
        pytest.param((("a", "A\0"), ("b", "A")), ["A ", "A"], id="a character that databases refuse"),
        pytest.param((("a", "auto"), ("b", "Auto")), ["auto", "Auto"], id="names that differ in case"),
    ],
)
def test_labels(options: tuple[tuple[str, str], ...], labels: list[str]) -> None:
    command = make_command("MultiOption", None, options)
    assert list(option_labels(command).values()) == labels
    assert list(option_labels(command)) == [code for code, _ in options]


# Few letters and short texts, so that names, codes and "name (code)" meet; and some that are too long.
_texts = st.text("ab ()1.", min_size=1, max_size=8) | st.text("ab", min_size=250, max_size=300)


@given(st.lists(st.tuples(_texts, _texts), min_size=1, max_size=12, unique_by=lambda option: option[0]))
def test_every_option_can_be_told_and_found(options: list[tuple[str, str]]) -> None:
    command = make_command("MultiOption", None, tuple(options))
    labels = option_labels(command)
    assert len(set(labels.values())) == len(options)
    assert all(len(label) <= MAX_LENGTH_STATE_STATE for label in labels.values())
    assert [option_code(command, label) for label in labels.values()] == [code for code, _ in options]


def test_a_text_that_is_no_label_has_no_code() -> None:
    with pytest.raises(KeyError):
        option_code(make_command("MultiOption", None, ON_OFF_AUTO), "on")
