"""The demo's user in Home Assistant, and the platform's account added as a user would add it: through the forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .api import HomeApi
from .errors import DemoError
from .language import Language

DOMAIN: Final = "reengen"
HOME_USER: Final = "demo"
HOME_PASSWORD: Final = "demo"  # noqa: S105 - printed on the screen, and 127.0.0.1 alone is served
FLOWS: Final = "/api/config/config_entries/flow"
OPTIONS_FLOWS: Final = "/api/config/config_entries/options/flow"


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What a user of the platform types into the first form."""

    url: str
    tenant: str
    username: str
    password: str


async def sign_in(api: HomeApi, token_file: Path, language: Language) -> None:
    """Give the api a token, kept from the last start or of a user made now by the onboarding; set the user's language."""
    if token_file.exists():
        api.token = token_file.read_text()
    else:
        api.token = await onboard(api, language)
        token_file.touch(mode=0o600)
        token_file.write_text(api.token)
    await speak(api, language.code)


async def speak(api: HomeApi, language_code: str) -> None:
    """Set the user's language, with numbers, times and dates as it has them, which is what the frontend begins with."""
    formats = dict.fromkeys(("number_format", "time_format", "date_format", "first_weekday"), "language")
    locale = {"language": language_code, **formats, "time_zone": "local"}
    await api.command("frontend/set_user_data", key="language", value=locale)


async def onboard(api: HomeApi, language: Language) -> str:
    """Make the demo's user by the onboarding; return a long-lived access token."""
    client_id = f"{api.url}/"
    user = {"name": "Demo", "username": HOME_USER, "password": HOME_PASSWORD, "client_id": client_id}
    code = (await api.post("/api/onboarding/users", {**user, "language": language.code}))["auth_code"]
    form = {"grant_type": "authorization_code", "code": code, "client_id": client_id}
    api.token = (await api.request("POST", "/auth/token", data=form))["access_token"]
    return str(await api.command("auth/long_lived_access_token", client_name="script/demo", lifespan=365))


async def add_account(
    api: HomeApi, account: Account, points: Sequence[str], *, include_descendants: bool = True
) -> str:
    """Go through the forms of the config flow; return the id of the new config entry.

    Raises:
        DemoError: a form refused what was filled in

    """
    form = await api.post(FLOWS, {"handler": DOMAIN, "show_advanced_options": True})
    fields = {
        "tenant": account.tenant,
        "username": account.username,
        "password": account.password,
        "advanced": {"url": account.url},
    }
    form = await fill_in(api, form, "user", fields)
    form = await fill_in(api, form, "points", {"points": list(points), "include_descendants": include_descendants})
    suggested = suggestions(form) | {"energy_dashboard": True}
    result = await fill_in(api, form, "measurements", suggested)
    if result["type"] != "create_entry":
        raise DemoError(f"The config flow did not end with an entry: {result}")
    return str(result["result"]["entry_id"])


async def move_account(api: HomeApi, entry_id: str, account: Account) -> None:
    """Tell the entry by its reconfigure form that the platform has another address now.

    Raises:
        DemoError: the form refused it

    """
    form = await api.post(FLOWS, {"handler": DOMAIN, "entry_id": entry_id})
    fields = {"username": account.username, "password": account.password, "url": account.url}
    result = await fill_in(api, form, "reconfigure", fields)
    if result.get("reason") != "reconfigure_successful":
        raise DemoError(f"The reconfigure flow did not succeed: {result}")


async def existing_entry(api: HomeApi) -> str | None:
    """Return the id of the account's config entry, if there is one."""
    entries = await api.command("config_entries/get", domain=DOMAIN)
    return str(entries[0]["entry_id"]) if entries else None


async def fill_in(
    api: HomeApi, form: Mapping[str, Any], step: str, fields: Mapping[str, Any], *, flows: str = FLOWS
) -> dict[str, Any]:
    """Submit one form of a config flow or of `flows`, and return what comes next.

    Raises:
        DemoError: another form was shown than expected, or the same one again with errors

    """
    if form.get("step_id") != step:
        raise DemoError(f"The flow was expected to show the form {step}, and answered {form}")
    response: dict[str, Any] = await api.post(f"{flows}/{form['flow_id']}", fields)
    if response.get("errors"):
        raise DemoError(f"The form {step} was refused: {response['errors']}")
    return response


def suggestions(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values a form suggests, which a user who changes nothing would submit."""
    found: dict[str, Any] = {}
    for field in form.get("data_schema") or []:
        suggested = (field.get("description") or {}).get("suggested_value", field.get("default"))
        if suggested is not None:
            found[field["name"]] = suggested
    return found
