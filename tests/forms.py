"""Forms as a person sees them: with texts in English, and with what the fields hold."""

import json
from string import Formatter
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResult, FlowResultType, section
import voluptuous as vol

from custom_components.reengen.const import DOMAIN
from simulator import Simulator

from .repository.paths import INTEGRATION

ENGLISH = json.loads((INTEGRATION / "translations" / "en.json").read_text())


def way_to(step_id: str) -> list[str]:
    """Return what to choose from the menu of the options, and from those that it leads to, to come to a step."""
    steps = ENGLISH["options"]["step"]
    (menu,) = (name for name, texts in steps.items() if step_id in texts.get("menu_options", {}))
    return [*([] if menu == "init" else way_to(menu)), step_id]


async def open_option(hass: HomeAssistant, entry: ConfigEntry[Any], step_id: str) -> ConfigFlowResult:
    """Open a step of the options by their menus."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    for choice in way_to(step_id):
        result = await hass.config_entries.options.async_configure(result["flow_id"], {"next_step_id": choice})
    return result


async def submit_option(hass: HomeAssistant, result: ConfigFlowResult, typed: dict[str, Any]) -> ConfigFlowResult:
    """Send a form of the options, and let the account take the change up."""
    result = await hass.config_entries.options.async_configure(result["flow_id"], typed)
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


def assert_asks_for_password(hass: HomeAssistant) -> None:
    """Assert that one dialog is open, which asks for the account's password."""
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]


def assert_form(result: FlowResult[Any, Any], step_id: str, errors: dict[str, str] | None = None, *, of: str) -> None:
    """Assert that the form of the step is shown with these errors, and that nothing is missing in its texts.

    `of` is the flow: "config", "options" or the type of a subentry.
    """
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == step_id
    assert result["errors"] == (errors or {})
    texts = ENGLISH.get(of) or ENGLISH["config_subentries"][of]
    quoted = result["description_placeholders"] or {}
    explanations = [texts["error"][key] for key in (errors or {}).values()]
    for text in (*_texts(texts["step"][step_id]), *explanations):
        shown = Formatter().vformat(text, (), quoted)
        assert all(quoted[name] for _, name, _, _ in Formatter().parse(text) if name), shown


def _texts(found: Any) -> list[str]:
    return [found] if isinstance(found, str) else [text for inner in found.values() for text in _texts(inner)]


def held(result: FlowResult[Any, Any]) -> dict[str, Any]:
    """Return what the fields of the form hold when it opens, by name; fields that are empty are left out."""
    schema = result["data_schema"]
    assert schema is not None
    return _held(schema)


def _held(schema: vol.Schema) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for marker, field in schema.schema.items():
        if isinstance(field, section):
            found[marker.schema] = _held(field.schema)
        elif marker.description and "suggested_value" in marker.description:
            found[marker.schema] = marker.description["suggested_value"]
        elif marker.default is not vol.UNDEFINED:
            found[marker.schema] = marker.default()
    return found


def labels(result: FlowResult[Any, Any], field: str) -> dict[str, str]:
    """Return the options that the field offers, in order: value and label."""
    schema = result["data_schema"]
    assert schema is not None
    return {option["value"]: option["label"] for option in schema.schema[field].config["options"]}


def typed_account(simulator: Simulator) -> dict[str, Any]:
    """Return what a person types into the first form."""
    options = simulator.options
    return {
        "tenant": options.tenant,
        "username": options.user,
        "password": options.password,
        "advanced": {"url": simulator.url},
    }


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the first form."""
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})


async def submit(hass: HomeAssistant, result: ConfigFlowResult, typed: dict[str, Any]) -> ConfigFlowResult:
    """Send a form of the config flow."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], typed)


async def sign_in(hass: HomeAssistant, typed: dict[str, Any]) -> ConfigFlowResult:
    """Send the first form."""
    return await submit(hass, await start(hass), typed)


def asked(simulator: Simulator, since: int = 0) -> list[str | None]:
    """Return the methods that the platform was asked for, without the first ones."""
    return [request.method for request in simulator.requests[since:]]
