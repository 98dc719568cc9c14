"""An account is added, gets a new password, moves: in the real flow against the simulated platform."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_PASSWORD, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen import account
from custom_components.reengen.account import account_unique_id, normalise_url
from custom_components.reengen.api import ROW_BUDGET, RetryPolicy
from custom_components.reengen.catalogue import COSTS, MEASUREMENTS
from custom_components.reengen.const import DEFAULT_URL, DOMAIN
from simulator import Simulator, WorldOptions

from .conftest import NOW
from .forms import assert_form, held, labels

SITE = "xFabrikaFabrika"
TRAFO_6 = "xFabrikaTrafo6"
WATER_METER = "xFabrikaSuSayaci"

CHOICE = {"points": [SITE, TRAFO_6], "include_descendants": False}
SIGN_IN = ["Authenticate", "GetPointHierarchy"]


@pytest.fixture
def typed(simulator: Simulator) -> dict[str, Any]:
    """Return what a person types into the first form."""
    options = simulator.options
    return {
        "tenant": options.tenant,
        "username": options.user,
        "password": options.password,
        "advanced": {"url": simulator.url},
    }


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a moment where a person would wait half a minute."""
    monkeypatch.setattr(account, "_PATIENCE", RetryPolicy(attempts=1, request_seconds=0.2, total_seconds=5.0))


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})


async def submit(hass: HomeAssistant, result: ConfigFlowResult, typed: dict[str, Any]) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_configure(result["flow_id"], typed)


async def sign_in(hass: HomeAssistant, typed: dict[str, Any]) -> ConfigFlowResult:
    return await submit(hass, await start(hass), typed)


async def finish(hass: HomeAssistant, result: ConfigFlowResult) -> ConfigFlowResult:
    """Go from the choice of points to the entry."""
    result = await submit(hass, result, CHOICE)
    return await submit(hass, result, held(result))


def asked(simulator: Simulator, since: int = 0) -> list[str | None]:
    return [request.method for request in simulator.requests[since:]]


async def test_an_account_is_added_and_runs(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    result = await start(hass)
    assert_form(result, "user", of="config")
    assert held(result) == {"advanced": {"url": DEFAULT_URL}}

    result = await submit(hass, result, typed)
    assert_form(result, "points", of="config")
    assert held(result) == {"include_descendants": True}
    shown = dict(simulator.database.execute("SELECT code, name FROM point"))
    assert labels(result, "points").keys() == shown.keys()
    assert labels(result, "points")[TRAFO_6] == f"{shown[SITE]} / {shown[TRAFO_6]}"
    assert result["description_placeholders"] == {"count": str(len(shown))}

    result = await submit(hass, result, CHOICE)
    assert_form(result, "measurements", of="config")
    assert result["description_placeholders"] == {"count": "2"}
    assert asked(simulator) == [*SIGN_IN, "GetData", "GetData"]

    chosen = {"measurements": ["voltage_phase"], "costs": ["active_energy_cost"], "energy_dashboard": True}
    result = await submit(hass, result, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.title == "xyz (demo)"
    assert entry.unique_id == account_unique_id(simulator.url, "xyz", "demo")
    assert entry.data == {"url": simulator.url, "tenant": "xyz", "username": "demo", "password": "demo-password"}
    assert entry.options == CHOICE | chosen | {"time_zone": "US/Pacific", "currency": "EUR"}
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert simulator.options.password not in caplog.text


@pytest.mark.parametrize(
    ("points", "include_descendants"),
    [
        pytest.param([SITE], True, id="all below the site"),
        pytest.param([TRAFO_6], False, id="a transformer"),
        pytest.param([WATER_METER], False, id="a water meter"),
        pytest.param([SITE, WATER_METER], False, id="two points"),
    ],
)
async def test_only_measurements_with_data_are_preselected(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], *, points: list[str], include_descendants: bool
) -> None:
    result = await sign_in(hass, typed)
    result = await submit(hass, result, {"points": points, "include_descendants": include_descendants})

    measured, charged = with_data(simulator, points, include_descendants=include_descendants)
    assert held(result) == {
        "measurements": measured or ["active_energy_import"],
        "costs": charged,
        "energy_dashboard": False,
    }
    assert asked(simulator) == [*SIGN_IN, "GetData", "GetData"]
    probe, cost_probe = (request.body["properties"] for request in simulator.requests[2:])
    for properties in (probe, cost_probe):
        # Wednesday, 15 July 2026 in the zone of the tests' Home Assistant: June and July.
        assert (properties["start"], properties["end"]) == ("2026-06-01T00:00:00", "2026-07-31T23:59:59")
        assert properties["break"] == {"type": "point"}
    assert len(probe["series"]) == len(MEASUREMENTS)
    assert probe["resolution"] == "month"


def with_data(simulator: Simulator, codes: list[str], *, include_descendants: bool) -> tuple[list[str], list[str]]:
    """Return the keys of the catalogue for which the points have readings (and a tariff), by plain SQL."""
    below = "UNION SELECT point.code FROM point JOIN chosen ON lower(point.parent) = lower(chosen.code)"
    places = ", ".join("?" * len(codes))
    chosen = (
        f"WITH RECURSIVE chosen(code) AS (SELECT code FROM point WHERE code IN ({places}) "
        f"{below if include_descendants else ''}) "
    )
    measured = (
        "SELECT DISTINCT definition, variant FROM reading"
        " WHERE point_id IN (SELECT id FROM point WHERE code IN (SELECT code FROM chosen)) AND value IS NOT NULL"
    )
    pairs = set(simulator.database.execute(chosen + measured, codes).fetchall())
    priced = simulator.database.execute("SELECT DISTINCT cost_group, definition, variant FROM tariff").fetchall()
    groups = {group for group, *pair in priced if tuple(pair) in pairs}
    return (
        [key for key, row in MEASUREMENTS.items() if (row.series.definition, row.series.variant) in pairs],
        [key for key, group in COSTS.items() if group in groups],
    )


@pytest.mark.parametrize("world_options", [WorldOptions(start=NOW - timedelta(hours=3), points=1_200)], ids=["1200"])
async def test_many_points_take_as_many_requests_as_few(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]
) -> None:
    result = await sign_in(hass, typed)
    everything = list(labels(result, "points"))
    result = await submit(hass, result, {"points": everything, "include_descendants": True})

    assert_form(result, "measurements", of="config")
    assert result["description_placeholders"] == {"count": str(len(everything))}
    assert len(everything) >= 1_200
    assert asked(simulator) == [*SIGN_IN, "GetData", "GetData"]
    assert all((request.rows or 0) <= ROW_BUDGET for request in simulator.requests[2:])
    assert held(result)["measurements"][0] == "active_energy_import"


