"""axe-core over what the integration brings, without what is Home Assistant's own."""

from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Locator

# What shuts somebody out; lesser findings are advice.
IMPACTS: Final = frozenset({"serious", "critical"})
# Home Assistant's own parts that violate a rule wherever they stand: rule -> part of the place, reason.
NOT_OURS: Final[dict[str, dict[str, str]]] = {
    "aria-command-name": {
        "ha-tile-container >> .background": "a tile names its ground by an element of another shadow tree",
        "ha-tile-icon": "the icon of a tile that acts on a click has no text of its own",
    },
    "aria-input-field-name": {"ha-control-number-buttons": "the control of a number has no name; its tile has one"},
    "aria-required-parent": {"ha-combo-box-item": "the field of a choice is built as an item of a list without a list"},
    "aria-valid-attr-value": {"ha-expansion-panel >> ": "a section that is closed has no content to be named yet"},
    "label": {"ha-switch": "the label of a switch stands beside it, and the two are not tied together"},
    "label-title-only": {"ha-switch": "the label of a switch stands beside it, and the two are not tied together"},
    "color-contrast": {"ha-markdown": "a link in a text has the color that the theme gives to links"},
    "button-name": {
        "ha-control-select-menu >> ": "the menu of a select's options has no name while none is chosen",
        " >> .clear": "the cross that empties a choice has no name",
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Axe:
    """The script, put into a page when it is asked there first."""

    script: str

    async def violations(self, root: Locator) -> list[str]:
        """Return what is wrong in and below the element: rule, place and what to do."""
        if not await root.page.evaluate("() => 'axe' in window"):
            await root.page.evaluate(self.script)
        found: dict[str, Any] = await root.evaluate("root => axe.run(root, {resultTypes: ['violations']})")
        return [
            f"{rule['id']} ({rule['impact']}): {place(node)} {node['failureSummary']}"
            for rule in found["violations"]
            if rule["impact"] in IMPACTS
            for node in rule["nodes"]
            if not any(part in place(node) for part in NOT_OURS.get(rule["id"], ()))
        ]


def place(node: dict[str, Any]) -> str:
    """Return where an element stands, through the shadow trees around it."""
    return " > ".join(" >> ".join(each) if isinstance(each, list) else each for each in node["target"])
