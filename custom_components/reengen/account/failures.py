"""The only place that turns an error of the client into one of Home Assistant's.

The kind of an error is its translation key, which serves forms, actions, entities and coordinators alike. What the texts
quote as `detail` is the client's own sentence, which holds no secret.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError, ServiceValidationError
from homeassistant.helpers.update_coordinator import UpdateFailed

from custom_components.reengen.api import (
    ReengenAuthenticationError,
    ReengenError,
    ReengenHttpError,
    ReengenRequestError,
)
from custom_components.reengen.const import DOMAIN


def translated[ErrorT: HomeAssistantError](error_class: type[ErrorT], key: str, /, **quoted: str) -> ErrorT:
    """Return an error of Home Assistant's with a text of `exceptions`, which quotes what is given."""
    return error_class(translation_domain=DOMAIN, translation_key=key, translation_placeholders=quoted or None)


def update_failed(error: ReengenError, *, retry_after: float | None = None) -> HomeAssistantError:
    """Return what a coordinator raises: wrong credentials stop polling and ask the user, all else is retried.

    `retry_after` seconds, or what the platform asked for, take the place of the usual interval once.
    """
    if isinstance(error, ReengenAuthenticationError):
        return translated(ConfigEntryAuthFailed, error.kind, detail=str(error))
    if isinstance(error, ReengenHttpError) and error.retry_after is not None:
        retry_after = error.retry_after
    return UpdateFailed(
        retry_after=retry_after,
        translation_domain=DOMAIN,
        translation_key=error.kind,
        translation_placeholders={"detail": str(error)},
    )


@callback
def async_ask_to_sign_in(hass: HomeAssistant, entry: ConfigEntry[Any], error: BaseException) -> bool:
    """Ask the user for a new password where the error says that the stored one is refused; return whether it does.

    Nothing else does so, but for the refresh of a coordinator, of which Home Assistant sees to it.
    """
    is_refused = isinstance(error, ReengenAuthenticationError | ConfigEntryAuthFailed)
    if is_refused:
        entry.async_start_reauth(hass)
    return is_refused


@contextmanager
def action_errors(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Iterator[None]:
    """Turn what the client raises in an action of the user into a translated error; a refused password asks for a new one.

    Raises: ServiceValidationError for what was refused before sending, HomeAssistantError for all else.
    """
    try:
        yield
    except ReengenError as error:
        async_ask_to_sign_in(hass, entry, error)
        error_class = ServiceValidationError if isinstance(error, ReengenRequestError) else HomeAssistantError
        raise translated(error_class, error.kind, detail=str(error)) from error
