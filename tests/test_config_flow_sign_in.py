"""Signing in: what goes wrong is explained, nothing typed is lost, and the next try works."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.account import client as account
from custom_components.reengen.account.client import account_unique_id, normalise_url
from custom_components.reengen.api import RetryPolicy
from custom_components.reengen.const import DEFAULT_URL
from simulator import Simulator

from .forms import asked, assert_form, held, labels, sign_in, submit, typed_account

SIGN_IN = ["Authenticate", "GetPointHierarchy"]


@pytest.fixture
def typed(simulator: Simulator) -> dict[str, Any]:
    """Return what a person types into the first form."""
    return typed_account(simulator)


@pytest.fixture
def patience(freezer: FrozenDateTimeFactory, leaping_clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a moment where a person would wait half a minute."""
    monkeypatch.setattr(account, "_PATIENCE", RetryPolicy(attempts=1, request_seconds=0.2, total_seconds=5.0))


FAULTS_AT_SIGN_IN = [
    ("http_401_json", "Authenticate", "authentication_failed"),
    ("refused", "GetPointHierarchy", "refused"),
    ("rate_limited", "Authenticate", "rate_limited"),
    ("rate_limited", "GetPointHierarchy", "rate_limited"),
    ("http_500_json", "GetPointHierarchy", "refused"),
    ("http_500_html", "Authenticate", "http_error"),
    ("http_503_html", "GetPointHierarchy", "http_error"),
    ("redirect_to_login", "Authenticate", "http_error"),
    ("maintenance_page_200", "Authenticate", "unexpected_response"),
    ("maintenance_page_200", "GetPointHierarchy", "unexpected_response"),
    ("empty_200", "Authenticate", "unexpected_response"),
    ("truncated_json", "Authenticate", "unexpected_response"),
    ("truncated_json", "GetPointHierarchy", "unexpected_response"),
    ("succeeded_string", "Authenticate", "unexpected_response"),
    ("succeeded_string", "GetPointHierarchy", "unexpected_response"),
    ("data_missing", "GetPointHierarchy", "unexpected_response"),
    ("reset_before_body", "Authenticate", "cannot_connect"),
    ("reset_mid_response", "GetPointHierarchy", "cannot_connect"),
    ("timeout_before_execution", "Authenticate", "timeout"),
    ("timeout_after_execution", "GetPointHierarchy", "timeout"),
]


@pytest.mark.parametrize(
    ("fault", "method", "key"),
    FAULTS_AT_SIGN_IN,
    ids=[f"{fault} at {method}" for fault, method, _ in FAULTS_AT_SIGN_IN],
)
async def test_bad_weather_is_explained_and_passes(
    hass: HomeAssistant,
    simulator: Simulator,
    typed: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    patience: None,
    *,
    fault: str,
    method: str,
    key: str,
) -> None:
    simulator.fail_next(fault, method=method)
    result = await sign_in(hass, typed)

    assert_explained(result, key, typed, caplog)
    assert asked(simulator) == SIGN_IN[: SIGN_IN.index(method) + 1]
    result = await submit(hass, result, typed)
    assert_form(result, "points", of="config")


