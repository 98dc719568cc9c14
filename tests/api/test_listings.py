"""Responses with values of the Data Science table and with commands: what cannot be used leaves the rest."""

from typing import Final

import pytest

from custom_components.reengen.api import responses
from custom_components.reengen.api.models import CommandOption, ParameterKind
from custom_components.reengen.api.oddities import OddityKind

from .response_bodies import envelope, named

VALUE = {"tenant": "xyz", "point": "a", "type": "t", "value": "007"}


@pytest.mark.parametrize("point", ["a", ["a"]])
def test_a_data_science_value_names_its_point_in_either_way(point: object) -> None:
    (value,) = responses.data_values(envelope({"data": [VALUE | {"point": point}]}))
    assert (value.point, value.value) == ("a", "007")


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"value": 7}, "data[0].value", "a"),
        ({"value": None}, "data[0].value", "a"),
        ({"point": ["a", "b"]}, "data[0].point", None),
        ({"point": [5]}, "data[0].point", None),
        ({"tenant": None}, "data[0].tenant", "a"),
        ({"type": 5, "point": ["a"]}, "data[0].type", "a"),
    ],
)
def test_a_data_science_value_that_does_not_fit_is_left_out(
    changes: dict[str, object], where: str, code: str | None
) -> None:
    for decode in (responses.data_values, responses.changed_data_values):
        (value,) = found = decode(envelope({"data": [VALUE | changes, VALUE | {"point": "b"}]}))
        assert value.point == "b"
        assert named(found.oddities) == [(OddityKind.DATA_VALUE, where)]
        assert found.oddities[0].point_code == code


@pytest.mark.parametrize("properties", [None, {}, {"data": None}, {"data": 5}, {"data": {}}], ids=repr)
def test_a_change_that_the_platform_has_made_needs_no_echo(properties: object) -> None:
    found = responses.changed_data_values(envelope(properties))
    assert not found
    assert named(found.oddities) == [(OddityKind.DATA_VALUE, "data")]


COMMAND = {"code": "c", "name": "C", "commandType": "Schedule"}
OTHER = {"code": "d", "name": "D", "commandType": "NoParameter"}


def test_commands_of_unknown_types_are_listed() -> None:
    options = [{"code": "x", "name": None}]
    (command,) = responses.commands(envelope({"data": [COMMAND | {"options": options, "parameterType": "colour"}]}))
    assert (command.command_type, command.parameter_type) == ("Schedule", "colour")
    assert command.options == (CommandOption(code="x", name="x"),)


def test_a_command_without_name_is_called_by_its_code() -> None:
    (command,) = responses.commands(envelope({"data": [COMMAND | {"name": None, "options": None}]}))
    assert (command.name, command.options) == ("c", ())


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        pytest.param("on", "data[0]", id="a text"),
        pytest.param(COMMAND | {"code": None}, "data[0].code", id="no code"),
        pytest.param(COMMAND | {"commandType": None}, "data[0].commandType", id="no type"),
        pytest.param(COMMAND | {"parameterType": 5}, "data[0].parameterType", id="parameter type as number"),
    ],
)
def test_a_command_that_does_not_fit_is_left_out(entry: object, where: str) -> None:
    (command,) = found = responses.commands(envelope({"data": [entry, OTHER]}), "trafo")
    assert command.code == "d"
    assert named(found.oddities) == [(OddityKind.COMMAND, where)]
    assert (found.oddities[0].point_id, found.oddities[0].point_code) == (None, "trafo")


MODES: Final = [{"code": "on", "name": "On"}, {"code": "off", "name": "Off"}]
MODE: Final = COMMAND | {"commandType": "MultiOption", "options": MODES}


@pytest.mark.parametrize(
    ("options", "kept", "kind", "where"),
    [
        pytest.param({}, [], OddityKind.COMMAND_OPTION, "data[0].options", id="an object"),
        pytest.param(["x", *MODES], ["on", "off"], OddityKind.COMMAND_OPTION, "data[0].options[0]", id="a text"),
        pytest.param(
            [*MODES, {"name": "Auto"}],
            ["on", "off"],
            OddityKind.COMMAND_OPTION,
            "data[0].options[2].code",
            id="no code",
        ),
        pytest.param(
            [{"code": 0, "name": "Auto"}, *MODES],
            ["on", "off"],
            OddityKind.COMMAND_OPTION,
            "data[0].options[0].code",
            id="code as number",
        ),
        pytest.param(
            [*MODES, {"code": "on", "name": "Once more"}],
            ["on", "off"],
            OddityKind.SAME_VALUE_TWICE,
            "data[0].options[2].code",
            id="one twice",
        ),
        pytest.param(
            [{"code": "on", "name": 5}, MODES[1]], ["on", "off"], OddityKind.TEXT, "data[0].options[0].name", id="name"
        ),
    ],
)
def test_an_option_that_does_not_fit_leaves_the_others(
    options: object, kept: list[str], kind: OddityKind, where: str
) -> None:
    command, other = found = responses.commands(envelope({"data": [MODE | {"options": options}, OTHER]}))
    assert [option.code for option in command.options] == kept
    assert command.kind is (ParameterKind.OPTION if kept else ParameterKind.UNKNOWN)
    assert other.code == "d"
    assert named(found.oddities) == [(kind, where)]


@pytest.mark.parametrize(
    ("second", "codes", "kind"),
    [
        pytest.param(MODE, ["c", "d"], OddityKind.SAME_VALUE_TWICE, id="the same"),
        pytest.param(MODE | {"name": "New"}, ["c", "d"], OddityKind.SAME_VALUE_TWICE, id="another name"),
        pytest.param(MODE | {"options": MODES[:1]}, ["d"], OddityKind.COMMAND, id="other options"),
        pytest.param(MODE | {"commandType": "NoParameter"}, ["d"], OddityKind.COMMAND, id="another type"),
    ],
)
def test_two_commands_of_one_code_run_only_if_they_take_the_same(
    second: object, codes: list[str], kind: OddityKind
) -> None:
    found = responses.commands(envelope({"data": [MODE, OTHER, second]}))
    assert [command.code for command in found] == codes
    assert named(found.oddities) == [(kind, "data[2].code")]