@pytest.mark.parametrize(
    ("refusals", "expected_requests"),
    [
        pytest.param(1, 1 + len(MEASUREMENTS) + 1, id="all measurements together"),
        pytest.param(1 + len(MEASUREMENTS), 1 + len(MEASUREMENTS) + 1, id="every measurement"),
        pytest.param(2 + len(MEASUREMENTS), 2 + len(MEASUREMENTS) + len(COSTS), id="measurements, and costs together"),
    ],
)
async def test_what_is_refused_together_is_probed_one_by_one(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], refusals: int, expected_requests: int
) -> None:
    result = await sign_in(hass, typed)
    simulator.fail_next("refused", method="GetData", times=refusals)
    result = await submit(hass, result, CHOICE)

    assert_form(result, "measurements", of="config")
    measured, charged = with_data(simulator, [SITE, TRAFO_6], include_descendants=False)
    assert held(result)["measurements"] == (measured if refusals == 1 else ["active_energy_import"])
    assert held(result)["costs"] == charged
    assert asked(simulator) == [*SIGN_IN, *["GetData"] * expected_requests]


@pytest.mark.parametrize(
    ("faults", "requests"),
    [
        pytest.param(["http_500_html"], ["GetData"], id="server error"),
        pytest.param(["reset_before_body"], ["GetData"], id="broken connection"),
        pytest.param(["truncated_json"], ["GetData"], id="broken answer"),
        pytest.param(
            ["http_401_json", "http_401_json"], ["GetData", "Authenticate", "GetData"], id="session refused twice"
        ),
        pytest.param(
            ["refused", "http_401_json", "http_401_json"],
            ["GetData", "GetData", "Authenticate", "GetData"],
            id="session refused twice in the middle",
        ),
    ],
)
async def test_a_failed_probe_keeps_nobody_from_choosing(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], faults: list[str], requests: list[str]
) -> None:
    result = await sign_in(hass, typed)
    for fault in faults:
        simulator.fail_next(fault, method="GetData")
    result = await submit(hass, result, CHOICE)

    assert_form(result, "measurements", of="config")
    assert held(result) == {"measurements": ["active_energy_import"], "costs": [], "energy_dashboard": False}
    assert asked(simulator, since=2) == requests
    result = await submit(hass, result, held(result))
    assert result["type"] is FlowResultType.CREATE_ENTRY


