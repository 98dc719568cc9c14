"""What a point is as a device: its model, its code, the platform's web page, and the area that is suggested for it."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import Point, PointTree
from custom_components.reengen.const import DEFAULT_URL, DOMAIN
from custom_components.reengen.points.coordinator import PointsData
from custom_components.reengen.points.devices import register_devices
from custom_components.reengen.points.picker import area_of

# A site with a building, in it a floor with a meter; a transformer; and a shop with nothing below it.
SITE = Point(id=1, code="site", name="X Fabrika")
BUILDING = Point(id=2, code="office", name="Ofis  Binası", parent_code="site")
FLOOR = Point(id=3, code="floor", name="1. Kat", parent_code="office")
METER = Point(id=4, code="meter", name="Pano", parent_code="floor")
TRANSFORMER = Point(id=5, code="transformer", name="Trafo", parent_code="site")
SHOP = Point(id=6, code="shop", name="Mağaza")
TREE = PointTree([SITE, BUILDING, FLOOR, METER, TRANSFORMER, SHOP])
AREAS = {SITE: "X Fabrika", BUILDING: "Ofis Binası", FLOOR: "Ofis Binası", METER: "Ofis Binası"} | {
    TRANSFORMER: "X Fabrika",
    SHOP: None,
}


def points(tree: PointTree) -> PointsData:
    """Return an account that has chosen all points."""
    ids = frozenset(point.id for point in tree.points)
    return PointsData(tree=tree, listed=tree, chosen=tree.points, chosen_ids=ids, missing_codes=(), replaced={})


def account(hass: HomeAssistant, *, areas: bool = False, url: str = DEFAULT_URL) -> MockConfigEntry:
    entry = MockConfigEntry(domain=DOMAIN, title="xyz", data={"url": url}, options={"areas": areas})
    entry.add_to_hass(hass)
    return entry


def registered(hass: HomeAssistant, entry: MockConfigEntry, tree: PointTree = TREE) -> dict[str | None, dr.DeviceEntry]:
    """Return the devices by the code of their point, the account's own by None."""
    return {device.model_id: device for device in register_devices(hass, entry, points(tree))}


@pytest.mark.parametrize("point", AREAS, ids=lambda point: point.code)
def test_the_area_is_the_building_or_else_the_site(point: Point) -> None:
    assert area_of(TREE, point) == AREAS[point]


async def test_what_a_device_says_of_its_point(hass: HomeAssistant) -> None:
    found = registered(hass, account(hass))
    assert found[None].model == "Energy IoT Platform"
    assert found["site"].model == "Site"
    others = ("office", "floor", "meter", "transformer", "shop")
    assert {found[code].model for code in others} == {"Measuring point"}
    assert {device.configuration_url for device in found.values()} == {"https://www.faradai.ai"}
    assert {device.area_id for device in found.values()} == {None}


async def test_areas_are_for_new_devices(hass: HomeAssistant) -> None:
    """What is there already stays where the user has it, or has not."""
    entry = account(hass, areas=True, url="https://energy.example/api/do/")
    shown = ar.async_get(hass)
    old = PointTree([SITE, SHOP])
    hass.config_entries.async_update_entry(entry, options={"areas": False})
    registered(hass, entry, old)
    hass.config_entries.async_update_entry(entry, options={"areas": True})
    found = registered(hass, entry)
    areas = {code: shown.areas[device.area_id].name for code, device in found.items() if device.area_id}
    assert areas == {point.code: AREAS[point] for point in (BUILDING, FLOOR, METER, TRANSFORMER)}
    assert {device.configuration_url for device in found.values()} == {None}


async def test_a_point_that_gets_others_below_it_is_a_site(hass: HomeAssistant) -> None:
    entry = account(hass)
    before = registered(hass, entry, PointTree([SITE]))["site"]
    after = registered(hass, entry)["site"]
    assert (before.id, before.model) == (after.id, "Measuring point")
    assert after.model == "Site"
