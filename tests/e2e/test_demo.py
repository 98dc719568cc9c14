"""The demo's assertions: what Home Assistant shows is what the simulator has, and what it sent was done."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
import re
from typing import Any, Final
from zoneinfo import ZoneInfo

from .dashboards import check_dashboard_of_points
from .errors import demand
from .history_check import check_history
from .history_progress import COMPLETE_PERCENT, follow_history
from .home import HomeFolder
from .inventory import UNAVAILABLE, HomeEntity, Inventory
from .oracle import Oracle, measurement_of
from .progress import say, step
from .recorder_file import RecorderFile
from .simulation import TIME_ZONE, database_file
from .stage import Stage

# The platform rounds to the decimals it is asked for; energies are whole watt hours, so three decimals are exact.
TOLERANCE: Final = 0.0005
MOST_SHOWN: Final = 10
# One poll is a handful of requests in a row.
POLL_LASTS: Final = timedelta(seconds=30)
# Ten times what the recorder of Home Assistant 2026.10 takes on two cores.
IMPORT_TIMEOUT: Final = timedelta(minutes=5)
# All points' hours of this many days are what it takes to know, in the time that a check may take.
CHECKED_DAYS: Final = 7
MONTH_SUFFIX: Final = "_this_month"
RECORD: Final = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* (\w+) \(", re.MULTILINE)
TROUBLE: Final = frozenset({"WARNING", "ERROR", "CRITICAL"})
# Home Assistant says so of every integration that is not its own.
EXPECTED: Final = "We found a custom integration reengen"


async def run_check(stage: Stage) -> None:
    """Go through all assertions.

    Raises:
        DemoError: one does not hold; the text says which and where

    """
    with step("Check: the sensors say what the simulator's database says"):
        before = await stage.inventory()
        await check_sensors(stage, before)
        check_devices(before, await stage.simulation.points())
    with step("Check: commands run on the simulator, once each"):
        assumed = await check_commands(stage, before)
        await enable_months(stage, before)
    with step("Check: a restart keeps entities and assumed states"):
        begun_at = datetime.now(UTC)
        await stage.restart_home()
        after = await stage.inventory()
        check_kept(before, after, assumed)
    with step("Check: the sensors agree again, those of the month among them"):
        demand(
            any(entity.key.endswith(MONTH_SUFFIX) and entity.state for entity in after.entities), "no month is shown"
        )
        await check_sensors(stage, after)
    with step("Check: every imported hour is the simulator's, and the restart in its midst has not hurt the import"):
        recorder = RecorderFile(path=HomeFolder(root=stage.root).database)
        await follow_history(stage.api, stage.entry_id, recorder, until=COMPLETE_PERCENT, longest=IMPORT_TIMEOUT)
        points = await stage.simulation.points()
        chosen = frozenset(point["id"] for point in points)
        await check_history(stage.root, stage.api, points=points, chosen=chosen, begun_at=begun_at)
    with step("Check: the dashboard that the action makes has all points"):
        await check_dashboard_of_points(stage.api, stage.entry_id, len(points))
    with step("Check: nothing to repair, no warning in the log, nothing installed at run time"):
        await check_quiet(stage)


async def check_sensors(stage: Stage, inventory: Inventory) -> None:
    """Compare each enabled sensor of a measurement with the simulator's database."""
    oracle = Oracle(database=database_file(stage.root), zone=ZoneInfo(TIME_ZONE))
    instants = poll_instants(await stage.simulation.requests())
    sensors = [entity for entity in inventory.entities if entity.kind == "sensor" and entity.state is not None]
    known = [sensor for sensor in sensors if oracle.knows(sensor.key)]
    expected = {key: [oracle.values(key, instant) for instant in instants] for key in {sensor.key for sensor in known}}
    wrong = [text for sensor in known if (text := mismatch(sensor, expected[sensor.key]))]
    shown = "".join(f"\n    {text}" for text in wrong[:MOST_SHOWN])
    demand(not wrong, f"{len(wrong)} of {len(known)} sensors differ from the simulator's database:{shown}")
    with_value = [sensor.key for sensor in known if sensor.state != "unknown"]
    missing = oracle.measured(instants[0]) - {measurement_of(key) for key in with_value}
    demand(not missing, f"no sensor has a value of {', '.join(sorted(missing))}")
    unavailable = [sensor.entity_id for sensor in sensors if sensor.state == UNAVAILABLE]
    demand(not unavailable, f"unavailable: {', '.join(unavailable[:MOST_SHOWN])}")
    say(
        f"  {len(with_value)} values equal, {len(known) - len(with_value)} rightly unknown,"
        f" {len(sensors) - len(known)} other sensors available"
    )


def poll_instants(requests: Sequence[Mapping[str, Any]]) -> list[datetime]:
    """Return when the platform was asked in the last poll: one instant, two where a quarter hour ended within it."""
    asked = [datetime.fromisoformat(request["at"]) for request in requests if request["method"] == "GetData"]
    demand(asked, "the platform was never asked for readings")
    recent = [instant for instant in asked if instant > asked[-1] - POLL_LASTS]
    return list(
        {
            instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0): instant for instant in recent
        }.values()
    )


def mismatch(sensor: HomeEntity, expected: Iterable[Mapping[int, float]]) -> str | None:
    """Return how a sensor differs from all that it may say."""
    wanted = [values.get(sensor.point_id or 0) for values in expected]
    shown = None if sensor.state == "unknown" else sensor.state
    for value in wanted:
        if value is None and shown is None:
            return None
        if value is not None and shown is not None and is_number(shown) and abs(float(shown) - value) < TOLERANCE:
            return None
    return f"{sensor.entity_id} says {sensor.state}, the database {' or '.join(map(str, wanted))}"