FAULTS_AT_SIGN_IN = [
    ("http_401_json", "Authenticate", "authentication_failed"),
    ("refused", "GetPointHierarchy", "refused"),
    ("rate_limited", "Authenticate", "rate_limited"),
    ("rate_limited", "GetPointHierarchy", "rate_limited"),
    ("http_500_json", "GetPointHierarchy", "refused"),
    ("http_500_html", "Authenticate", "http_error"),
    ("http_503_html", "GetPointHierarchy", "http_error"),
    ("redirect_to_login", "Authenticate", "http_error"),
    ("maintenance_page_200", "Authenticate", "unexpected_answer"),
    ("maintenance_page_200", "GetPointHierarchy", "unexpected_answer"),
    ("empty_200", "Authenticate", "unexpected_answer"),
    ("truncated_json", "Authenticate", "unexpected_answer"),
    ("truncated_json", "GetPointHierarchy", "unexpected_answer"),
    ("succeeded_string", "Authenticate", "unexpected_answer"),
    ("succeeded_string", "GetPointHierarchy", "unexpected_answer"),
    ("data_missing", "GetPointHierarchy", "unexpected_answer"),
    ("duplicate_key", "GetPointHierarchy", "unexpected_answer"),
    ("reset_before_body", "Authenticate", "cannot_connect"),
    ("reset_mid_answer", "GetPointHierarchy", "cannot_connect"),
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


async def test_a_session_that_is_never_accepted_is_a_refused_account(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    simulator.profile.always_expired = True
    result = await sign_in(hass, typed)

    assert_explained(result, "authentication_failed", typed, caplog)
    assert asked(simulator) == SIGN_IN * 2
    simulator.profile.always_expired = False
    assert_form(await submit(hass, result, typed), "points", of="config")


@pytest.mark.parametrize("field", ["tenant", "username", "password"])
@pytest.mark.parametrize("answer", ["200-false", "401-json"])
async def test_wrong_credentials_are_asked_again(
    hass: HomeAssistant,
    simulator: Simulator,
    typed: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    *,
    answer: Any,
    field: str,
) -> None:
    simulator.profile.wrong_credentials = answer
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
    result = await finish(hass, await sign_in(hass, copied))

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


async def test_the_same_account_is_added_once(hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]) -> None:
    await finish(hass, await sign_in(hass, typed))
    await hass.async_block_till_done(wait_background_tasks=True)
    before = simulator.count()

    result = await sign_in(
        hass, typed | {"password": "another", "advanced": {"url": simulator.url.upper()[:-8] + "/api/do"}}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert simulator.count() == before


async def test_two_users_of_a_tenant_are_two_entries(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]
) -> None:
    await finish(hass, await sign_in(hass, typed))
    simulator.add_account("second", "second-password")
    result = await finish(hass, await sign_in(hass, typed | {"username": "second", "password": "second-password"}))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert [entry.title for entry in hass.config_entries.async_entries(DOMAIN)] == ["xyz (demo)", "xyz (second)"]


async def test_a_dialog_left_open_is_in_nobodys_way(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]
) -> None:
    left_open = await sign_in(hass, typed)
    result = await finish(hass, await sign_in(hass, typed))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert left_open["flow_id"] not in {flow["flow_id"] for flow in hass.config_entries.flow.async_progress()}


@pytest.mark.parametrize(
    ("codes", "error", "detail"),
    [
        pytest.param([], "points_required", "", id="none"),
        pytest.param([SITE, "xFabrikaYok", "Trafo 6"], "point_unknown", "xFabrikaYok, Trafo 6", id="unknown"),
    ],
)
async def test_a_choice_of_points_can_be_corrected(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], *, codes: list[str], error: str, detail: str
) -> None:
    result = await submit(hass, await sign_in(hass, typed), CHOICE | {"points": codes})

    assert_form(result, "points", {"points": error}, of="config")
    assert held(result) == CHOICE | {"points": codes}
    assert {"detail": detail}.items() <= (result["description_placeholders"] or {}).items()
    assert asked(simulator) == SIGN_IN
    result = await submit(hass, result, CHOICE | {"points": [TRAFO_6, SITE, TRAFO_6]})
    result = await submit(hass, result, held(result))
    assert result["result"].options["points"] == [TRAFO_6, SITE]


