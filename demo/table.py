"""The printed tables: what runs, in the words of Home Assistant."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from .inventory import HomeEntity, Inventory

# The columns of the table of devices, where any device has the sensor: key of the entity, heading.
SENSOR_COLUMNS: Final = {
    "active_energy_import_today": "import today",
    "active_energy_export_today": "export today",
    "active_energy_produced_today": "produced today",
    "active_energy_cost_today": "cost today",
    "active_power": "power",
}
NO_VALUE: Final = frozenset({"unknown", "unavailable"})


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows below their headings, each column as wide as its widest cell, figures to the right."""
    lines = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join("  " + "  ".join(map(_aligned, line, widths, strict=True)).rstrip() for line in lines)


def _aligned(cell: str, width: int) -> str:
    return cell.rjust(width) if cell[:1].isdigit() else cell.ljust(width)


def device_table(inventory: Inventory) -> str:
    """Return the devices, each below what it hangs on, with how many entities they have and what the main sensors say."""
    entities = [entity for entity in inventory.entities if entity.state is not None]
    count = Counter(entity.device_id for entity in entities)
    by_place = {(entity.device_id, entity.key): entity for entity in entities}
    columns = [key for key in SENSOR_COLUMNS if any(entity.key == key for entity in entities)]
    rows = [
        [
            "  " * inventory.depth(device) + device.name,
            str(count[device.id]),
            *(value_with_unit(by_place.get((device.id, key))) for key in columns),
        ]
        for device in inventory.devices
    ]
    return table(["device", "entities", *(SENSOR_COLUMNS[key] for key in columns)], rows)


def value_with_unit(entity: HomeEntity | None) -> str:
    """Return what an entity says, a figure with one decimal as its card shows it, or nothing."""
    if entity is None or entity.state is None or entity.state in NO_VALUE:
        return ""
    try:
        return f"{float(entity.state):.1f} {entity.unit}"
    except ValueError:
        return entity.state


def kind_table(inventory: Inventory) -> str:
    """Return how many entities of each kind there are, and how many of them have a value."""
    rows = []
    for kind, count in sorted(Counter(entity.kind for entity in inventory.entities).items()):
        states = [entity.state for entity in inventory.entities if entity.kind == kind and entity.state is not None]
        with_value = sum(state not in NO_VALUE for state in states)
        rows.append([kind, str(count), str(len(states)), str(with_value)])
    return table(["kind", "entities", "enabled", "with a state"], rows)


def command_table(inventory: Inventory) -> str:
    """Return the entities that run commands, with the state they assume."""
    names = {device.id: device.name for device in inventory.devices}
    rows = [
        [names.get(entity.device_id or "", ""), entity.name, entity.entity_id, entity.state or "disabled"]
        for entity in inventory.entities
        if entity.command
    ]
    return table(["device", "command", "entity", "state"], rows)


def request_table(requests: Iterable[Mapping[str, Any]]) -> str:
    """Return how many requests of each method the platform got, and how many rows it answered with."""
    count: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for request in requests:
        method = str(request["method"])
        count[method] += 1
        rows[method] += request["rows"] or 0
    return table(
        ["request", "times", "rows"], [[method, str(count[method]), str(rows[method])] for method in sorted(count)]
    )
