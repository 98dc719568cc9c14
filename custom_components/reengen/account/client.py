"""An account as a person types it: cleaned, checked, and told apart from other accounts."""

from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
import ssl
from typing import Any, Final
from urllib.parse import quote

from aiohttp import DummyCookieJar, Fingerprint
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PASSWORD, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util import dt as dt_util

from custom_components.reengen.api import ReengenClient, RetryPolicy, ServerTrust, Standing, checked_url
from custom_components.reengen.const import CONF_CA_FILE, CONF_CERTIFICATE_FINGERPRINT, CONF_TENANT

from .kept import async_forget_kept, kept_over_reload

# Seconds that a person waits in front of a form: half a minute for the slowest response, and one attempt,
# since the button can be pressed again.
LONGEST_WAIT: Final = 30.0
_PATIENCE: Final = RetryPolicy(attempts=1, request_seconds=LONGEST_WAIT, total_seconds=LONGEST_WAIT)

_SHA256_BYTES: Final = 32


class CaFileError(Exception):
    """The CA file of an account cannot be used; the text says why."""


def normalise_url(text: str) -> str:
    """Return the address as it is stored: scheme and host in lower case, no default port, a slash at its end.

    Raises: ValueError for what is no http(s) address, or holds more than one (credentials, query, fragment).
    """
    text = text.strip()
    url = checked_url(text)
    if not {" ", "?", "#"}.isdisjoint(text):
        raise ValueError("This is not the address of an API")
    return str(url if url.path.endswith("/") else url.with_path(f"{url.raw_path}/", encoded=True))


def account_unique_id(url: str, tenant: str, username: str) -> str:
    """Return what tells accounts apart: the same user of the same tenant at the same address, however it is spelled.

    Neither address nor quoted tenant holds a space, so no two accounts share an id.
    """
    return f"{normalise_url(url)} {quote(tenant, safe='')} {username}"


def normalise_fingerprint(text: str) -> str:
    """Return the SHA-256 fingerprint as it is stored: 64 lower-case hex digits.

    It may be typed with colons or spaces, and with what openssl prints before it. Raises: ValueError for anything else.
    """
    digest = bytes.fromhex(text.rpartition("=")[2].replace(":", " "))
    if len(digest) != _SHA256_BYTES:
        raise ValueError("This is not the length of a SHA-256 fingerprint")
    return digest.hex()


async def async_server_trust(hass: HomeAssistant, account: Mapping[str, Any]) -> ServerTrust:
    """Return which certificate of the account's server is trusted. Raises: CaFileError."""
    if fingerprint := account.get(CONF_CERTIFICATE_FINGERPRINT):
        return Fingerprint(bytes.fromhex(fingerprint))
    if ca_file := account.get(CONF_CA_FILE):
        return await hass.async_add_executor_job(_context_of, Path(hass.config.path(ca_file)))
    return True


def _context_of(ca_file: Path) -> ssl.SSLContext:
    """Return what verifies a server against this CA alone, its host name included."""
    try:
        # A device would be read for ever.
        if not ca_file.is_file():
            raise CaFileError(f"there is no file {ca_file}")
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        raise CaFileError(f"{ca_file}: {error}") from error


async def async_account_client(hass: HomeAssistant, entry: ConfigEntry[Any], time_zone: tzinfo) -> ReengenClient:
    """Return the client of an account. Raises: ReengenRequestError, CaFileError.

    Once the platform has refused the stored credentials no client signs in with them, until they change or a form was
    accepted with them.
    """
    return await _async_client(hass, entry.data, time_zone, standing=_standing(hass, entry))


async def async_impatient_client(hass: HomeAssistant, entry: ConfigEntry[Any]) -> ReengenClient:
    """Return a client of an account that is not loaded, for forms; raises as `async_account_client` does."""
    zone = dt_util.get_default_time_zone()
    return await _async_client(hass, entry.data, zone, retry=_PATIENCE, standing=_standing(hass, entry))


async def async_sign_in_client(hass: HomeAssistant, account: Mapping[str, Any]) -> ReengenClient:
    """Return a client for a form in which credentials are typed; raises as `async_account_client` does."""
    return await _async_client(hass, account, dt_util.get_default_time_zone(), retry=_PATIENCE)


async def _async_client(
    hass: HomeAssistant,
    account: Mapping[str, Any],
    time_zone: tzinfo,
    *,
    retry: RetryPolicy | None = None,
    standing: Standing | None = None,
) -> ReengenClient:
    """Return a client on a session that keeps no cookies.

    A server that knows its callers by cookie would otherwise take two users of one tenant for one.
    """
    trust = await async_server_trust(hass, account)
    return ReengenClient(
        async_create_clientsession(hass, cookie_jar=DummyCookieJar()),
        url=account[CONF_URL],
        tenant=account[CONF_TENANT],
        username=account[CONF_USERNAME],
        password=account[CONF_PASSWORD],
        time_zone=time_zone,
        retry=retry,
        ssl=trust,
        standing=standing,
    )


def _standing(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Standing:
    """Return how the stored credentials stand, kept over a reload, by which a refused password is not tried again."""
    credentials = [entry.data[key] for key in (CONF_URL, CONF_TENANT, CONF_USERNAME, CONF_PASSWORD)]
    return kept_over_reload(hass, entry.entry_id, Standing, credentials)


@callback
def async_forget_standing(hass: HomeAssistant, entry_id: str) -> None:
    """Forget what is known of an account's credentials: a form was just accepted with them."""
    async_forget_kept(hass, entry_id, Standing)
