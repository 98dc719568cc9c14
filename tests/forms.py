"""Forms as a person sees them: with texts in English, and with what the fields hold."""

import json
from string import Formatter
from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.data_entry_flow import FlowResultType, section
import voluptuous as vol

from .repository.paths import INTEGRATION

ENGLISH = json.loads((INTEGRATION / "translations" / "en.json").read_text())


def assert_form(result: ConfigFlowResult, step_id: str, errors: dict[str, str] | None = None, *, of: str) -> None:
    """Assert that the form of the step is shown with these errors, and that nothing is missing in its texts.

    `of` is the flow: "config" or "options".
    """
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == step_id
    assert result["errors"] == (errors or {})
    quoted = result["description_placeholders"] or {}
    explanations = [ENGLISH[of]["error"][key] for key in (errors or {}).values()]
    for text in (*_texts(ENGLISH[of]["step"][step_id]), *explanations):
        shown = Formatter().vformat(text, (), quoted)
        assert all(quoted[name] for _, name, _, _ in Formatter().parse(text) if name), shown


def _texts(found: Any) -> list[str]:
    return [found] if isinstance(found, str) else [text for inner in found.values() for text in _texts(inner)]


def held(result: ConfigFlowResult) -> dict[str, Any]:
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


def labels(result: ConfigFlowResult, field: str) -> dict[str, str]:
    """Return the options that the field offers, in order: value and label."""
    schema = result["data_schema"]
    assert schema is not None
    return {option["value"]: option["label"] for option in schema.schema[field].config["options"]}
