"""The check of the Energy dashboard: it holds what the points' places in the tree demand, and nothing else."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .api import HomeApi
from .errors import demand

SOURCES: Final = "energy_sources"
DEVICES: Final = "device_consumption"
LISTS: Final = (SOURCES, DEVICES, "device_consumption_water")

type Records = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The points as the simulator lists them (id, code, name, parent), which are chosen, and the statistics there are."""

    points: Sequence[Mapping[str, Any]]
    chosen: Collection[int]
    statistics: Collection[str]
    prefix: str
    cost_suffix: str

    def measures(self, point: Mapping[str, Any], key: str) -> str | None:
        """Return the id of the point's statistic of this kind, if there is one."""
        statistic_id = f"{self.prefix}{point['id']}_{key}"
        return statistic_id if point["id"] in self.chosen and statistic_id in self.statistics else None

    def above(self, point: Mapping[str, Any], key: str) -> Iterator[str]:
        """Yield the statistics of this kind of the points above, the nearest first; a parent's capitals may differ."""
        by_code = {str(other["code"]).casefold(): other for other in self.points}
        parent = by_code.get(str(point["parent"] or "").casefold())
        while parent is not None:
            if statistic_id := self.measures(parent, key):
                yield statistic_id
            parent = by_code.get(str(parent["parent"] or "").casefold())


def expected_records(site: Site) -> Records:
    """Return what the lists of the preferences have to hold; fields that stay empty are left out."""
    records: Records = {name: [] for name in LISTS}
    for point in site.points:
        if energy := site.measures(point, "active_energy_import"):
            above = list(site.above(point, "active_energy_import"))
            if above:
                # The topmost one is the source and no device.
                device = {"stat_consumption": energy, "name": point["name"]}
                records[DEVICES].append(device | ({"included_in_stat": above[0]} if len(above) > 1 else {}))
            else:
                grid = {
                    "type": "grid",
                    "stat_energy_from": energy,
                    "stat_energy_to": site.measures(point, "active_energy_export"),
                    "stat_cost": site.measures(point, f"active_energy_cost{site.cost_suffix}"),
                }
                records[SOURCES].append(without_empty(grid))
        produced = site.measures(point, "active_energy_produced")
        if produced and not any(site.above(point, "active_energy_produced")):
            records[SOURCES].append({"type": "solar", "stat_energy_from": produced})
    return records


def without_empty(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say something."""
    return {key: value for key, value in record.items() if value}


def differing_records(preferences: Mapping[str, Any], expected: Records) -> list[str]:
    """Tell of each record that is missing, too much, or there twice."""
    wrong = []
    for name in LISTS:
        found = [without_empty(record) for record in preferences.get(name, ())]
        wrong += [f"{name} lacks {record}" for record in expected[name] if record not in found]
        wrong += [f"{name} has {record}" for record in found if record not in expected[name]]
        wrong += [f"{name} has {record} twice" for position, record in enumerate(found) if record in found[:position]]
    return wrong


async def check_dashboard(api: HomeApi, site: Site) -> int:
    """Compare the preferences, and let Home Assistant validate them; return how many records there are.

    Raises:
        DemoError: they differ from what is demanded, or Home Assistant finds fault with one

    """
    expected = expected_records(site)
    wrong = differing_records(await api.command("energy/get_prefs"), expected)
    demand(not wrong, "".join(["the Energy dashboard is not what the points demand:", *(f"\n    {w}" for w in wrong)]))
    issues = await api.command("energy/validate")
    found = [issue for name in LISTS for of_record in issues.get(name, ()) for issue in of_record]
    demand(not found, f"Home Assistant finds fault with the Energy dashboard: {found}")
    return sum(map(len, expected.values()))
