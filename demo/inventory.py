"""What the integration has made in Home Assistant: its devices and entities, read from the registries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .account import DOMAIN
from .api import HomeApi

COMMAND_PREFIX: Final = "command_"
UNAVAILABLE: Final = "unavailable"


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeDevice:
    """A device; `above` is the id of the device it hangs on."""

    id: str
    name: str
    above: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeEntity:
    """An entity; `state` is None where there is none, `point_id` where the entity belongs to the account."""

    entity_id: str
    unique_id: str
    device_id: str | None
    name: str
    point_id: int | None
    key: str
    enabled: bool
    state: str | None
    unit: str
    attributes: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The platform: sensor, switch, ..."""
        return self.entity_id.partition(".")[0]

    @property
    def command(self) -> str | None:
        """The code of the command that the entity runs, if it runs one."""
        return self.key.removeprefix(COMMAND_PREFIX) if self.key.startswith(COMMAND_PREFIX) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Inventory:
    """All devices, those above before those below, and all entities."""

    devices: tuple[HomeDevice, ...]
    entities: tuple[HomeEntity, ...]

    def depth(self, device: HomeDevice) -> int:
        """Return how many devices are above one."""
        by_id = {other.id: other for other in self.devices}
        depth = 0
        while device.above in by_id:
            device = by_id[device.above]
            depth += 1
        return depth

    def commands(self, kind: str) -> list[HomeEntity]:
        """Return the entities of one kind that run commands."""
        return [entity for entity in self.entities if entity.kind == kind and entity.command]

    def ready_commands(self) -> int:
        """Return how many entities run commands: those that can be used now and those that are disabled."""
        return sum(
            entity.command is not None and (not entity.enabled or entity.state not in {None, UNAVAILABLE})
            for entity in self.entities
        )


async def read_inventory(api: HomeApi, entry_id: str) -> Inventory:
    """Return what the config entry has in Home Assistant now."""
    devices = await api.command("config/device_registry/list")
    registry = await api.command("config/entity_registry/list")
    states = {state["entity_id"]: state for state in await api.command("get_states")}
    entities = [
        home_entity(row, states.get(row["entity_id"]), entry_id) for row in registry if row["platform"] == DOMAIN
    ]
    own = [row for row in devices if entry_id in row["config_entries"]]
    return Inventory(devices=in_tree_order(own), entities=tuple(sorted(entities, key=lambda entity: entity.entity_id)))


def home_entity(row: Mapping[str, Any], state: Mapping[str, Any] | None, entry_id: str) -> HomeEntity:
    """Join a row of the registry with the state of the entity."""
    own = str(row["unique_id"]).removeprefix(f"{entry_id}_")
    point, _, key = own.partition("_")
    of_point = point.isdecimal()
    attributes = state["attributes"] if state else {}
    return HomeEntity(
        entity_id=row["entity_id"],
        unique_id=row["unique_id"],
        device_id=row["device_id"],
        name=row["name"] or row["original_name"] or "",
        point_id=int(point) if of_point else None,
        key=key if of_point else own,
        enabled=row["disabled_by"] is None,
        state=state["state"] if state else None,
        unit=attributes.get("unit_of_measurement", ""),
        attributes=attributes,
    )


def in_tree_order(rows: Iterable[Mapping[str, Any]]) -> tuple[HomeDevice, ...]:
    """Return devices so that each stands right below what it hangs on, beside its siblings by name."""
    devices = {
        row["id"]: HomeDevice(id=row["id"], name=row["name_by_user"] or row["name"] or "", above=row["via_device_id"])
        for row in rows
    }
    below: dict[str | None, list[HomeDevice]] = {}
    for device in sorted(devices.values(), key=lambda device: device.name):
        below.setdefault(device.above if device.above in devices else None, []).append(device)

    ordered: list[HomeDevice] = []
    waiting = below.get(None, [])[::-1]
    while waiting:
        device = waiting.pop()
        ordered.append(device)
        waiting += below.get(device.id, [])[::-1]
    return tuple(ordered)
