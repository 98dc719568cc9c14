"""A platform of one's own: its certificate is trusted by a CA file or a fingerprint, and by nothing less."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.reengen.account.client import normalise_fingerprint
from custom_components.reengen.const import DOMAIN
from simulator import Simulator, WorldOptions
from tests.certificates import LONG_AGO, Identity
from tests.forms import assert_form, held, sign_in, submit, typed_account

AUTHORITY = Identity.make("Authority of the factory")
SERVER = Identity.make("platform", issuer=AUTHORITY, hosts=["127.0.0.1"])
RENEWED = Identity.make("platform", issuer=AUTHORITY, hosts=["127.0.0.1"])

type PassTime = Callable[[timedelta], Awaitable[None]]


@pytest.fixture
def served() -> Identity:
    """Return the certificate that the platform shows."""
    return SERVER


@pytest.fixture
async def simulator(
    socket_enabled: None,
    world_options: WorldOptions,
    now: datetime,
    freezer: FrozenDateTimeFactory,
    served: Identity,
    tmp_path: Path,
) -> AsyncIterator[Simulator]:
    """Serve the world by https."""
    tls = served.server_context(tmp_path)
    async with await Simulator.start(world_options, now=now, tls=tls) as running:
        yield running


@pytest.fixture(autouse=True)
def _broken_handshakes(hass: HomeAssistant) -> None:
    """Let the platform, which runs on Home Assistant's loop here, see clients leave in the middle of a handshake."""
    handler = hass.loop.get_exception_handler()
    assert handler is not None

    def quiet(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context["message"] != "Error on transport creation for incoming connection":
            handler(loop, context)

    hass.loop.set_exception_handler(quiet)


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    """Return a file with the authority."""
    path = tmp_path / "ca.pem"
    path.write_bytes(AUTHORITY.pem)
    return path


def typed_with(simulator: Simulator, **trust: str) -> dict[str, Any]:
    """Return what a person types into the first form, with this under Advanced."""
    typed = typed_account(simulator)
    return typed | {"advanced": typed["advanced"] | trust}


def by_fingerprint(hass: HomeAssistant, entry: MockConfigEntry, identity: Identity) -> None:
    """Let the account trust a certificate by its fingerprint."""
    stored = identity.fingerprint.replace(":", "").lower()
    hass.config_entries.async_update_entry(entry, data={**entry.data, "certificate_fingerprint": stored})


async def test_a_certificate_that_nobody_vouches_for_is_refused_until_it_is_trusted(
    hass: HomeAssistant, simulator: Simulator, ca_file: Path
) -> None:
    typed = typed_with(simulator)
    result = await sign_in(hass, typed)
    assert_form(result, "user", {"base": "certificate_invalid"}, of="config")
    assert held(result) == typed
    assert simulator.requests == []

    result = await submit(hass, result, typed_with(simulator, ca_file=f" {ca_file} "))
    assert_form(result, "points", of="config")
    result = await submit(hass, result, {"points": ["xFabrikaTrafo6"], "include_descendants": False})
    result = await submit(hass, result, {"measurements": ["voltage_phase"], "costs": [], "energy_dashboard": False})
    await hass.async_block_till_done(wait_background_tasks=True)
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["ca_file"] == str(ca_file)
    assert "certificate_fingerprint" not in entry.data


@pytest.mark.parametrize("prefix", ["", "sha256 Fingerprint="])
async def test_a_certificate_is_trusted_by_its_fingerprint(
    hass: HomeAssistant, simulator: Simulator, prefix: str
) -> None:
    result = await sign_in(hass, typed_with(simulator, certificate_fingerprint=prefix + SERVER.fingerprint))
    assert_form(result, "points", of="config")
    result = await submit(hass, result, {"points": ["xFabrikaTrafo6"], "include_descendants": False})
    result = await submit(hass, result, {"measurements": ["voltage_phase"], "costs": [], "energy_dashboard": False})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert result["result"].state is ConfigEntryState.LOADED
    assert result["result"].data["certificate_fingerprint"] == SERVER.fingerprint.replace(":", "").lower()
    assert "ca_file" not in result["result"].data


async def test_another_certificate_is_refused_before_anything_is_sent(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    typed = typed_with(simulator, certificate_fingerprint=RENEWED.fingerprint)
    result = await sign_in(hass, typed)
    assert_form(result, "user", {"base": "certificate_invalid"}, of="config")
    assert held(result) == typed
    assert SERVER.fingerprint in (result["description_placeholders"] or {})["detail"]
    assert simulator.requests == []


class TestAuthority:
    """A CA file is no way round: dates and host names count."""

    OTHER_HOST = Identity.make("elsewhere", issuer=AUTHORITY, hosts=["127.0.0.2"])
    EXPIRED = Identity.make("platform", issuer=AUTHORITY, hosts=["127.0.0.1"], valid=LONG_AGO)
    EXPIRED_AUTHORITY = Identity.make("Authority of old", valid=LONG_AGO)
    OF_OLD = Identity.make("platform", issuer=EXPIRED_AUTHORITY, hosts=["127.0.0.1"])
    ALONE = Identity.make("platform", hosts=["127.0.0.1"])

    @pytest.mark.parametrize(
        ("served", "authority", "reason"),
        [
            pytest.param(OTHER_HOST, AUTHORITY, "IP address mismatch", id="another host"),
            pytest.param(EXPIRED, AUTHORITY, "certificate has expired", id="an expired certificate"),
            pytest.param(OF_OLD, EXPIRED_AUTHORITY, "certificate has expired", id="an expired authority"),
            pytest.param(ALONE, AUTHORITY, "self-signed certificate", id="a certificate of its own"),
        ],
    )
    async def test_what_it_does_not_vouch_for(
        self, hass: HomeAssistant, simulator: Simulator, tmp_path: Path, authority: Identity, reason: str
    ) -> None:
        path = tmp_path / "authority.pem"
        path.write_bytes(authority.pem)
        typed = typed_with(simulator, ca_file=str(path))
        result = await sign_in(hass, typed)
        assert_form(result, "user", {"base": "certificate_invalid"}, of="config")
        assert held(result) == typed
        assert reason in (result["description_placeholders"] or {})["detail"]
        assert simulator.requests == []

    @pytest.mark.parametrize("served", [OTHER_HOST, EXPIRED, ALONE], ids=["another host", "expired", "its own"])
    async def test_a_fingerprint_asks_for_nothing_else(
        self, hass: HomeAssistant, simulator: Simulator, served: Identity
    ) -> None:
        result = await sign_in(hass, typed_with(simulator, certificate_fingerprint=served.fingerprint))
        assert_form(result, "points", of="config")

    @pytest.mark.parametrize("served", [ALONE], ids=["its own"])
    async def test_a_certificate_of_its_own_may_be_its_authority(
        self, hass: HomeAssistant, simulator: Simulator, tmp_path: Path, served: Identity
    ) -> None:
        path = tmp_path / "own.pem"
        path.write_bytes(served.pem)
        assert_form(await sign_in(hass, typed_with(simulator, ca_file=str(path))), "points", of="config")


@pytest.mark.parametrize("name", ["gone.pem", ".", "a\x00b", "empty.pem", "text.pem", "cut.pem"])
async def test_a_ca_file_that_cannot_be_used_is_told_and_stays_typed(
    hass: HomeAssistant, simulator: Simulator, tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty.pem").touch()
    (tmp_path / "text.pem").write_text("no certificate")
    (tmp_path / "cut.pem").write_bytes(AUTHORITY.pem[:100])
    typed = typed_with(simulator, ca_file=f"{tmp_path}/{name}")
    result = await sign_in(hass, typed)
    assert_form(result, "user", {"base": "ca_file_invalid"}, of="config")
    assert held(result) == typed


async def test_a_relative_path_begins_in_the_folder_of_the_configuration(
    hass: HomeAssistant, simulator: Simulator, ca_file: Path
) -> None:
    hass.config.config_dir = str(ca_file.parent)
    assert_form(await sign_in(hass, typed_with(simulator, ca_file=ca_file.name)), "points", of="config")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"ca_file": "ca.pem", "certificate_fingerprint": SERVER.fingerprint}, "certificate_ambiguous"),
        ({"ca_file": "ca.pem", "url": "http://127.0.0.1/"}, "certificate_ambiguous"),
        ({"certificate_fingerprint": SERVER.fingerprint, "url": "http://127.0.0.1/"}, "certificate_ambiguous"),
        ({"certificate_fingerprint": SERVER.fingerprint[:-3]}, "fingerprint_invalid"),
        ({"certificate_fingerprint": "not hexadecimal"}, "fingerprint_invalid"),
        ({"certificate_fingerprint": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}, "fingerprint_invalid"),
    ],
)
async def test_what_does_not_go_together_is_told_and_stays_typed(
    hass: HomeAssistant, simulator: Simulator, changes: dict[str, str], key: str
) -> None:
    typed = typed_with(simulator, **changes)
    result = await sign_in(hass, typed)
    assert_form(result, "user", {"base": key}, of="config")
    assert held(result) == typed
    assert simulator.requests == []


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["", ":", " "]), st.booleans())
def test_a_fingerprint_is_one_however_it_is_written(digest: bytes, separator: str, is_upper: bool) -> None:
    written = digest.hex(separator) if separator else digest.hex()
    assert normalise_fingerprint(written.upper() if is_upper else written) == digest.hex()


