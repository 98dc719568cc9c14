"""A site, its meters and what of them belongs in the dashboard."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from simulator import Simulator, WorldOptions
from tests import oracle


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world have two days, and the points as far as the roof's panels."""
    return WorldOptions(start=now - timedelta(days=2), points=11)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a site, some of what is below it, another site, and panels; with costs; tick the box."""
    return {
        **entry_options,
        "points": [
            "xFabrikaFabrika",
            "xFabrikaTrafo1",
            "xFabrikaDepo",
            "xFabrikaTrafo6",
            "xyzBesiktas",
            "xFabrikaCatiGes",
        ],
        "measurements": [
            "active_energy_import",
            "active_energy_export",
            "active_energy_produced",
            "reactive_energy_import",
        ],
        "costs": ["active_energy_cost"],
        "energy_dashboard": False,
        "history_months": 1,
    }


@pytest.fixture
async def energy(hass: HomeAssistant, recorder_mock: Recorder) -> None:
    """Set the energy integration up; prices are shown in liras."""
    hass.config.currency = "TRY"
    assert await async_setup_component(hass, "energy", {})


@pytest.fixture
def expected(simulator: Simulator) -> dict[str, Any]:
    """Return what belongs in the dashboard: the world's tree and meters, read from its source by a person."""

    def statistic(code: str, key: str) -> str:
        return f"reengen:xyz_{oracle.point_id(simulator, code)}_{key}"

    def grid(code: str, name: str, slug: str) -> dict[str, Any]:
        return {
            "type": "grid",
            "stat_energy_from": statistic(code, "active_energy_import"),
            "stat_energy_to": statistic(code, "active_energy_export"),
            "stat_cost": statistic(code, "active_energy_cost_try"),
            "entity_energy_price": None,
            "number_energy_price": None,
            "stat_compensation": None,
            "entity_energy_price_export": None,
            "number_energy_price_export": None,
            "cost_adjustment_day": 0.0,
            "name": name,
            "power_config": {
                "stat_rate_from": f"sensor.{slug}_active_power",
                "stat_rate_to": f"sensor.{slug}_exported_power",
            },
        }

    def device(code: str, name: str, slug: str, **above: str) -> dict[str, str]:
        live = f"sensor.{slug}_active_power"
        return {"stat_consumption": statistic(code, "active_energy_import"), "name": name, "stat_rate": live, **above}

    roof = {
        "type": "solar",
        "stat_energy_from": statistic("xFabrikaCatiGes", "active_energy_produced"),
        "config_entry_solar_forecast": None,
        "name": "Çatı GES",
        "stat_rate": "sensor.cati_ges_produced_power",
    }
    trafo_1 = statistic("xFabrikaTrafo1", "active_energy_import")
    return {
        "energy_sources": [
            grid("xFabrikaFabrika", "X Fabrika", "x_fabrika"),
            grid("xyzBesiktas", "Beşiktaş Şubesi", "besiktas_subesi"),
            roof,
        ],
        "device_consumption": [
            device("xFabrikaTrafo6", "Transformer 6", "transformer_6"),
            device("xFabrikaTrafo1", "Trafo 1", "trafo_1"),
            # The workshop between the two is not chosen.
            device("xFabrikaDepo", "Storage", "storage", included_in_stat=trafo_1),
        ],
        "device_consumption_water": [],
    }
