"""The demo's dashboard in Home Assistant, made by the integration's action as a user would make it."""

from typing import Any, Final

from .account import DOMAIN
from .api import HomeApi
from .errors import demand

DASHBOARD: Final = "dashboard-factory"
TITLE: Final = "Factory"


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
    answer = await api.command(
        "call_service",
        domain=DOMAIN,
        service="create_dashboard",
        service_data={"config_entry_id": entry_id, "url_path": DASHBOARD},
        return_response=True,
    )
    views: list[dict[str, Any]] = answer["response"]["dashboard"]["views"]
    return views


async def check_dashboard_of_points(api: HomeApi, entry_id: str, points: int) -> None:
    """Make the dashboard; it has to be stored, with an overview and a view of each point.

    Raises:
        DemoError: it is not

    """
    await make_dashboard(api, entry_id)
    stored = await api.command("lovelace/config", url_path=DASHBOARD)
    demand(len(stored["views"]) == points + 1, f"{len(stored['views'])} views of {points} points")
    empty = [view["title"] for view in stored["views"] if not view["sections"]]
    demand(not empty, f"views without anything: {empty}")
