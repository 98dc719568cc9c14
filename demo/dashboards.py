"""A dashboard that can be edited, and the Energy dashboard, filled by the integration's actions as a user would."""

from typing import Any, Final

from .account import DOMAIN
from .api import HomeApi

DASHBOARD: Final = "dashboard-factory"
TITLE: Final = "Factory"
# What the Energy dashboard's preferences list of the account.
ENERGY_LISTS: Final = ("energy_sources", "device_consumption", "device_consumption_water")


async def make_dashboard(api: HomeApi, entry_id: str) -> list[dict[str, Any]]:
    """Add the dashboard unless it is there, and let the action put its views into it; return these."""
    existing = await api.command("lovelace/dashboards/list")
    if not any(dashboard["url_path"] == DASHBOARD for dashboard in existing):
        await api.command(
            "lovelace/dashboards/create",
            url_path=DASHBOARD,
            title=TITLE,
            icon="mdi:factory",
            mode="storage",
            show_in_sidebar=True,
            require_admin=False,
        )
    response = await api.command(
        "call_service",
        domain=DOMAIN,
        service="create_dashboard",
        service_data={"config_entry_id": entry_id, "url_path": DASHBOARD},
        return_response=True,
    )
    views: list[dict[str, Any]] = response["response"]["dashboard"]["views"]
    return views


async def fill_dashboard(api: HomeApi, entry_id: str) -> int:
    """Let the action add to the Energy dashboard what can be added by now; return how many records that were."""
    answer = await api.command(
        "call_service",
        domain=DOMAIN,
        service="add_to_energy_dashboard",
        service_data={"config_entry_id": entry_id, "preview": False},
        return_response=True,
    )
    return sum(len(answer["response"][name]) for name in ENERGY_LISTS)