@given(st.binary(max_size=64).filter(lambda digest: len(digest) != 32))
def test_what_has_another_length_is_no_fingerprint(digest: bytes) -> None:
    with pytest.raises(ValueError, match="length"):
        normalise_fingerprint(digest.hex())


@pytest.mark.parametrize("served", [RENEWED], ids=["renewed"])
async def test_a_renewed_certificate_is_entered_under_reconfigure(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    by_fingerprint(hass, entry, SERVER)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "kept": "for another release"})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.error_reason_translation_key == "certificate_invalid"
    assert simulator.requests == []

    result = await entry.start_reconfigure_flow(hass)
    assert held(result)["advanced"] == {"certificate_fingerprint": entry.data["certificate_fingerprint"]}
    typed = {"username": "demo", "password": simulator.options.password, "url": simulator.url}
    # Where the section is left out, what is stored stays.
    result = await submit(hass, result, typed)
    assert_form(result, "reconfigure", {"base": "certificate_invalid"}, of="config")
    result = await submit(hass, result, typed | {"advanced": {"certificate_fingerprint": RENEWED.fingerprint}})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["kept"] == "for another release"


async def test_one_way_takes_the_place_of_the_other(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, ca_file: Path
) -> None:
    by_fingerprint(hass, entry, SERVER)
    result = await entry.start_reconfigure_flow(hass)
    typed = {"username": "demo", "password": simulator.options.password, "url": simulator.url}
    result = await submit(hass, result, typed | {"advanced": {"ca_file": str(ca_file)}})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.data.keys() == {"url", "tenant", "username", "password", "ca_file"}
    assert entry.state is ConfigEntryState.LOADED


