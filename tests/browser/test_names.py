"""All sensors that a point can have, in the language of the server: none is cut to what another begins with."""

from typing import Final

from playwright.async_api import expect

from demo.account import OPTIONS_FLOWS, fill_in
from demo.inventory import UNAVAILABLE, read_inventory
from demo.stage import LISTING_TIMEOUT
from demo.waiting import until
from tests.forms import way_to

from .conftest import FilledWorld, OpenPage, Shoot, World

POINT: Final = "Transformer 6"
# Of each row its name, and what of it is before the sign that stands for what is cut off.
SHOWN: Final = """rows => rows.map(row => {
  const name = document.createTreeWalker(row, NodeFilter.SHOW_TEXT, node =>
    node.data.trim() ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP).nextNode();
  const text = name.data.trim(), first = name.data.indexOf(text), range = document.createRange();
  if (row.scrollWidth <= row.clientWidth) return [text, text];
  const sign = document.createElement('canvas').getContext('2d');
  sign.font = getComputedStyle(row).font;
  const room = row.clientWidth - sign.measureText('…').width;
  let shown = text.length;
  for (; shown; shown--) {
    range.setStart(name, first);
    range.setEnd(name, first + shown);
    if (range.getBoundingClientRect().width <= room) break;
  }
  return [text, text.slice(0, shown)];
})"""


async def with_everything(world: World, entry_id: str) -> str:
    """Have meters and phases, and the sensors that start disabled; return the device's id."""
    inventory = await read_inventory(world.api, entry_id)
    (device,) = (device for device in inventory.devices if device.name == POINT)
    for entity in inventory.entities:
        if entity.device_id == device.id and not entity.enabled:
            await world.api.command("config/entity_registry/update", entity_id=entity.entity_id, disabled_by=None)
    menu = await world.api.post(OPTIONS_FLOWS, {"handler": entry_id})
    for choice in way_to("meters"):
        form = await world.api.post(f"{OPTIONS_FLOWS}/{menu['flow_id']}", {"next_step_id": choice})
    await fill_in(world.api, form, "meters", {"meter_readings": True, "phases": True}, flows=OPTIONS_FLOWS)

    async def is_there() -> bool:
        entities = (await read_inventory(world.api, entry_id)).entities
        own = [entity for entity in entities if entity.device_id == device.id and entity.enabled]
        keys = {entity.key for entity in own if entity.state not in {None, UNAVAILABLE}}
        # In a month's first minutes there is nothing of the month, nor of the day.
        return {"voltage_phase_l3", "capacitive_energy_export_reading"} <= keys

    await until(is_there, "the sensors of registers and phases", LISTING_TIMEOUT)
    return device.id


async def test_sensors_are_told_apart(spoken: tuple[str, FilledWorld], open_page: OpenPage, shoot: Shoot) -> None:
    language, filled = spoken
    device_id = await with_everything(filled.world, filled.entry_id)
    page = await open_page(f"/config/devices/device/{device_id}", language=language, at=filled.world)
    rows = page.locator("hui-sensor-entity-row hui-generic-entity-row .info")
    await expect(rows.first).to_be_visible()
    await shoot(page, f"{language}_device")
    await page.set_viewport_size({"width": 1280, "height": 2400})
    await shoot(page, f"{language}_device_whole")
    shown: list[tuple[str, str]] = await rows.evaluate_all(SHOWN)
    names = [name for name, _ in shown]
    assert len(set(names)) == len(names) >= 15
    cut = [(name, visible) for name, visible in shown if visible != name]
    assert [
        (visible, other) for name, visible in cut for other in names if other != name and other.startswith(visible)
    ] == []
