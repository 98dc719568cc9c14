"""An account as a person types it: cleaned, checked, and told apart from other accounts."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Final
from urllib.parse import quote

from aiohttp import DummyCookieJar
from homeassistant.const import CONF_PASSWORD, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util import dt as dt_util
from yarl import URL

from .api import ReengenClient, RetryPolicy
from .const import CONF_TENANT

# Seconds that a person waits in front of a form: half a minute for the slowest answer, and one attempt,
# since the button can be pressed again.
LONGEST_WAIT: Final = 30.0
_PATIENCE: Final = RetryPolicy(attempts=1, request_seconds=LONGEST_WAIT, total_seconds=LONGEST_WAIT)


def normalise_url(text: str) -> str:
    """Return the address as it is stored: scheme and host in lower case, no default port, a slash at its end.

    Raises: ValueError for what is no http(s) address, or holds more than one (credentials, query, fragment).
    """
    text = text.strip()
    # yarl takes line breaks out of an address without a word.
    if not text.isprintable() or " " in text:
        raise ValueError("There is a space or a control character in the address")
    url = URL(text)
    if url.scheme not in {"http", "https"} or not url.host or url.user or url.password or "?" in text or "#" in text:
        raise ValueError("This is not the address of an API")
    return str(url if url.path.endswith("/") else url.with_path(f"{url.raw_path}/", encoded=True))


def is_valid_tenant(tenant: str) -> bool:
    """Return whether the tenant can stand in a header, as every request needs it to (API document: Endpoint)."""
    return bool(tenant.strip()) and tenant.isascii() and tenant.isprintable()


def account_unique_id(url: str, tenant: str, username: str) -> str:
    """Return what tells accounts apart: the same user of the same tenant at the same address, however it is spelled.

    Neither address nor quoted tenant holds a space, so no two accounts share an id.
    """
    return f"{normalise_url(url)} {quote(tenant, safe='')} {username}"


def account_client(
    hass: HomeAssistant, account: Mapping[str, Any], time_zone: tzinfo, retry: RetryPolicy | None = None
) -> ReengenClient:
    """Return a client for the account, on a session that keeps no cookies. Raises: ReengenRequestError.

    A server that knows its callers by cookie would otherwise take two users of one tenant for one.
    """
    return ReengenClient(
        async_create_clientsession(hass, cookie_jar=DummyCookieJar()),
        url=account[CONF_URL],
        tenant=account[CONF_TENANT],
        username=account[CONF_USERNAME],
        password=account[CONF_PASSWORD],
        time_zone=time_zone,
        retry=retry,
    )


def sign_in_client(hass: HomeAssistant, account: Mapping[str, Any]) -> ReengenClient:
    """Return a client for forms, which does not wait long. Raises: ReengenRequestError."""
    return account_client(hass, account, dt_util.get_default_time_zone(), _PATIENCE)