async def test_a_ca_file_that_is_gone_is_waited_for(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, ca_file: Path, pass_time: PassTime
) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, "ca_file": str(ca_file)})
    ca_file.unlink()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "ca_file_invalid"
    options = await hass.config_entries.options.async_init(entry.entry_id)
    shown = await hass.config_entries.options.async_configure(options["flow_id"], {"next_step_id": "points"})
    assert_form(shown, "points", {"base": "ca_file_invalid"}, of="options")

    ca_file.write_bytes(AUTHORITY.pem)
    await pass_time(timedelta(minutes=1))
    assert entry.state is ConfigEntryState.LOADED


async def test_every_request_is_sent_to_the_trusted_server(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    """Also the new password of a dialog, and the look of the system information."""
    by_fingerprint(hass, entry, SERVER)
    simulator.change_password("new")
    assert not await hass.config_entries.async_setup(entry.entry_id)
    (flow,) = hass.config_entries.flow.async_progress()
    result = await submit(hass, flow, {"password": "new"})
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED

    assert await async_setup_component(hass, "system_health", {})
    info = await get_system_health_info(hass, DOMAIN)
    assert await info["can_reach_server"] == "ok"
    by_fingerprint(hass, entry, RENEWED)
    info = await get_system_health_info(hass, DOMAIN)
    assert await info["can_reach_server"] == {"type": "failed", "error": "unreachable"}