async def test_a_choice_of_measurements_can_be_corrected(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]
) -> None:
    result = await submit(hass, await sign_in(hass, typed), CHOICE)
    before = simulator.count()
    nothing = {"measurements": [], "costs": [], "energy_dashboard": True}
    result = await submit(hass, result, nothing)

    assert_form(result, "measurements", {"measurements": "measurements_required"}, of="config")
    assert held(result) == nothing
    assert simulator.count() == before
    result = await submit(hass, result, nothing | {"costs": ["water_cost"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options["measurements"] == []


@pytest.fixture
def outdated_entry(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return an account whose password was changed on the platform."""
    hass.config_entries.async_update_entry(
        entry,
        data={**entry.data, CONF_PASSWORD: "password-of-yesterday"},
        unique_id=account_unique_id(entry.data[CONF_URL], entry.data["tenant"], entry.data[CONF_USERNAME]),
    )
    return entry


async def test_a_refused_password_is_asked_for_and_replaced(
    hass: HomeAssistant,
    simulator: Simulator,
    outdated_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    data, unique_id = dict(outdated_entry.data), outdated_entry.unique_id
    assert not await hass.config_entries.async_setup(outdated_entry.entry_id)
    (flow,) = hass.config_entries.flow.async_progress()
    result = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert_form(result, "reauth_confirm", of="config")
    assert held(result) == {}
    assert {"tenant": "xyz", "username": "demo"}.items() <= (result["description_placeholders"] or {}).items()

    result = await submit(hass, result, {"password": "a-guess"})
    assert_form(result, "reauth_confirm", {"base": "authentication_failed"}, of="config")
    assert held(result) == {"password": "a-guess"}
    assert outdated_entry.data == data
    await simulator.stop_listening()
    result = await submit(hass, result, {"password": simulator.options.password})
    assert_form(result, "reauth_confirm", {"base": "cannot_connect"}, of="config")
    await simulator.start_listening()

    result = await submit(hass, result, {"password": simulator.options.password})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert outdated_entry.data == data | {"password": simulator.options.password}
    assert outdated_entry.unique_id == unique_id
    assert outdated_entry.state is ConfigEntryState.LOADED
    assert not any(secret in caplog.text for secret in ("a-guess", "password-of-yesterday", "demo-password"))


async def test_a_new_password_can_be_given_without_being_asked(
    hass: HomeAssistant, simulator: Simulator, outdated_entry: MockConfigEntry
) -> None:
    unique_id = outdated_entry.unique_id
    result = await outdated_entry.start_reconfigure_flow(hass)
    assert_form(result, "reconfigure", of="config")
    assert held(result) == {"username": "demo", "url": simulator.url}

    typed = {"username": "demo", "password": "a-guess", "url": simulator.url}
    result = await submit(hass, result, typed)
    assert_form(result, "reconfigure", {"base": "authentication_failed"}, of="config")
    assert held(result) == typed
    result = await submit(hass, result, typed | {"url": "nowhere"})
    assert_form(result, "reconfigure", {"base": "url_invalid"}, of="config")

    result = await submit(hass, result, typed | {"password": simulator.options.password})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert outdated_entry.data["password"] == simulator.options.password
    assert outdated_entry.unique_id == unique_id
    assert outdated_entry.state is ConfigEntryState.LOADED


@pytest.fixture
async def new_home(simulator: Simulator) -> AsyncIterator[Simulator]:
    """Serve the same world at another address."""
    async with await Simulator.start(simulator.options, now=simulator.clock.now()) as running:
        yield running


async def test_an_account_follows_the_platform_to_another_address(
    hass: HomeAssistant, simulator: Simulator, new_home: Simulator, outdated_entry: MockConfigEntry
) -> None:
    result = await outdated_entry.start_reconfigure_flow(hass)
    typed = {"username": " demo ", "password": "demo-password", "url": new_home.url.removesuffix("/")}
    result = await submit(hass, result, typed)

    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert outdated_entry.data["url"] == new_home.url
    assert outdated_entry.unique_id == account_unique_id(new_home.url, "xyz", "demo")
    assert outdated_entry.state is ConfigEntryState.LOADED
    assert simulator.requests == []


async def test_an_entry_does_not_become_another_account(
    hass: HomeAssistant, simulator: Simulator, outdated_entry: MockConfigEntry
) -> None:
    data, unique_id = dict(outdated_entry.data), outdated_entry.unique_id
    result = await outdated_entry.start_reconfigure_flow(hass)
    typed = {"username": "guest", "password": "guest-password", "url": simulator.url}
    result = await submit(hass, result, typed)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "wrong_account"
    assert result["description_placeholders"] == {"account": "xyz (demo)"}
    assert (outdated_entry.data, outdated_entry.unique_id) == (data, unique_id)
    assert simulator.requests == []


async def test_an_entry_does_not_move_onto_another(
    hass: HomeAssistant, simulator: Simulator, new_home: Simulator, outdated_entry: MockConfigEntry
) -> None:
    there = MockConfigEntry(domain=DOMAIN, unique_id=account_unique_id(new_home.url, "xyz", "demo"))
    there.add_to_hass(hass)
    result = await outdated_entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, {"username": "demo", "password": "demo-password", "url": new_home.url})

    assert result["reason"] == "already_configured"
    assert outdated_entry.data["url"] == simulator.url
    assert new_home.requests == []
