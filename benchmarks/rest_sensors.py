"""A day's requests of the whole integration beside those of Home Assistant's own `rest` sensors for the same values."""

from datetime import datetime, timedelta
from itertools import product
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .leaping_time import LeapingTime, leaping_time
from .platform import Platform, running_platform
from .poll import home_assistant
from .recording import recording, set_up
from .table import Row

# Points of the fixed site, few of which measure all three series; the generated ones after them all do.
_SITE_POINTS = 40

_MEASUREMENTS = {
    "active_energy_import": ("activeEnergy", "import", "kWh"),
    "reactive_energy_import": ("reactiveEnergy", "import", "kVArh"),
    "capacitive_energy_export": ("capacitiveEnergy", "export", "kVArh"),
}
_POLL_SECONDS = 900
_DAY = timedelta(days=1)
# The polls of these sensors are all alike: a day of them is 24 times an hour of them.
_COUNTED = timedelta(hours=1)
# Counting begins and ends half-way between two polls, so that no poll falls on an end.
_HALF_A_POLL = timedelta(seconds=_POLL_SECONDS / 2)


async def requests_rows(points: int) -> list[Row]:
    """Count what arrives at the platform in a day of so many points x three series every quarter of an hour."""
    async with running_platform(_SITE_POINTS + points) as platform:
        codes = [point["code"] for point in await platform.control("points")][_SITE_POINTS:]
        now = datetime.fromisoformat((await platform.control("clock"))["now"]).replace(minute=2, second=0)
        with leaping_time(platform, now) as clock:
            async with recording() as hass:
                ours = await _our_day(hass, platform, clock, codes)
        # The clock of the platform does not go back, and the day of the sensors is the next one.
        with leaping_time(platform, now + 2 * _DAY) as clock:
            async with home_assistant() as hass:
                theirs = await _their_hour(hass, platform, clock, codes)
    a_day = theirs * (_DAY // _COUNTED)
    kinds = ", ".join(f"{count} {method}" for method, count in sorted(ours.items()))
    return [
        Row(
            what=f"requests a day, {len(codes)} points x {len(_MEASUREMENTS)} series at 15 minutes, against `rest` sensors",
            measured=sum(ours.values()) / a_day,
            unit="x",
            at_most=1 / 50,
            detail=f"{sum(ours.values())} requests in a day whose timers all ran ({kinds}); {theirs} of"
            f" {len(codes) * len(_MEASUREMENTS)} `rest` sensors in one hour, {a_day} a day, their logins not counted",
        )
    ]


async def _our_day(hass: HomeAssistant, platform: Platform, clock: LeapingTime, codes: list[str]) -> dict[str, int]:
    """Set the account up, let it import and come to rest, then count a day of it by method."""
    entry = await set_up(hass, platform, codes, measurements=list(_MEASUREMENTS), history_months=1)
    await clock.passes(hass, _HALF_A_POLL)
    before = len(await platform.control("requests"))
    await clock.passes(hass, _DAY)
    assert entry.runtime_data.history.last_error is None
    assert entry.runtime_data.readings.last_update_success
    counts: dict[str, int] = {}
    for request in (await platform.control("requests"))[before:]:
        counts[request["method"]] = counts.get(request["method"], 0) + 1
    return counts


async def _their_hour(hass: HomeAssistant, platform: Platform, clock: LeapingTime, codes: list[str]) -> int:
    """Set up one sensor for each point and series as a user without the integration does, and count an hour of them."""
    # The platform is to have today's readings before anybody signs in.
    await clock.passes(hass, timedelta())
    connection_id = await _log_in(platform)
    sensors = [_sensor(platform, connection_id, code, key) for code, key in product(codes, _MEASUREMENTS)]
    assert await async_setup_component(hass, "sensor", {"sensor": sensors})
    await hass.async_block_till_done(wait_background_tasks=True)
    await clock.passes(hass, _HALF_A_POLL)
    before = len(await platform.control("requests"))
    await clock.passes(hass, _COUNTED)
    states = hass.states.async_all("sensor")
    assert len(states) == len(sensors)
    # They show the energy of the day, so they are known to do the job.
    assert all(float(state.state) >= 0 for state in states)
    return len(await platform.control("requests")) - before


def _sensor(platform: Platform, connection_id: str, code: str, key: str) -> dict[str, Any]:
    definition, variant, unit = _MEASUREMENTS[key]
    series = {
        "definition": definition,
        "variant": variant,
        "type": "actual",
        "xFunction": "sum",
        "unit": unit,
        "decimalPoints": 3,
    }
    query = {
        "$": "GetData",
        "properties": {
            "start": "DAYT00:00:00",
            "end": "DAYT23:59:59",
            "resolution": "day",
            "break": {"type": "point"},
            "point": [code],
            "series": [series],
        },
    }
    return {
        "platform": "rest",
        "name": f"{code} {key}",
        "resource_template": platform.url,
        "method": "POST",
        "headers": {
            "Content-Type": "application/json",
            "XConnectionId": connection_id,
            "XLang": f"en,{platform.tenant}",
        },
        "payload_template": json.dumps(query).replace("DAY", "{{ now().strftime('%Y-%m-%d') }}"),
        "value_template": "{{ value_json.properties.data['0'][-1][-1] }}",
        "unit_of_measurement": unit,
        "scan_interval": _POLL_SECONDS,
    }


async def _log_in(platform: Platform) -> str:
    """Return a connection id, which a user would bring into the headers by a template."""
    query = {
        "$": "Authenticate",
        "properties": {"tenant": platform.tenant, "user": platform.username, "password": platform.password},
    }
    async with platform.session.post(platform.url, json=query) as response:
        return str((await response.json())["properties"]["connectionId"])