def is_number(text: str) -> bool:
    """Return whether a state is a figure."""
    return re.fullmatch(r"-?\d+(\.\d+)?(e[-+]\d+)?", text) is not None


def check_devices(inventory: Inventory, points: Sequence[Mapping[str, Any]]) -> None:
    """One device for the account, one for each point, and points hang below points."""
    demand(
        len(inventory.devices) == len(points) + 1,
        f"{len(inventory.devices)} devices for an account with {len(points)} points",
    )
    depth = max(inventory.depth(device) for device in inventory.devices)
    demand(depth > 1, "the devices are not in a hierarchy")


async def check_commands(stage: Stage, inventory: Inventory) -> dict[str, str]:
    """Use a switch, a select and a button; return the states that are assumed from now on, by entity id."""
    switch, select, button = (first_command(inventory, kind) for kind in ("switch", "select", "button"))
    option = str(select.attributes["options"][-1])
    codes = {point["id"]: point["code"] for point in await stage.simulation.points()}

    await run_command(stage, "switch.turn_on", switch, codes, parameter=True)
    option_code = await run_command(stage, "select.select_option", select, codes, option=option)
    demand(
        isinstance(option_code, str) and option_code != option, f"{select.entity_id} sent {option_code!r}, not a code"
    )
    demand(await run_command(stage, "button.press", button, codes) is None, f"{button.entity_id} sent a parameter")
    assumed = {switch.entity_id: "on", select.entity_id: option}
    check_states(await stage.inventory(), assumed, "after the command")
    return assumed


def first_command(inventory: Inventory, kind: str) -> HomeEntity:
    """Return an entity that runs a command."""
    found = inventory.commands(kind)
    demand(found, f"no {kind} runs a command")
    return found[0]


async def run_command(
    stage: Stage, service: str, entity: HomeEntity, codes: Mapping[int, str], *, parameter: object = None, **fields: Any
) -> Any:
    """Call the service; return the parameter with which the simulator ran the entity's command, once."""
    before = len(await stage.simulation.executions())
    await stage.api.call_service(service, entity.entity_id, **fields)
    executions = (await stage.simulation.executions())[before:]
    demand(len(executions) == 1, f"{service} on {entity.entity_id} made {len(executions)} executions")
    ran = executions[0]
    wanted = (codes[entity.point_id or 0], entity.command)
    demand(
        (ran["point_code"], ran["command"]) == wanted,
        f"{entity.entity_id} should run {wanted}, the simulator ran {ran}",
    )
    demand(parameter is None or ran["parameter"] is parameter, f"{entity.entity_id} sent {ran['parameter']!r}")
    return ran["parameter"]


async def enable_months(stage: Stage, inventory: Inventory) -> None:
    """Enable the sensors of this month, which start disabled; the restart that follows adds them."""
    months = [entity.entity_id for entity in inventory.entities if entity.key.endswith(MONTH_SUFFIX)]
    demand(months, "there are no sensors of this month to enable")
    for entity_id in months:
        await stage.api.command("config/entity_registry/update", entity_id=entity_id, disabled_by=None)


def check_kept(before: Inventory, after: Inventory, assumed: Mapping[str, str]) -> None:
    """Compare the entities before and after a restart."""
    lost = {entity.unique_id for entity in before.entities} - {entity.unique_id for entity in after.entities}
    demand(not lost, f"{len(lost)} entities are gone after the restart: {sorted(lost)[:MOST_SHOWN]}")
    renamed = {entity.unique_id: entity.entity_id for entity in before.entities}
    changed = [
        entity.entity_id
        for entity in after.entities
        if renamed.get(entity.unique_id, entity.entity_id) != entity.entity_id
    ]
    demand(not changed, f"entity ids changed with the restart: {changed[:MOST_SHOWN]}")
    check_states(after, assumed, "after the restart")


def check_states(inventory: Inventory, wanted: Mapping[str, str], when: str) -> None:
    """Compare the states of some entities."""
    states = {entity.entity_id: entity.state for entity in inventory.entities}
    for entity_id, state in wanted.items():
        demand(states.get(entity_id) == state, f"{entity_id} is {states.get(entity_id)} {when}, not {state}")


async def check_quiet(stage: Stage) -> None:
    """Nothing to repair, no trouble with the integration in the log, nothing installed while running."""
    issues = (await stage.api.command("repairs/list_issues"))["issues"]
    demand(not issues, f"repairs: {[(issue['domain'], issue['issue_id']) for issue in issues]}")
    log_file = HomeFolder(root=stage.root).log
    log = log_file.read_text(errors="replace")
    trouble = integration_trouble(log)
    shown = "".join(f"\n    {record}" for record in trouble[:MOST_SHOWN])
    demand(not trouble, f"{len(trouble)} warnings or errors of the integration in {log_file}:{shown}")
    installed = [line for line in log.splitlines() if "Attempting install" in line]
    demand(not installed, f"installed at run time: {installed}")


def integration_trouble(log: str) -> list[str]:
    """Return the records of a log, with their tracebacks, that are warnings or worse and name the integration."""
    starts = [match.start() for match in RECORD.finditer(log)]
    records = [log[start:end].strip() for start, end in zip(starts, [*starts[1:], len(log)], strict=True)]
    return [record for record in records if is_trouble(record)]


def is_trouble(record: str) -> bool:
    """Return whether a record of the log is a warning or worse that names the integration."""
    match = RECORD.match(record)
    return match is not None and match[1] in TROUBLE and "reengen" in record and EXPECTED not in record
