"""The envelope of every response: what it may leave out, and what is none."""

from contextlib import suppress

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.api import responses
from custom_components.reengen.api.envelope import parse_envelope
from custom_components.reengen.api.errors import ReengenRefusedError, ReengenResponseError

from .response_bodies import body

SECRET = "c04e229f-7d43-4936-823a-30b8f7706ef6"


def test_message_of_a_success_is_kept() -> None:
    response = parse_envelope(body({}, message=" quota nearly used "), "GetData")
    assert (response.method, response.properties, response.message) == ("GetData", {}, "quota nearly used")


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(b'{"succeeded": true}', id="nothing but succeeded"),
        pytest.param(b'\xef\xbb\xbf{"succeeded": true}', id="byte order mark"),
        pytest.param(b'{"succeeded": true, "properties": null, "new": [1]}', id="null and unknown keys"),
    ],
)
def test_properties_may_be_missing(response: bytes) -> None:
    assert parse_envelope(response, "ImportData").properties == {}


@pytest.mark.parametrize(
    ("response", "where"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"<html>Login</html>", "", id="HTML"),
        pytest.param(b'{"succeeded": true', "", id="truncated"),
        pytest.param(b'{"succeeded": true} {}', "", id="two responses"),
        pytest.param(b"[]", "", id="an array"),
        pytest.param(b"null", "", id="null"),
        pytest.param(b"true", "", id="a boolean"),
        pytest.param(b"[" * 100_000, "", id="too deep"),
        pytest.param('{"succeeded": true}'.encode("utf-16"), "", id="not UTF-8"),
        pytest.param(b"{}", "succeeded", id="no succeeded"),
        pytest.param(b'{"succeeded": null}', "succeeded", id="succeeded null"),
        pytest.param(b'{"succeeded": "true"}', "succeeded", id="succeeded as text"),
        pytest.param(b'{"succeeded": 1}', "succeeded", id="succeeded as number"),
        pytest.param(b'{"succeeded": true, "properties": []}', "properties", id="properties as array"),
        pytest.param(b'{"succeeded": true, "properties": "x"}', "properties", id="properties as text"),
    ],
)
def test_what_is_no_envelope_is_refused(response: bytes, where: str) -> None:
    with pytest.raises(ReengenResponseError, match=r"^GetData: ") as caught:
        parse_envelope(response, "GetData")
    assert (caught.value.method, caught.value.where) == ("GetData", where)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        pytest.param({"message": "unknown point"}, "unknown point", id="words"),
        pytest.param({"message": None}, "", id="null"),
        pytest.param({"message": "  "}, "", id="blank"),
        pytest.param({"message": {"code": 5}}, "an object", id="no words"),
        pytest.param({"message": "x" * 5_000}, "x" * 500, id="very many"),
        pytest.param({"properties": []}, "", id="properties that are none"),
    ],
)
def test_refusals_say_why(members: dict[str, object], message: str) -> None:
    with pytest.raises(ReengenRefusedError) as caught:
        parse_envelope(body(**members | {"succeeded": False}), "ExecuteCommand")
    assert caught.value.server_message == message
    assert str(caught.value) == f"ExecuteCommand: the platform refused: {message or 'no reason given'}"


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(b'{"properties": {"connectionId": "' + SECRET.encode() + b'"', id="truncated"),
        pytest.param(b'{"connectionId": "' + SECRET.encode() + b'"}', id="without succeeded"),
        pytest.param(b'{"succeeded": "' + SECRET.encode() + b'"}', id="in the wrong place"),
        pytest.param(b'"' + SECRET.encode() + b'"', id="alone"),
        pytest.param(b'{"succeeded": true, "properties": ["' + SECRET.encode() + b'"]}', id="in an array"),
        pytest.param(b'{"succeeded": true, "properties": {"connectionId": ["' + SECRET.encode() + b'"]}}', id="nested"),
    ],
)
def test_a_connection_id_is_in_no_error(response: bytes) -> None:
    with pytest.raises(ReengenResponseError) as caught:
        responses.connection_id(parse_envelope(response, "Authenticate"))
    error = caught.value
    assert SECRET not in f"{error} {error!r} {error.__dict__} {error.__cause__!r} {error.args}"


def test_a_connection_id_is_in_no_repr() -> None:
    response = parse_envelope(body({"connectionId": SECRET}), "Authenticate")
    assert responses.connection_id(response) == SECRET
    assert SECRET not in repr(response)


@pytest.mark.parametrize("properties", [None, {}, {"connectionId": None}, {"connectionId": ""}, {"connectionId": 5}])
def test_a_login_without_connection_id_is_refused(properties: object) -> None:
    with pytest.raises(ReengenResponseError, match="expected a connection id"):
        responses.connection_id(parse_envelope(body(properties), "Authenticate"))


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(ReengenResponseError, ReengenRefusedError):
        parse_envelope(content, "GetData")