def assert_explained(
    result: ConfigFlowResult, key: str, typed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Assert that the first form says what is wrong, keeps what was typed and tells no secret."""
    assert_form(result, "user", {"base": key}, of="config")
    assert held(result) == typed
    assert typed["password"] not in str(result["description_placeholders"])
    assert typed["password"] not in caplog.text


async def test_a_session_that_is_never_accepted_is_no_matter_of_the_password(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    simulator.profile.always_expired = True
    result = await sign_in(hass, typed)

    assert_explained(result, "session_refused", typed, caplog)
    assert asked(simulator) == SIGN_IN * 2
    simulator.profile.always_expired = False
    assert_form(await submit(hass, result, typed), "points", of="config")


@pytest.mark.parametrize("field", ["tenant", "username", "password"])
@pytest.mark.parametrize("response", ["200-false", "401-json"])
async def test_wrong_credentials_are_asked_again(
    hass: HomeAssistant,
    simulator: Simulator,
    typed: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    *,
    response: Any,
    field: str,
) -> None:
    simulator.profile.wrong_credentials = response
    wrong = typed | {field: "something-else"}
    result = await sign_in(hass, wrong)

    assert_explained(result, "authentication_failed", wrong, caplog)
    assert asked(simulator) == ["Authenticate"]
    assert_form(await submit(hass, result, typed), "points", of="config")


async def test_a_platform_that_does_not_listen_can_be_tried_again(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    await simulator.stop_listening()
    result = await sign_in(hass, typed)

    assert_explained(result, "cannot_connect", typed, caplog)
    await simulator.start_listening()
    assert_form(await submit(hass, result, typed), "points", of="config")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        pytest.param("http:", "https:", "certificate_invalid", id="TLS to a port without"),
        pytest.param("/api/do/", "/api/other/", "http_error", id="wrong path"),
        pytest.param("/api/do/", "/control/", "http_error", id="another service of the host"),
    ],
)
async def test_a_wrong_address_can_be_corrected(
    hass: HomeAssistant,
    simulator: Simulator,
    typed: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    *,
    old: str,
    new: str,
    key: str,
) -> None:
    wrong = typed | {"advanced": {"url": simulator.url.replace(old, new)}}
    result = await sign_in(hass, wrong)

    assert_explained(result, key, wrong, caplog)
    assert simulator.requests == []
    assert_form(await submit(hass, result, typed), "points", of="config")


async def test_an_account_without_points_is_told_so(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    simulator.add_account("newcomer", "newcomer-password", visible_subtree="nothing")
    newcomer = typed | {"username": "newcomer", "password": "newcomer-password"}
    result = await sign_in(hass, newcomer)

    assert_explained(result, "no_points", newcomer, caplog)
    assert_form(await submit(hass, result, typed), "points", of="config")


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        pytest.param({"tenant": ""}, {"tenant": "tenant_invalid"}, id="tenant empty"),
        pytest.param({"tenant": " \t"}, {"tenant": "tenant_invalid"}, id="tenant blank"),
        pytest.param({"tenant": "xyz\r\nXConnectionId: 1"}, {"tenant": "tenant_invalid"}, id="tenant with line break"),
        pytest.param({"tenant": "şirket"}, {"tenant": "tenant_invalid"}, id="tenant beyond ASCII"),
        pytest.param({"tenant": "x\0z"}, {"tenant": "tenant_invalid"}, id="tenant with control character"),
        pytest.param({"username": " "}, {"username": "username_required"}, id="user blank"),
        pytest.param({"password": ""}, {"base": "request_invalid"}, id="password empty"),
        *(
            pytest.param({"advanced": {"url": url}}, {"base": "url_invalid"}, id=f"address {url!r}")
            for url in (
                "",
                "api.reengen.com/api/do/",
                "ftp://127.0.0.1/",
                "http://",
                "https:///api/do/",
                "http://127.0.0.1:port/",
                "http://127.0.0.1:99999/",
                "http://user:secret@127.0.0.1/",
                "http://127.0.0.1/?x",
                "http://127.0.0.1/#x",
                "http://127.0.0.1/?",
                "http://127.0.0.1/a b",
                "http://127.0.0.1/\r\nx",
            )
        ),
    ],
)
async def test_what_cannot_be_sent_is_refused_before_anything_is_sent(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], wrong: dict[str, Any], errors: dict[str, str]
) -> None:
    result = await sign_in(hass, typed | wrong)

    assert_form(result, "user", errors, of="config")
    assert held(result) == typed | wrong
    assert simulator.requests == []
    assert_form(await submit(hass, result, typed), "points", of="config")


async def test_space_around_what_was_copied_does_not_matter(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]
) -> None:
    copied = {
        "tenant": f" {typed['tenant']}\n",
        "username": f"\t{typed['username']} ",
        "password": typed["password"],
        "advanced": {"url": f" {simulator.url.removesuffix('/').replace('http', 'HTTP')} "},
    }
    result = await sign_in(hass, copied)
    result = await submit(hass, result, {"points": list(labels(result, "points"))[:1], "include_descendants": False})
    result = await submit(hass, result, held(result))

    entry = result["result"]
    assert entry.data == {"url": simulator.url, "tenant": "xyz", "username": "demo", "password": "demo-password"}


@pytest.mark.parametrize(
    "url",
    ["https://api.reengen.com/api/do", "HTTPS://API.Reengen.COM/api/do/", " https://api.reengen.com:443/api/do/ "],
)
def test_an_address_has_one_spelling(url: str) -> None:
    assert normalise_url(url) == DEFAULT_URL
    assert account_unique_id(url, "xyz", "demo") == account_unique_id(DEFAULT_URL, "xyz", "demo")


@pytest.mark.parametrize("url", ["https://h/a%20b/", "https://h/%C3%A7/", "http://[::1]:8080/x/", "https://h/API/"])
def test_an_address_keeps_its_path_as_it_is(url: str) -> None:
    assert normalise_url(url) == url
    assert normalise_url(url.removesuffix("/")) == url


PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1)
ACCOUNTS = st.tuples(st.sampled_from(["http://h/", "http://h/a/", "https://h/"]), PRINTABLE, st.text(min_size=1))


@given(ACCOUNTS, ACCOUNTS)
def test_accounts_share_an_id_only_if_they_are_the_same(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (account_unique_id(*one) == account_unique_id(*other)) == (one == other)


def test_a_border_between_tenant_and_user_cannot_be_moved() -> None:
    assert account_unique_id(DEFAULT_URL, "a b", "c") != account_unique_id(DEFAULT_URL, "a", "b c")
