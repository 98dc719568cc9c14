"""The action that adds an account to the Energy dashboard, or shows beforehand what that would do."""

from typing import Any, Final

from homeassistant.core import ServiceCall

from custom_components.reengen.history import HistoryImporter
from custom_components.reengen.points import PointsCoordinator

from .energy import async_add_to_energy_dashboard
from .energy_roles import Section

ATTR_PREVIEW: Final = "preview"
ATTR_UPDATE: Final = "update"


async def async_handle_add_to_energy_dashboard(
    points: PointsCoordinator, history: HistoryImporter | None, call: ServiceCall
) -> dict[str, Any]:
    """Return the records that were appended or updated (with `preview`: would be), and what was left out, with the reason."""
    preview: bool = call.data[ATTR_PREVIEW]
    plan = await async_add_to_energy_dashboard(points, history, preview=preview, update=call.data[ATTR_UPDATE])
    return {
        ATTR_PREVIEW: preview,
        **{section.value: plan.records(section) for section in Section},
        "updated": [dict(change.record) for change in plan.updated],
        "left_out": [
            {
                "statistic_id": each.statistic_id,
                "point": each.point.code,
                "measurement": each.key,
                "reason": each.reason.value,
            }
            for each in plan.left_out
        ],
    }
