"""What Home Assistant shows is what the simulator has, and what it sent was done; each test goes on from the one before."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from demo.automations import AUTOMATION_ID, AUTOMATIONS, make_automation, prepare_automation
from demo.dashboards import DASHBOARD, make_dashboard
from demo.history_progress import COMPLETE_PERCENT, follow_history
from demo.home import HomeFolder
from demo.inventory import UNAVAILABLE, HomeEntity, Inventory, read_inventory
from demo.progress import say
from demo.recorder_file import RecorderFile
from demo.simulation import TIME_ZONE, database_file
from demo.stage import REPOSITORY, Stage
from demo.waiting import until

from .conftest import PERIODS, Restart
from .energy_records import site_of, wrong_in_dashboard
from .history import stored_history
from .sensor_oracle import Oracle, measurement_of
from .sensors import mismatch, poll_instants
from .trouble import integration_trouble

# Ten times what the recorder of Home Assistant 2026.10 takes on two cores.
IMPORT_TIMEOUT: Final = timedelta(minutes=5)
# What an automation does takes no time beside that of a request.
AUTOMATION_TIMEOUT: Final = timedelta(seconds=20)
TABS: Final = ["Overview", "Costs", "Reactive", "Meters", "Commands"]

type Points = list[dict[str, Any]]


async def test_sensors(stage: Stage) -> None:
    """The sensors say what the simulator's database says."""
    await compare_sensors(stage, await stage.inventory())


async def compare_sensors(stage: Stage, inventory: Inventory, *, has_all: bool = False) -> None:
    """Compare each enabled sensor of a measurement with the simulator's database; no sensor is unavailable.

    With `has_all`, everything that the points measure has one.
    """
    oracle = Oracle(database=database_file(stage.root), zone=ZoneInfo(TIME_ZONE))
    instants = poll_instants(await stage.simulation.requests())
    sensors = [entity for entity in inventory.entities if entity.kind == "sensor" and entity.state is not None]
    known = [sensor for sensor in sensors if oracle.knows(sensor.key)]
    expected = {key: [oracle.values(key, instant) for instant in instants] for key in {sensor.key for sensor in known}}
    assert [text for sensor in known if (text := mismatch(sensor, expected[sensor.key]))] == []
    with_value = [sensor.key for sensor in known if sensor.state != "unknown"]
    assert not has_all or oracle.measured(instants[0]) <= {measurement_of(key) for key in with_value}
    assert [sensor.entity_id for sensor in sensors if sensor.state == UNAVAILABLE] == []
    say(
        f"  {len(with_value)} values equal, {len(known) - len(with_value)} rightly unknown,"
        f" {len(sensors) - len(known)} other sensors available"
    )


async def test_devices(stage: Stage, points: Points) -> None:
    """One device for the account, one for each point, and points hang below points."""
    inventory = await stage.inventory()
    assert len(inventory.devices) == len(points) + 1
    assert max(map(inventory.depth, inventory.devices)) > 1


async def test_commands(stage: Stage, points: Points) -> None:
    """Commands run on the simulator, once each, and their states are assumed."""
    inventory = await stage.inventory()
    switch, select, button = (inventory.commands(kind)[0] for kind in ("switch", "select", "button"))
    option = str(select.attributes["options"][-1])
    codes = {point["id"]: point["code"] for point in points}
    assert await sent(stage, "switch.turn_on", switch, codes) is True
    code = await sent(stage, "select.select_option", select, codes, option=option)
    assert isinstance(code, str)
    assert code != option, "the platform knows the option by its code"
    assert await sent(stage, "button.press", button, codes) is None
    states = command_states(await stage.inventory())
    assert (states[switch.unique_id], states[select.unique_id]) == ("on", option)


async def sent(stage: Stage, service: str, entity: HomeEntity, codes: Mapping[int, str], **fields: Any) -> Any:
    """Call the service; return the parameter with which the simulator ran the entity's command, once."""
    before = len(await stage.simulation.executions())
    await stage.api.call_service(service, entity.entity_id, **fields)
    (ran,) = (await stage.simulation.executions())[before:]
    assert (ran["point_code"], ran["command"]) == (codes[entity.point_id or 0], entity.command)
    return ran["parameter"]


def command_states(inventory: Inventory) -> dict[str, str | None]:
    """Return the states of the entities that run commands, by unique id."""
    return {entity.unique_id: entity.state for entity in inventory.entities if entity.command}


async def test_blueprints(stage: Stage) -> None:
    """Home Assistant offers all blueprints of this repository, and finds no fault with them."""
    offered = await stage.api.command("blueprint/list", domain="automation")
    ours = {f"reengen/{path.name}" for path in (REPOSITORY / "blueprints" / "automation" / "reengen").glob("*.yaml")}
    assert ours <= offered.keys()
    assert [path for path in ours if "error" in offered[path]] == []


