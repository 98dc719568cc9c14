"""What the points' places in the tree demand of the Energy dashboard, against what it holds."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from demo.account import existing_entry
from demo.api import HomeApi
from demo.dashboards import ENERGY_LISTS
from demo.home import HomeFolder
from demo.inventory import read_inventory
from demo.recorder_file import RecorderFile
from demo.simulation import STATISTICS_PREFIX

SOURCES, DEVICES, WATER_DEVICES = ENERGY_LISTS
# The currency of the demo's Home Assistant.
COST_SUFFIX: Final = "_try"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A type of source: what is measured and as power or flow, what else its record names, and where the meters below go."""

    type: str
    key: str
    live: str
    named: Mapping[str, str]
    parts: str | None = None


COST_FIELD: Final = "stat_cost"
KINDS: Final = (
    Kind(
        type="grid",
        key="active_energy_import",
        live="active_power",
        named={"stat_energy_to": "active_energy_export", COST_FIELD: "active_energy_cost"},
        parts=DEVICES,
    ),
    Kind(type="solar", key="active_energy_produced", live="active_power_produced", named={}),
    Kind(type="gas", key="gas_import", live="gas_import_flow", named={COST_FIELD: "gas_cost"}),
    Kind(
        type="water",
        key="water_import",
        live="water_import_flow",
        named={COST_FIELD: "water_cost"},
        parts=WATER_DEVICES,
    ),
)

type Records = dict[str, list[dict[str, Any]]]
type Live = Mapping[tuple[int, str], str]
"""Id of a point and key of a power or flow -> the sensor that shows it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The points as the simulator lists them (id, code, name, parent), which are chosen, and the statistics there are."""

    points: Sequence[Mapping[str, Any]]
    chosen: Collection[int]
    statistics: Collection[str]

    def measures(self, point: Mapping[str, Any], key: str) -> str | None:
        """Return the id of the point's statistic of this kind, if there is one."""
        statistic_id = f"{STATISTICS_PREFIX}{point['id']}_{key}"
        return statistic_id if point["id"] in self.chosen and statistic_id in self.statistics else None

    def label(self, point: Mapping[str, Any]) -> str:
        """Return the name of a point; where several bear it, with that of the point above, or with its code."""
        same = [other for other in self.points if other["id"] in self.chosen and other["name"] == point["name"]]
        if len(same) == 1:
            return str(point["name"])
        siblings = [other for other in same if other["parent"] == point["parent"]]
        parents = [other["name"] for other in self.points if other["code"] == point["parent"]]
        told = parents[0] if len(siblings) == 1 and parents else point["code"]
        return f"{point['name']} ({told})"

    def above(self, point: Mapping[str, Any], key: str) -> Iterator[str]:
        """Yield the statistics of this kind of the points above, the nearest first; a parent's capitals may differ."""
        by_code = {str(other["code"]).casefold(): other for other in self.points}
        parent = by_code.get(str(point["parent"] or "").casefold())
        while parent is not None:
            if statistic_id := self.measures(parent, key):
                yield statistic_id
            parent = by_code.get(str(parent["parent"] or "").casefold())


def expected_records(site: Site, live: Live) -> Records:
    """Return what the lists of the preferences have to hold; fields that stay empty are left out."""
    records: Records = {name: [] for name in ENERGY_LISTS}
    for kind in KINDS:
        for point in site.points:
            if measured := site.measures(point, kind.key):
                above = list(site.above(point, kind.key))
                if not above:
                    records[SOURCES].append(_source(site, point, kind, measured, live))
                elif kind.parts:
                    # The topmost one is the source and no device.
                    device: dict[str, str | None] = {"stat_consumption": measured, "name": site.label(point)}
                    device |= {"stat_rate": live.get((point["id"], kind.live))}
                    device |= {"included_in_stat": above[0] if len(above) > 1 else None}
                    records[kind.parts].append(without_empty(device))
    return records


def _source(site: Site, point: Mapping[str, Any], kind: Kind, measured: str, live: Live) -> dict[str, Any]:
    named = {
        field: site.measures(point, f"{key}{COST_SUFFIX}" if field == COST_FIELD else key)
        for field, key in kind.named.items()
    }
    source = {"type": kind.type, "stat_energy_from": measured, "name": site.label(point), **named}
    return without_empty(source | _rates_of(point, kind, live))


def _rates_of(point: Mapping[str, Any], kind: Kind, live: Live) -> dict[str, Any]:
    rate, returned = live.get((point["id"], kind.live)), live.get((point["id"], "active_power_export"))
    if kind.type != "grid" or rate is None:
        return {"stat_rate": rate}
    if returned is None:
        return {"power_config": {"stat_rate": rate}, "stat_rate": rate}
    # Home Assistant makes a sensor of what is drawn less what is returned.
    net = "_".join(entity_id.removeprefix("sensor.") for entity_id in (rate, returned))
    power = {"stat_rate_from": rate, "stat_rate_to": returned}
    return {"power_config": power, "stat_rate": f"sensor.energy_grid_{net}_net_power"}


def without_empty(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say something."""
    return {key: value for key, value in record.items() if value}


def differing_records(preferences: Mapping[str, Any], expected: Records) -> list[str]:
    """Tell of each record that is missing, too much, or there twice."""
    wrong = []
    for name in ENERGY_LISTS:
        found = [without_empty(record) for record in preferences.get(name, ())]
        wrong += [f"{name} lacks {record}" for record in expected[name] if record not in found]
        wrong += [f"{name} has {record}" for record in found if record not in expected[name]]
        wrong += [f"{name} has {record} twice" for position, record in enumerate(found) if record in found[:position]]
    return wrong


def site_of(root: Path, points: Sequence[Mapping[str, Any]], chosen: Collection[int]) -> Site:
    """Return the site of the demo in `root`, with the statistics that its recorder has."""
    recorder = RecorderFile(path=HomeFolder(root=root).database)
    return Site(points=points, chosen=chosen, statistics={statistic_id for statistic_id, _ in recorder.statistics()})


async def wrong_in_dashboard(api: HomeApi, site: Site) -> list[str]:
    """Return how the preferences differ from what the points demand, and what Home Assistant finds fault with."""
    entry_id = await existing_entry(api)
    assert entry_id is not None
    entities = (await read_inventory(api, entry_id)).entities
    live = {
        (each.point_id, each.key): each.entity_id for each in entities if each.point_id is not None and each.enabled
    }
    differing = differing_records(await api.command("energy/get_prefs"), expected_records(site, live))
    issues = await api.command("energy/validate")
    return differing + [
        str(issue)
        for name in ENERGY_LISTS
        for of_record in issues.get(name, ())
        for issue in of_record
        if not _is_new_sensor(issue)
    ]


def _is_new_sensor(issue: Mapping[str, Any]) -> bool:
    """Return whether this is of sensors alone that have no statistics: they have some after five minutes."""
    sensors = (name.startswith("sensor.") for name, _ in issue["affected_entities"])
    return issue["type"] == "statistics_not_defined" and all(sensors)