async def test_automation_that_is_ready(stage: Stage) -> None:
    """The automation that the demo has ready is on, is made once, and is about entities that there are."""
    inventory = await stage.inventory()
    ready = await prepare_automation(stage.api, inventory, stage.language)
    assert await prepare_automation(stage.api, inventory, stage.language) == ready
    state = await stage.api.get(f"/api/states/{ready}")
    assert (state["state"], state["attributes"]["id"]) == ("on", AUTOMATION_ID)
    config = await stage.api.get(f"{AUTOMATIONS}/{AUTOMATION_ID}")
    for name, domain in (("power", "sensor"), ("load", "switch"), ("shed", "input_boolean")):
        entity_id = config["use_blueprint"]["input"][name]
        assert entity_id.startswith(f"{domain}.")
        assert (await stage.api.get(f"/api/states/{entity_id}"))["state"] != UNAVAILABLE
    # At some hours it would shed its load in the midst of what the other tests look at.
    await stage.api.call_service("automation.turn_off", ready)


async def test_an_automation_runs_a_command(stage: Stage) -> None:
    """An automation made of a blueprint runs a command on the simulator, once, when its schedule begins."""
    schedule = await stage.api.command("input_boolean/create", name="Schedule")
    active = await stage.api.command("input_boolean/create", name="Active")
    button = (await stage.inventory()).commands("button")[0]
    inputs = {
        "schedule": f"input_boolean.{schedule['id']}",
        "active": f"input_boolean.{active['id']}",
        "begin_command": button.entity_id,
    }
    made = await make_automation(stage.api, "check", "Check", "run_by_price_or_schedule.yaml", inputs)
    before = len(await stage.simulation.executions())
    await stage.api.call_service("input_boolean.turn_on", inputs["schedule"])

    async def finished() -> bool:
        state = await stage.api.get(f"/api/states/{made}")
        return state["attributes"]["last_triggered"] is not None and state["attributes"]["current"] == 0

    await until(finished, "the run of the automation", AUTOMATION_TIMEOUT)
    (ran,) = (await stage.simulation.executions())[before:]
    assert ran["command"] == button.command


def test_restart(restart: Restart) -> None:
    """A restart keeps entities and assumed states."""
    before, after = ({each.unique_id: each.entity_id for each in i.entities} for i in (restart.before, restart.after))
    assert before.items() <= after.items()
    assert command_states(restart.before) == command_states(restart.after)


async def test_sensors_that_start_disabled(stage: Stage, restart: Restart) -> None:
    """The sensors agree again, those among them that are off in a new account."""
    enabled = [entity for entity in restart.before.entities if entity.key.endswith(PERIODS) and not entity.enabled]
    assert enabled
    assert {each.unique_id for each in enabled} <= {each.unique_id for each in restart.after.entities if each.enabled}
    await compare_sensors(stage, restart.after, has_all=True)


async def test_history(stage: Stage, points: Points, restart: Restart) -> None:
    """Every imported hour is the simulator's, and the restart in its midst has not hurt the import."""
    recorder = RecorderFile(path=HomeFolder(root=stage.root).database)
    importing = follow_history(stage.api, stage.entry_id, recorder, until=COMPLETE_PERCENT, longest=IMPORT_TIMEOUT)
    await stage.while_running(importing)
    compared = await stored_history(stage.root, {point["id"] for point in points}, restart.begun_at)
    assert compared.wrong == []
    assert compared.hours
    assert compared.cost_hours
    say(f"  {compared}")


async def test_energy_dashboard(stage: Stage, points: Points) -> None:
    """The Energy dashboard holds what the tree of points demands, and Home Assistant finds no fault with it."""
    assert await wrong_in_dashboard(stage.api, site_of(stage.root, points, {point["id"] for point in points})) == []


async def test_dashboard_of_points(stage: Stage, points: Points) -> None:
    """The dashboard in the side bar has its tabs and a view of each point that has anything; the action copies it."""
    await make_dashboard(stage.api, stage.entry_id)
    views = (await stage.api.command("lovelace/config", url_path=DASHBOARD))["views"]
    assert [view["title"] for view in views if not view.get("subview")] == TABS
    entities = (await read_inventory(stage.api, stage.entry_id)).entities
    shown = {each.point_id for each in entities if each.point_id is not None and each.enabled}
    names = sorted(point["name"] for point in points if point["id"] in shown)
    assert sorted(view["title"] for view in views if view.get("subview")) == names
    assert [view["title"] for view in views if not view["sections"]] == []
    side_bar = views[0]["path"]
    assert (await stage.api.command("lovelace/config", url_path=side_bar))["views"] == views


async def test_quiet(stage: Stage) -> None:
    """Nothing to repair, no warning in the log, nothing installed at run time."""
    assert (await stage.api.command("repairs/list_issues"))["issues"] == []
    log = HomeFolder(root=stage.root).log.read_text(errors="replace")
    assert integration_trouble(log) == []
    assert [line for line in log.splitlines() if "Attempting install" in line] == []
